// Somebody decides for somebody else, from a day to a day.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Index('delegation_delegate', ['delegateId', 'endDate'])
@Index('delegation_delegator', ['delegatorId', 'endDate'])
@Entity('delegation')
export class DelegationEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('uuid', { name: 'delegator_id' })
  readonly delegatorId: string;

  @Column('uuid', { name: 'delegate_id' })
  readonly delegateId: string;

  @Column('date', { name: 'start_date' })
  readonly startDate: string;

  /** The last day. */
  @Column('date', { name: 'end_date' })
  readonly endDate: string;

  @Column('text', { nullable: true })
  readonly reason: string | null;

  /** `actorReference`. */
  @Column('text', { name: 'created_by' })
  readonly createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  readonly revokedAt: Date | null;
}
