// One try of an order, step by step, as it is kept for people.
import type { ProvisioningError } from './failure.js';

export const attemptOutcomes = ['SUCCEEDED', 'FAILED', 'UNKNOWN', 'SKIPPED'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

export const attemptStepKinds = ['CONNECT', 'READ', 'SCOPE', 'MATCH', 'WRITE', 'VERIFY'] as const;
export type AttemptStepKind = (typeof attemptStepKinds)[number];

export interface AttemptStep {
  readonly kind: AttemptStepKind;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  /** What was done. */
  readonly detail: string | null;
  /** Why it ended so. */
  readonly reason: string | null;
}

export interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly error: ProvisioningError | null;
  readonly steps: readonly AttemptStep[];
}
