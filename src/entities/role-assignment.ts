// A role assignment with a life of its own; one that is settled by rule alone has no row.
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { WorkflowState } from '../domain/workflow-state.js';
import { ResourceEntity } from './resource.js';

@Index('role_assignment_role', ['role', 'identityId'])
@Index('role_assignment_request_item', ['requestItemId'], { where: 'request_item_id is not null' })
@Entity('role_assignment')
export class RoleAssignmentEntity {
  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'identity_id' })
  readonly identityId: string;

  @PrimaryColumn('text')
  readonly role: string;

  @Column('text', { name: 'workflow_state' })
  readonly workflowState: WorkflowState;

  @Column('date', { name: 'start_date', nullable: true })
  readonly startDate: string | null;

  /** The last day. */
  @Column('date', { name: 'end_date', nullable: true })
  readonly endDate: string | null;

  @Column('uuid', { name: 'request_item_id', nullable: true })
  readonly requestItemId: string | null;

  @Column('int', { name: 'approval_step', nullable: true })
  readonly approvalStep: number | null;

  @Column('int', { name: 'approval_step_count', nullable: true })
  readonly approvalStepCount: number | null;

  @Column('jsonb', { nullable: true })
  readonly parameters: Readonly<Record<string, string>> | null;

  /** Who denied, kept or prolonged it, as `actorReference` or `rule:<id>`; null: its request says so. */
  @Column('text', { name: 'decided_by', nullable: true })
  readonly decidedBy: string | null;

  @Column('text', { nullable: true })
  readonly comment: string | null;

  /** The account that shows the role, where it was found rather than given. */
  @Column('uuid', { name: 'found_resource', nullable: true })
  readonly foundResource: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  readonly updatedAt: Date;
}
