// The event feed as readers see it: pages of facts by position, and a bell that rings when there are more.
// Owns no subject: what a fact means for assignments, orders, requests or executions is the resolvers' business.
import type { FactKind, SequencedFact } from '../../domain/event.js';

/** What an `AssignmentView`, order or execution is asked for while a stream runs stands in the port of its noun. */
export interface FeedView {
  /** The position of the newest sequenced fact; 0 when there is none. */
  lastPosition(): Promise<bigint>;
  /** Facts from `from` on (inclusive), oldest first, at most `limit`. */
  page(question: FeedQuestion): Promise<FeedPage>;
  /** What a reader that saw everything up to `position` has lost to retention; null when nothing. */
  lag(position: bigint): Promise<FeedLag | null>;
}

export interface FeedQuestion {
  readonly from: bigint;
  readonly kinds: readonly FactKind[];
  readonly limit: number;
}

export interface FeedPage {
  readonly facts: readonly SequencedFact[];
  /** Everything up to here (inclusive) is in this page or of other kinds. */
  readonly until: bigint;
}

export interface FeedLag {
  readonly lastPosition: bigint;
  readonly droppedCount: number;
}

export interface FeedBell {
  /** Resolves when facts after `position` may be there, at the latest after the fallback interval, or when aborted. */
  wait(position: bigint, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
