// A request for roles: who asks for whom, and how far it is. Its items are request-item.ts.
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { RequestState } from '../domain/request.js';

@Index('assignment_request_beneficiary', ['beneficiaryId', 'id'])
@Index('assignment_request_requester', ['requesterIdentityId', 'id'])
@Index('assignment_request_open', ['state', 'id'], { where: 'closed_at is null' })
@Unique(['number'])
@Entity('assignment_request')
export class AssignmentRequestEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  /** Counted by the database. */
  @Column({ type: 'bigint', insert: false, update: false })
  readonly number: string;

  /** `actorReference` of who asked. */
  @Column('text')
  readonly requester: string;

  @Column('uuid', { name: 'requester_identity_id', nullable: true })
  readonly requesterIdentityId: string | null;

  @Column('uuid', { name: 'beneficiary_id' })
  readonly beneficiaryId: string;

  @Column('text', { nullable: true })
  readonly justification: string | null;

  @Column('text')
  readonly state: RequestState;

  /** What an approval is bound to. */
  @Column('text')
  readonly digest: string;

  /** Grows with every change; who decides names the version decided on. */
  @Column('int', { default: () => '1' })
  readonly version: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  readonly updatedAt: Date;

  @Column('timestamptz', { name: 'closed_at', nullable: true })
  readonly closedAt: Date | null;

  @Column('timestamptz', { name: 'reminded_at', nullable: true })
  readonly remindedAt: Date | null;
}
