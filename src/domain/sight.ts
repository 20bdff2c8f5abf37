// By which connections the row of an order can be read, and what may be concluded where it is not read by the one that wrote it.
// Owns that choice and how a lost answer is gone on with then; what an own reading means is outcome.ts' and verification.ts'.
import type { ConnectorFailure } from '@joinery/connector-kit';
import type { ResourceDelta } from './assignment.js';
import { type Resumption, type Verdict, verdictAfterReading, verdictOfError } from './outcome.js';
import type { ResourceContent } from './resource.js';
import { holds, isBlind } from './verification.js';

/** What a look at an order's row came to. */
export type Look =
  /** `content` null: there is no row. */
  | { readonly kind: 'seen'; readonly content: ResourceContent | null; readonly isElsewhere: boolean }
  /** `connection`: the one that was read by. */
  | {
      readonly kind: 'failed';
      readonly connection: string;
      readonly isElsewhere: boolean;
      readonly failure: ConnectorFailure;
    }
  /** No connection can read it, now or later. */
  | { readonly kind: 'nobody' };

export interface Reader {
  readonly connection: string;
  /** Not the connection that writes: what was written may come to be seen there much later. */
  readonly isElsewhere: boolean;
}

/** In the order in which they are asked. `reading`: where rows of the entity type are read. */
export const readersOf = (writing: string, reading: string, canRead: (connection: string) => boolean) =>
  [
    { connection: writing, isElsewhere: false },
    ...(reading === writing ? [] : [{ connection: reading, isElsewhere: true }]),
  ].filter(({ connection }): boolean => canRead(connection)) satisfies readonly Reader[];

/** Whether the connection that wrote has spoken: only then is what is not there known not to have been applied. */
export const isOwnLook = (look: Look): look is Extract<Look, { readonly isElsewhere: boolean }> =>
  look.kind !== 'nobody' && !look.isElsewhere;

export type BlindResumption =
  | Extract<Resumption, { readonly kind: 'executed' | 'write' }>
  /** The row may still come to be seen: look again later. */
  | { readonly kind: 'wait' }
  /** Nobody will ever know. */
  | { readonly kind: 'lost' };

/**
 * How to go on with a delta that a former try may have applied, where its own connection cannot say. Sent again it is only, and
 * then as it was, to a package to which the same idempotency key means the same change: what is not seen elsewhere may be on its way.
 */
export function blindResumption(delta: ResourceDelta, look: Look, isIdempotent: boolean): BlindResumption {
  if (look.kind === 'seen' && holds(delta, look.content) && !isBlind(delta)) return { kind: 'executed' };
  if (isIdempotent) return { kind: 'write', delta };
  return look.kind === 'nobody' ? { kind: 'lost' } : { kind: 'wait' };
}

/** What a write with a lost answer, or a row in the way, comes to after a look. */
export function verdictAfterLook(
  { cause, failure }: Extract<Verdict, { readonly kind: 'readBack' }>,
  delta: ResourceDelta,
  look: Look,
  isIdempotent: boolean,
): Verdict {
  if (look.kind === 'seen') return verdictAfterReading(cause, failure, delta, look.content);
  if (look.kind === 'failed' && (cause === 'exists' || !look.isElsewhere)) return verdictOfError(look.failure);
  if (cause === 'exists') return { kind: 'failed', failure };
  if (look.kind === 'nobody' && !isIdempotent) return { kind: 'failed', failure: lostAnswer(delta, failure.message) };
  return { kind: 'waiting', reason: 'unknown', failure, retryAfterMs: null };
}

/** An order that may have been applied, of which nobody will see more. `why`: what is known. */
export const lostAnswer = ({ key }: ResourceDelta, why: string): ConnectorFailure => ({
  code: 'OUTCOME_UNKNOWN',
  message: `The change of ${JSON.stringify(key)} may have been applied, and no connection can read it: ${why}`,
  hint: 'Look into the system, then have the order tried again if the change is not there.',
});

/** The same while it may still come to be seen. */
export const awaitedAnswer = ({ key }: ResourceDelta): ConnectorFailure => ({
  code: 'OUTCOME_UNKNOWN',
  message: `The change of ${JSON.stringify(key)} may have been applied, but the connection that reads the system does not show it yet.`,
  hint: 'It is looked for again by itself; look into the system if that lasts.',
});
