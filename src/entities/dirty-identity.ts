// An identity that must be computed again, and why.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('dirty_identity')
export class DirtyIdentityEntity {
  @PrimaryColumn('uuid', { name: 'identity_id' })
  readonly identityId: string;

  @Column('text')
  readonly reason: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  readonly since: Date;
}
