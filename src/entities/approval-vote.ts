// Who said yes to an approval step that takes several.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ApprovalEntity } from './approval.js';

@Entity('approval_vote')
export class ApprovalVoteEntity {
  @ForeignKey(() => ApprovalEntity)
  @PrimaryColumn('uuid', { name: 'approval_id' })
  readonly approvalId: string;

  @PrimaryColumn('uuid', { name: 'decided_by' })
  readonly decidedBy: string;

  @Column('uuid', { name: 'on_behalf_of', nullable: true })
  readonly onBehalfOf: string | null;

  @Column('text', { nullable: true })
  readonly comment: string | null;

  @Column('text', { name: 'seen_digest', nullable: true })
  readonly seenDigest: string | null;

  @Column('timestamptz', { name: 'decided_at', default: () => 'clock_timestamp()' })
  readonly decidedAt: Date;
}
