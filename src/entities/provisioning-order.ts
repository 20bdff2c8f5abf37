// One intended change of one target resource, its state, tries and lease. Partitioned by month.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResourceDelta } from '../domain/assignment.js';
import type { ProvisioningError } from '../domain/failure.js';
import type { OrderKind } from '../domain/order.js';
import type { WaitingReason } from '../domain/outcome.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';

@Index('provisioning_order_target', ['connection', 'targetResource', 'number'], {
  where: "state in ('PENDING', 'TRANSMITTED', 'AWAITING_APPROVAL')",
})
@Index('provisioning_order_dependency', ['dependsOn'], {
  type: 'gin',
  where: "state in ('PENDING', 'AWAITING_APPROVAL') and depends_on <> '{}'",
})
@Index('provisioning_order_due', ['nextAttemptAt', 'number'], { where: "state = 'PENDING'" })
@Index('provisioning_order_unqueued', ['number'], { where: "state = 'PENDING' and queued_at is null" })
@Index('provisioning_order_overdue', ['dueAt'], { where: "state = 'TRANSMITTED'" })
@Index('provisioning_order_unsent', ['number'], { where: "state = 'PENDING' and mode = 'MANUAL'" })
@Index('provisioning_order_unverified', ['executedAt'], { where: "state = 'EXECUTED'" })
@Index('provisioning_order_assignment', ['assignmentId', 'number'])
@Index('provisioning_order_identity', ['identityId', 'number'])
@Index('provisioning_order_execution', ['jobExecutionId', 'number'])
@Index('provisioning_order_state', ['state', 'number'])
@Index('provisioning_order_number_index', ['number'])
@Entity('provisioning_order')
export class ProvisioningOrderEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('bigint', { default: () => "nextval('provisioning_order_number')" })
  readonly number: string;

  @PrimaryColumn('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('uuid', { name: 'assignment_id' })
  readonly assignmentId: string;

  @Column('uuid', { name: 'identity_id', nullable: true })
  readonly identityId: string | null;

  @Column('text', { name: 'resource_type' })
  readonly resourceType: string;

  @Column('text')
  readonly connection: string;

  /** What one claim at a time is for: `<entity type>/<key>`, or * for packages that are serial by connection. */
  @Column('text')
  readonly target: string;

  /** ASSOCIATE: an account that was found with less than full confidence becomes the owner's; its delta may be empty. */
  @Column('text')
  readonly kind: OrderKind;

  @Column('jsonb')
  readonly delta: ResourceDelta;

  /** Computed by the database: orders of one are carried out in the order of their numbers, also where target is *. */
  @Column({ type: 'text', name: 'target_resource', insert: false, update: false })
  readonly targetResource: string;

  @Column('text', { name: 'expected_hash' })
  readonly expectedHash: string;

  @Column('text', { name: 'pending_roles', array: true, default: () => "'{}'" })
  readonly pendingRoles: readonly string[];

  @Column('text')
  readonly state: ProvisioningState;

  @Column('bigint', { name: 'desired_version' })
  readonly desiredVersion: string;

  /** 0 leavers, 1 changes, 2 joiners, 3 bulk: lower first. */
  @Column('int', { default: () => '0' })
  readonly lane: number;

  @Column('uuid', { name: 'depends_on', array: true, default: () => "'{}'" })
  readonly dependsOn: readonly string[];

  @Column('uuid', { name: 'job_execution_id', nullable: true })
  readonly jobExecutionId: string | null;

  @Column('int', { default: () => '0' })
  readonly attempt: number;

  @Column('int', { name: 'tries_used', default: () => '0' })
  readonly triesUsed: number;

  @Column('timestamptz', { name: 'first_failed_at', nullable: true })
  readonly firstFailedAt: Date | null;

  @Column('timestamptz', { name: 'next_attempt_at', nullable: true })
  readonly nextAttemptAt: Date | null;

  /** When it was handed to its queue; null: nobody has a job for it. */
  @Column('timestamptz', { name: 'queued_at', nullable: true })
  readonly queuedAt: Date | null;

  /** Null: it does not wait for another try. */
  @Column('text', { name: 'waiting_reason', nullable: true })
  readonly waitingReason: WaitingReason | null;

  /** Of a manual order, filled in when it was handed over. */
  @Column('text', { nullable: true })
  readonly instructions: string | null;

  /** A try may have been applied without our knowing: the next one reads first. */
  @Column('boolean', { name: 'is_uncertain', default: () => 'false' })
  readonly isUncertain: boolean;

  /** Holders in a row that died, or were stopped, while they had it. */
  @Column('int', { default: () => '0' })
  readonly interruptions: number;

  @Column('bigint', { name: 'lease_token', default: () => '0' })
  readonly leaseToken: string;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  readonly leaseUntil: Date | null;

  @Column('text', { name: 'held_by', nullable: true })
  readonly heldBy: string | null;

  /** AUTOMATIC: a connector carries it out; MANUAL: a person does, and says so. */
  @Column('text', { default: () => "'AUTOMATIC'" })
  readonly mode: 'AUTOMATIC' | 'MANUAL';

  @Column('uuid', { nullable: true })
  readonly assignee: string | null;

  @Column('timestamptz', { name: 'due_at', nullable: true })
  readonly dueAt: Date | null;

  @Column('timestamptz', { name: 'transmitted_at', nullable: true })
  readonly transmittedAt: Date | null;

  /** How long it may stay TRANSMITTED, or EXECUTED without having been seen; 0: for ever. */
  @Column('int', { name: 'validity_hours', default: () => '48' })
  readonly validityHours: number;

  @Column('date', { name: 'postponed_until', nullable: true })
  readonly postponedUntil: string | null;

  @Column('text', { name: 'reviewed_by', nullable: true })
  readonly reviewedBy: string | null;

  @Column('timestamptz', { name: 'reviewed_at', nullable: true })
  readonly reviewedAt: Date | null;

  @Column('text', { name: 'review_comment', nullable: true })
  readonly reviewComment: string | null;

  @Column('jsonb', { nullable: true })
  readonly error: ProvisioningError | null;

  /** When and how the result was seen in the target. */
  @Column('jsonb', { nullable: true })
  readonly evidence: Readonly<Record<string, unknown>> | null;

  @Column('int', { default: () => '1' })
  readonly version: number;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  readonly updatedAt: Date;

  @Column('timestamptz', { name: 'executed_at', nullable: true })
  readonly executedAt: Date | null;

  @Column('timestamptz', { name: 'verified_at', nullable: true })
  readonly verifiedAt: Date | null;
}
