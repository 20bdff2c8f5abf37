// What a try's outcome means for the order. Owns the reading of outcomes and of what is found when reading back;
// leaves when to try again to retry.ts and the state of the connection to circuit.ts.
import type { ApplyOutcome, ConnectorFailure } from '@joinery/connector-kit';
import type { ResourceDelta } from './assignment.js';
import { failureClasses } from './failure.js';
import type { ResourceContent } from './resource.js';
import { holds, isBlind, type Mismatch, mismatchesOf, remainderOf } from './verification.js';

/** Why an order waits for another try. */
export type WaitingReason = 'connection' | 'transient' | 'throttled' | 'unknown';

export type Verdict =
  /** `key`: of the row, as its system has it; null: there is none. */
  | { readonly kind: 'executed'; readonly how: 'applied' | 'alreadySo'; readonly key: string | null }
  | { readonly kind: 'failed'; readonly failure: ConnectorFailure }
  | {
      readonly kind: 'waiting';
      readonly reason: WaitingReason;
      readonly failure: ConnectorFailure;
      readonly retryAfterMs: number | null;
    }
  /** Read the row before anything is decided. */
  | {
      readonly kind: 'readBack';
      readonly cause: 'unknown' | 'exists';
      readonly failure: ConnectorFailure;
    };

/** The first reading of a write's outcome. */
export function verdictOf(kind: ResourceDelta['kind'], outcome: ApplyOutcome): Verdict {
  switch (outcome.kind) {
    case 'applied':
      return { kind: 'executed', how: 'applied', key: outcome.key };
    case 'alreadySo':
      return { kind: 'executed', how: 'alreadySo', key: outcome.key };
    case 'throttled':
      return {
        kind: 'waiting',
        reason: 'throttled',
        failure: outcome.failure,
        retryAfterMs: outcome.retryAfterMs,
      };
    case 'unknown':
      return { kind: 'readBack', cause: 'unknown', failure: outcome.failure };
    case 'refused':
    case 'unreachable':
      return verdictOfFailure(kind, outcome.failure);
    default:
      return outcome satisfies never;
  }
}

function verdictOfFailure(kind: ResourceDelta['kind'], failure: ConnectorFailure): Verdict {
  if (kind === 'DELETE' && failure.code === 'NOT_FOUND') return { kind: 'executed', how: 'alreadySo', key: null };
  if (kind === 'CREATE' && failure.code === 'ALREADY_EXISTS') return { kind: 'readBack', cause: 'exists', failure };
  return verdictOfError(failure);
}

/** The reading of a failure that came before anything was sent, or of a read. */
export function verdictOfError(failure: ConnectorFailure): Extract<Verdict, { readonly kind: 'failed' | 'waiting' }> {
  const failureClass = failureClasses[failure.code];
  switch (failureClass) {
    case 'permanent':
      return { kind: 'failed', failure };
    case 'throttled':
      return {
        kind: 'waiting',
        reason: 'throttled',
        failure,
        retryAfterMs: failure.retryAfterMs ?? defaultRetryAfterMs,
      };
    case 'connection':
    case 'transient':
    case 'unknown':
      return {
        kind: 'waiting',
        reason: failureClass,
        failure,
        retryAfterMs: null,
      };
    default:
      return failureClass satisfies never;
  }
}

const defaultRetryAfterMs = 1_000;

export type Resumption =
  /** The target already holds the wish: nothing to send. */
  | { readonly kind: 'executed' }
  /** Nothing, or only a part, was applied: send this. */
  | { readonly kind: 'write'; readonly delta: ResourceDelta }
  /** Another row is in the way. */
  | { readonly kind: 'failed'; readonly mismatches: readonly Mismatch[] };

/**
 * How to go on with a delta that a former try may have applied, from what is in the target now.
 * A create is never sent again while a row with its key exists: what is missing of our own values is sent as an update,
 * other values than ours are somebody else's row.
 */
export function resumptionOf(delta: ResourceDelta, observed: ResourceContent | null): Resumption {
  if (holds(delta, observed) && !isBlind(delta)) return { kind: 'executed' };
  if (delta.kind !== 'CREATE' || observed === null)
    return {
      kind: 'write',
      delta: observed === null ? delta : remainderOf(delta, observed),
    };
  const foreign = mismatchesOf(delta, observed).filter(
    (mismatch) => mismatch.kind === 'scalar' && mismatch.found !== null,
  );
  return foreign.length > 0
    ? { kind: 'failed', mismatches: foreign }
    : { kind: 'write', delta: remainderOf(delta, observed) };
}

/** A change that may be what kills its workers. */
export const poisonous = ({ key }: ResourceDelta, deaths: number): ConnectorFailure => ({
  code: 'CONNECTOR_BUG',
  message: `The worker stopped ${deaths} times in a row while it changed ${JSON.stringify(key)}, and the target does not hold the change.`,
  hint: 'Look into the log of the workers for why they stopped, then compute the role model again.',
});

export const inTheWay = ({ key }: ResourceDelta): ConnectorFailure => ({
  code: 'ALREADY_EXISTS',
  message: `Could not create ${JSON.stringify(key)}: there is a row with this key and other values.`,
  hint: 'Find out whose row it is, then correct the key or the row.',
});

/** What a write with a lost answer, or a row in the way, comes to after reading back. */
export function verdictAfterReading(
  cause: 'unknown' | 'exists',
  failure: ConnectorFailure,
  delta: ResourceDelta,
  observed: ResourceContent | null,
): Verdict {
  if (holds(delta, observed))
    return {
      kind: 'executed',
      how: cause === 'unknown' ? 'applied' : 'alreadySo',
      key: observed?.key ?? null,
    };
  // Not sent again at once: a slow target may still be applying it. The next try reads first.
  if (cause === 'unknown') return { kind: 'waiting', reason: 'unknown', failure, retryAfterMs: null };
  return {
    kind: 'failed',
    failure: withBothValues(failure, mismatchesOf(delta, observed)),
  };
}

/** The failure, saying what was wished and what is there. */
export function withBothValues(failure: ConnectorFailure, mismatches: readonly Mismatch[]): ConnectorFailure {
  if (mismatches.length === 0) return failure;
  const both = mismatches
    .map(({ property, wished, found }) => `${property}: wished ${said(wished)}, found ${said(found)}`)
    .join('; ');
  return {
    ...failure,
    message: `${failure.message.replace(/\.$/, '')} (${both}).`,
  };
}

const said = (value: unknown): string => (value === null ? 'nothing' : JSON.stringify(value));
