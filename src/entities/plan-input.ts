// One identity of a plan: what it was computed from and comes to, as a digest. Applied only while it is still so.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ProvisioningPlanEntity } from './provisioning-plan.js';

@Entity('plan_input')
export class PlanInputEntity {
  @ForeignKey(() => ProvisioningPlanEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'plan_id' })
  readonly planId: string;

  @PrimaryColumn('uuid', { name: 'identity_id' })
  readonly identityId: string;

  @Column('text')
  readonly digest: string;

  /** Applying the plan writes something for it. */
  @Column('boolean', { name: 'is_changed' })
  readonly isChanged: boolean;

  /** Roles it holds now and would not hold after. */
  @Column('text', { name: 'lost_roles', array: true, default: () => "'{}'" })
  readonly lostRoles: readonly string[];

  /** When the plan was carried out for it; null: not, or it had moved. */
  @Column('timestamptz', { name: 'applied_at', nullable: true })
  readonly appliedAt: Date | null;
}
