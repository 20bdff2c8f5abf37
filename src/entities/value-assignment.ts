// One value of an account that is not simply calculated: found in the target, kept or refused by a person.
import type { ScalarValue } from '../domain/assignment.js';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { WorkflowState } from '../domain/workflow-state.js';
import { ResourceAssignmentEntity } from './resource-assignment.js';

@Entity('value_assignment')
export class ValueAssignmentEntity {
  @ForeignKey(() => ResourceAssignmentEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'assignment_id' })
  readonly assignmentId: string;

  @PrimaryColumn('text')
  readonly property: string;

  /** Of a link; empty for a scalar. */
  @PrimaryColumn('text', { name: 'target_key', default: () => "''" })
  readonly targetKey: string;

  @Column('text', { name: 'workflow_state' })
  readonly workflowState: WorkflowState;

  /** What is in the target and stays there while the state is effective. */
  @Column('jsonb', { nullable: true })
  readonly value: ScalarValue;

  /** What the rules wanted when it was found or decided. */
  @Column('jsonb', { nullable: true })
  readonly expected: ScalarValue;

  @Column('int', { name: 'confidence_percent', nullable: true })
  readonly confidencePercent: number | null;

  @Column('text', { name: 'decided_by', nullable: true })
  readonly decidedBy: string | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  readonly decidedAt: Date | null;

  @Column('text', { nullable: true })
  readonly comment: string | null;

  @Column('timestamptz', { name: 'found_at', default: () => 'clock_timestamp()' })
  readonly foundAt: Date;
}
