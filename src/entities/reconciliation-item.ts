// Something found that no rule and no decision explains, and what was decided about it.
import type { ScalarValue } from '../domain/assignment.js';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ReconciliationDecision, ReconciliationKind } from '../domain/reconciliation.js';
import { ResourceEntity } from './resource.js';

@Index('reconciliation_item_open', ['subject'], { unique: true, where: 'decision is null' })
@Index('reconciliation_item_decided', ['subject'], { where: 'decision is not null' })
@Index('reconciliation_item_list', ['kind', 'groupKey', 'id'], { where: 'decision is null' })
@Index('reconciliation_item_identity', ['identityId'], { where: 'identity_id is not null' })
@Index('reconciliation_item_resource', ['resourceId'], { where: 'resource_id is not null' })
@Entity('reconciliation_item')
export class ReconciliationItemEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text')
  readonly kind: ReconciliationKind;

  /** What it is about, as text: found twice it is the same item. */
  @Column('text')
  readonly subject: string;

  @Column('text', { name: 'group_key' })
  readonly groupKey: string;

  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @Column('uuid', { name: 'identity_id', nullable: true })
  readonly identityId: string | null;

  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @Column('uuid', { name: 'resource_id', nullable: true })
  readonly resourceId: string | null;

  @Column('uuid', { name: 'assignment_id', nullable: true })
  readonly assignmentId: string | null;

  @Column('text', { name: 'resource_type', nullable: true })
  readonly resourceType: string | null;

  @Column('text', { nullable: true })
  readonly role: string | null;

  @Column('text', { nullable: true })
  readonly property: string | null;

  @Column('text', { name: 'target_key', nullable: true })
  readonly targetKey: string | null;

  @Column('jsonb', { name: 'current_value', nullable: true })
  readonly currentValue: ScalarValue;

  @Column('jsonb', { name: 'expected_value', nullable: true })
  readonly expectedValue: ScalarValue;

  @Column('text', { nullable: true })
  readonly suggestion: ReconciliationDecision | null;

  @Column('int', { name: 'confidence_percent', nullable: true })
  readonly confidencePercent: number | null;

  @Column('boolean', { name: 'is_pre_existing', default: () => 'false' })
  readonly isPreExisting: boolean;

  @Column('timestamptz', { name: 'found_at', default: () => 'clock_timestamp()' })
  readonly foundAt: Date;

  /** Not listed before. */
  @Column('date', { name: 'postponed_until', nullable: true })
  readonly postponedUntil: string | null;

  @Column('text', { nullable: true })
  readonly decision: ReconciliationDecision | null;

  @Column('text', { name: 'decided_by', nullable: true })
  readonly decidedBy: string | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  readonly decidedAt: Date | null;

  @Column('text', { nullable: true })
  readonly comment: string | null;

  /** LINK: the identity that owns the resource from now on. */
  @Column('uuid', { name: 'owner_id', nullable: true })
  readonly ownerId: string | null;
}
