// One account of an identity: what is expected of it, what was seen, and what is still to be written.
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ExpectedResource, ResourceDelta } from '../domain/assignment.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import type { WorkflowState } from '../domain/workflow-state.js';
import { ResourceEntity } from './resource.js';

@Index('resource_assignment_resource', ['resourceId'], { where: 'resource_id is not null' })
@Index('resource_assignment_key', ['resourceType', 'resourceKey'])
@Index('resource_assignment_unordered', ['identityId'], {
  where:
    "(provisioning_state = 'PENDING' and ordered_version < desired_version) or (provisioning_state = 'AWAITING_APPROVAL' and proposed_version < desired_version)",
})
@Index('resource_assignment_held', ['heldExecution'], { where: 'held_execution is not null' })
@Index('resource_assignment_delete_on', ['deleteOn'], { where: 'delete_on is not null' })
@Index('resource_assignment_undecided', ['identityId'], { where: "provisioning_state = 'ERROR'" })
@Index('resource_assignment_one_owner', ['resourceType', 'resourceKey'], {
  unique: true,
  where: "is_due and provisioning_state <> 'ERROR'",
})
@Unique(['identityId', 'resourceType', 'slot'])
@Entity('resource_assignment')
export class ResourceAssignmentEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @Column('uuid', { name: 'identity_id' })
  readonly identityId: string;

  @Column('text', { name: 'resource_type' })
  readonly resourceType: string;

  @ForeignKey(() => ResourceEntity, { onDelete: 'SET NULL' })
  @Column('uuid', { name: 'resource_id', nullable: true })
  readonly resourceId: string | null;

  @Column('text', { name: 'resource_key' })
  readonly resourceKey: string;

  @Column('boolean', { name: 'is_due' })
  readonly isDue: boolean;

  /** Every policy value with the rule that gave it. */
  @Column('jsonb')
  readonly expected: ExpectedResource;

  @Column('text', { name: 'expected_hash' })
  readonly expectedHash: string;

  /** Hash of the resource when it was last found equal to expected; null while it is not. */
  @Column('text', { name: 'observed_hash', nullable: true })
  readonly observedHash: string | null;

  @Column('text', { name: 'workflow_state' })
  readonly workflowState: WorkflowState;

  @Column('text', { name: 'provisioning_state' })
  readonly provisioningState: ProvisioningState;

  @Column('bigint', { name: 'desired_version', default: () => '1' })
  readonly desiredVersion: string;

  @Column('bigint', { name: 'ordered_version', default: () => '0' })
  readonly orderedVersion: string;

  /** Still to be seen in the target; null when settled. */
  @Column('jsonb', { nullable: true })
  readonly delta: ResourceDelta | null;

  /** Hash of the resource that delta was made from, empty when there was none; null asks for a new comparison. */
  @Column('text', { name: 'base_hash', nullable: true })
  readonly baseHash: string | null;

  /** Why the rules cannot say what is expected, with state ERROR; why nothing is written, with NONE. */
  @Column('jsonb', { nullable: true })
  readonly error: { readonly rule: string; readonly message: string } | null;

  /** Roles whose gain or loss the delta carries out; empty when settled. */
  @Column('text', { name: 'pending_roles', array: true, default: () => "'{}'" })
  readonly pendingRoles: readonly string[];

  @Column('int', { name: 'drift_count', default: () => '0' })
  readonly driftCount: number;

  /** A threshold holds back the waiting change while it is of this kind; null when nothing is held back. */
  @Column('text', { name: 'held_kind', nullable: true })
  readonly heldKind: ResourceDelta['kind'] | null;

  @Column('uuid', { name: 'held_execution', nullable: true })
  readonly heldExecution: string | null;

  /** The desired_version that a second person has released: no threshold holds it back. */
  @Column('bigint', { name: 'released_version', nullable: true })
  readonly releasedVersion: string | null;

  /** 0 the account itself; further ones were correlated and are never created by us. */
  @Column('int', { default: () => '0' })
  readonly slot: number;

  /** A disabled account is deleted on that day. */
  @Column('date', { name: 'delete_on', nullable: true })
  readonly deleteOn: string | null;

  /** A reviewer declined the change to this expected_hash. */
  @Column('text', { name: 'declined_hash', nullable: true })
  readonly declinedHash: string | null;

  /** The desired version that an order awaiting approval was made for: nobody was asked to write it yet. */
  @Column('bigint', { name: 'proposed_version', default: () => '0' })
  readonly proposedVersion: string;

  /** The desired version that was written and that nothing will ever show in the target: its EXECUTED is the end. */
  @Column('bigint', { name: 'final_version', nullable: true })
  readonly finalVersion: string | null;

  /** Of the correlation that found the resource; null: sure, or made by us. */
  @Column('int', { name: 'confidence_percent', nullable: true })
  readonly confidencePercent: number | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  readonly updatedAt: Date;
}
