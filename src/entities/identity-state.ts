// The roles an identity holds by calculation, and the digests by which a run sees that nothing changed.
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ResourceEntity } from './resource.js';

@Index('identity_state_due', ['nextDueOn'], { where: 'next_due_on is not null' })
@Entity('identity_state')
export class IdentityStateEntity {
  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'identity_id' })
  readonly identityId: string;

  /** One element for each reason: a role held for two reasons is in it twice. */
  @Column('text', { array: true })
  readonly roles: readonly string[];

  /** Parallel to roles: `rule:<id>`, `role:<composite>` or `request:<item id>`. */
  @Column('text', { array: true })
  readonly reasons: readonly string[];

  /** Of roles and reasons, so that a complete run need not read them. */
  @Column('text', { name: 'roles_hash', default: () => "''" })
  readonly rolesHash: string;

  @Column('text', { name: 'input_hash' })
  readonly inputHash: string;

  @Column('int', { name: 'configuration_version' })
  readonly configurationVersion: number;

  /** The next day on which a date makes a difference. */
  @Column('date', { name: 'next_due_on', nullable: true })
  readonly nextDueOn: string | null;

  /** Offered, not held. */
  @Column('text', { name: 'suggested_roles', array: true, default: () => "'{}'" })
  readonly suggestedRoles: readonly string[];

  /** Parallel to suggestedRoles: rule ids, with a leading + where it is ticked for somebody new. */
  @Column('text', { name: 'suggested_rules', array: true, default: () => "'{}'" })
  readonly suggestedRules: readonly string[];

  @Column('timestamptz', { name: 'computed_at' })
  readonly computedAt: Date;
}
