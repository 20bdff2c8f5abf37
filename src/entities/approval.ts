// One approval step of a request item: who may decide, and who did.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ApprovalDecision } from '../domain/approval.js';
import { AssignmentRequestEntity } from './assignment-request.js';
import { RequestItemEntity } from './request-item.js';

@Index('approval_decided_by', ['decidedBy'], { where: 'decided_by is not null' })
@Index('approval_candidates', ['candidates'], { type: 'gin' })
@Index('approval_waiting', ['openedAt'], { where: "decision is null or decision = 'POSTPONED'" })
@Index('approval_request', ['requestId'])
@Index('approval_two_people', ['itemId', 'decidedBy'], { unique: true, where: "decision = 'APPROVED'" })
@Unique(['itemId', 'step'])
@Check('decided_by is null or coalesce(on_behalf_of, decided_by) = any (candidates)')
@Entity('approval')
export class ApprovalEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ForeignKey(() => AssignmentRequestEntity)
  @Column('uuid', { name: 'request_id' })
  readonly requestId: string;

  @ForeignKey(() => RequestItemEntity)
  @Column('uuid', { name: 'item_id' })
  readonly itemId: string;

  @Column('int')
  readonly step: number;

  @Column('int', { name: 'step_count' })
  readonly stepCount: number;

  /** Why the candidates are the candidates. */
  @Column('text')
  readonly rule: string;

  @Column('uuid', { array: true })
  readonly candidates: readonly string[];

  @Column('text', { nullable: true })
  readonly decision: ApprovalDecision | null;

  @Column('uuid', { name: 'decided_by', nullable: true })
  readonly decidedBy: string | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  readonly decidedAt: Date | null;

  @Column('text', { nullable: true })
  readonly comment: string | null;

  @Column('text', { name: 'seen_digest', nullable: true })
  readonly seenDigest: string | null;

  /** Since when it waits; null while an earlier step does. */
  @Column('timestamptz', { name: 'opened_at', nullable: true })
  readonly openedAt: Date | null;

  @Column('timestamptz', { name: 'due_at', nullable: true })
  readonly dueAt: Date | null;

  /** ROLE: a step of the role's workflow; RISK: an extra one because of a risk. */
  @Column('text', { default: () => "'ROLE'" })
  readonly kind: 'ROLE' | 'RISK';

  @Column('int', { default: () => '1' })
  readonly quorum: number;

  /** The candidate whose delegate decided. */
  @Column('uuid', { name: 'on_behalf_of', nullable: true })
  readonly onBehalfOf: string | null;

  /** Automation rule or expiry that decided; decidedBy is null then. */
  @Column('text', { name: 'decided_by_rule', nullable: true })
  readonly decidedByRule: string | null;
}
