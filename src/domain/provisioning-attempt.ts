// One try of an order, step by step, as it is kept for people.
import type { ApplyOutcome } from '@joinery/connector-kit';
import type { ProvisioningError } from './failure.js';
import type { Look } from './sight.js';

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

export const stepOf = (
  kind: AttemptStepKind,
  outcome: AttemptOutcome,
  durationMs: number,
  detail: string | null,
  reason: string | null,
): AttemptStep => ({ kind, outcome, durationMs, detail, reason });

export function writeStep(outcome: ApplyOutcome, durationMs: number): AttemptStep {
  const isGood = outcome.kind === 'applied' || outcome.kind === 'alreadySo';
  const said: AttemptOutcome = isGood ? 'SUCCEEDED' : outcome.kind === 'unknown' ? 'UNKNOWN' : 'FAILED';
  return stepOf('WRITE', said, durationMs, outcome.kind, 'failure' in outcome ? outcome.failure.message : null);
}

export function lookStep(look: Look, durationMs: number): AttemptStep {
  switch (look.kind) {
    case 'seen': {
      const detail = look.content === null ? 'There is no row with this key.' : 'The row is there.';
      return stepOf('READ', 'SUCCEEDED', durationMs, detail, null);
    }
    case 'failed':
      return stepOf('READ', 'FAILED', durationMs, null, look.failure.message);
    case 'nobody':
      return stepOf('READ', 'SKIPPED', durationMs, null, 'No connection can read it.');
    default:
      return look satisfies never;
  }
}
