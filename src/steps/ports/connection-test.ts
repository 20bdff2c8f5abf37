// Tests of connections that people ask for: asked by the API, run by the worker that serves the connection, kept as rows.
import type { Actor } from '../../domain/actor.js';
import type { AttemptOutcome, AttemptStep } from '../../domain/provisioning-attempt.js';

export interface ConnectionTestResult {
  readonly outcome: AttemptOutcome;
  readonly steps: readonly AttemptStep[];
}

export interface ConnectionTestView extends ConnectionTestResult {
  readonly connection: string;
  readonly ranAt: Date;
}

export interface ConnectionTestStore {
  /** `isKept`: workers see it. False inside a larger transaction, whose end nobody here can wait for. */
  ask(test: { readonly id: string; readonly connection: string }, actor: Actor): Promise<{ readonly isKept: boolean }>;
  /** Null while it has not run. */
  result(id: string): Promise<ConnectionTestView | null>;
  /** Connection → its newest test that ran. */
  last(connections: readonly string[]): Promise<ReadonlyMap<string, ConnectionTestView>>;
  /** The connection to test; null when somebody is at it, it has run, or nobody waits for it any more. */
  take(id: string): Promise<string | null>;
  finish(id: string, result: ConnectionTestResult): Promise<void>;
}
