// The audit as it is read: who did what to what, oldest acts kept for ever. Written by the stores, in the act's transaction.
import type { IdComparison, InstantComparison } from '../../domain/filter.js';
import type { Page, PageRequest } from '../../domain/page.js';

export interface AuditEntryView {
  /** Decimal, counted up. */
  readonly id: string;
  readonly at: Date;
  /** `actorReference`. */
  readonly actor: string;
  /** e.g. `job-execution.resume`. */
  readonly action: string;
  /** Global id; null when the act was about nothing that has one. */
  readonly subject: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditQuestion {
  readonly subject: IdComparison | null;
  /** `actorReference`. */
  readonly actor: IdComparison | null;
  readonly at: InstantComparison | null;
  /** Else nothing is seen. */
  readonly canRead: boolean;
}

export interface AuditViews {
  /** Newest first. */
  page(question: AuditQuestion, page: PageRequest): Promise<Page<AuditEntryView>>;
  count(question: AuditQuestion): Promise<number>;
  /** Null when there is none. */
  byId(id: string, canRead: boolean): Promise<AuditEntryView | null>;
}
