// The two readers behind every commit: the relay, which hands outbox entries to queues, and the sequencer, which gives
// events their places. Each runs in one process at a time: whoever leads.
import type { OutboxEntry } from '../../domain/outbox.js';

export interface WaitingEntry extends OutboxEntry {
  readonly id: string;
}

export interface OutboxReader {
  /** The oldest entries, at most `limit`. */
  next(limit: number): Promise<readonly WaitingEntry[]>;
  /** Forgets entries that are in their queues. */
  remove(ids: readonly string[]): Promise<void>;
}

export interface EventSequencer {
  /** Gives the next places to committed events, in the order of their commits, and wakes readers; answers how many. */
  sequence(limit: number): Promise<number>;
}

/** Runs work on a connection of its own while no other process leads in it; again whenever the lead was lost. */
export interface Leadership<Lead> {
  /**
   * Resolves when `signal` is aborted. `work` is ended by its own signal when the lead is lost.
   * `onFault` is told of each fault of the work or of the connection; the lead is sought again a second later.
   */
  lead(
    signal: AbortSignal,
    work: (lead: Lead, signal: AbortSignal) => Promise<void>,
    onFault: (fault: unknown) => void,
  ): Promise<void>;
}
