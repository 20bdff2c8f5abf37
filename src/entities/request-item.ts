// One role asked for, changed or given back by a request.
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { AssignmentAction, RequestState, RequestWarning } from '../domain/request.js';
import { AssignmentRequestEntity } from './assignment-request.js';

@Index('request_item_one_undecided', ['beneficiaryId', 'role'], { unique: true, where: "state = 'PENDING_APPROVAL'" })
@Index('request_item_progressing', ['beneficiaryId'], { where: "state in ('APPROVED', 'PROVISIONING', 'FAILED')" })
@Index('request_item_role', ['role', 'requestId'])
@Unique(['requestId', 'position'])
@Entity('request_item')
export class RequestItemEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => AssignmentRequestEntity)
  @Column('uuid', { name: 'request_id' })
  readonly requestId: string;

  /** That of the request, so that a computation finds open items by one index. */
  @Column('uuid', { name: 'beneficiary_id' })
  readonly beneficiaryId: string;

  @Column('int')
  readonly position: number;

  @Column('text')
  readonly action: AssignmentAction;

  @Column('text')
  readonly role: string;

  @Column('date', { name: 'start_date', nullable: true })
  readonly startDate: string | null;

  @Column('date', { name: 'end_date', nullable: true })
  readonly endDate: string | null;

  @Column('jsonb', { nullable: true })
  readonly parameters: Readonly<Record<string, string>> | null;

  @Column('jsonb', { default: () => "'[]'" })
  readonly warnings: readonly RequestWarning[];

  /** What was made different from what was asked for, one sentence each. */
  @Column('jsonb', { default: () => "'[]'" })
  readonly adjustments: readonly string[];

  @Column('text')
  readonly state: RequestState;
}
