// One change of a plan: what an order would carry.
import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { ResourceDelta } from '../domain/assignment.js';
import type { ChangeKind } from '../domain/role-model/plan.js';
import { ProvisioningPlanEntity } from './provisioning-plan.js';

@Unique(['planId', 'position'])
@Entity('planned_change')
export class PlannedChangeEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => ProvisioningPlanEntity, { onDelete: 'CASCADE' })
  @Column('uuid', { name: 'plan_id' })
  readonly planId: string;

  @Column('int')
  readonly position: number;

  @Column('text')
  readonly kind: ChangeKind;

  @Column('text', { name: 'resource_type' })
  readonly resourceType: string;

  @Column('uuid', { name: 'identity_id', nullable: true })
  readonly identityId: string | null;

  @Column('uuid', { name: 'resource_id', nullable: true })
  readonly resourceId: string | null;

  @Column('text', { name: 'resource_key' })
  readonly resourceKey: string;

  @Column('jsonb')
  readonly delta: ResourceDelta;

  /** Its order would wait for a person. */
  @Column('boolean', { name: 'requires_review', default: () => 'false' })
  readonly requiresReview: boolean;
}
