// Whether what was read from a target is what was wished. Owns the comparison of rows and what a difference leads to;
// leaves reading and storing to steps/verify.ts and the synchronisation.
import type { ScalarValue } from '@joinery/connector-kit';
import type { ExpectedResource, ResourceDelta } from './assignment.js';
import type { FailureClass } from './failure.js';
import { isMapped, matches } from './comparison.js';
import type { ResourceContent } from './resource.js';

/** One difference between wish and target. For `existence` wished and found are true or false. */
export interface Mismatch {
  readonly kind: 'existence' | 'scalar' | 'link';
  readonly property: string;
  readonly wished: ScalarValue;
  readonly found: ScalarValue;
}

/** Nothing of it can be seen in the target: it ends with the system's yes. */
export const isBlind = ({ kind, scalars, links }: ResourceDelta): boolean =>
  kind === 'UPDATE' && scalars.length > 0 && links.length === 0 && scalars.every((scalar) => !isMapped(scalar));

/** Nothing of the delta that can be seen is left to do. */
export const holds = (delta: ResourceDelta, observed: ResourceContent | null): boolean =>
  mismatchesOf(delta, observed).length === 0;

/** What of the delta is not in the row. */
export function mismatchesOf(delta: ResourceDelta, observed: ResourceContent | null): readonly Mismatch[] {
  const isWished = delta.kind !== 'DELETE';
  if (isWished !== (observed !== null))
    return [
      {
        kind: 'existence',
        property: 'key',
        wished: isWished,
        found: observed !== null,
      },
    ];
  if (observed === null || !isWished) return [];
  return [...scalarMismatches(delta, observed), ...linkMismatches(delta, observed)];
}

function scalarMismatches(delta: ResourceDelta, observed: ResourceContent): readonly Mismatch[] {
  return delta.scalars
    .filter((scalar) => isMapped(scalar) && !isThere(scalar, observed))
    .map(({ property, to }) => ({
      kind: 'scalar',
      property,
      wished: to,
      found: observed.attributes[property] ?? null,
    }));
}

const isThere = (scalar: ResourceDelta['scalars'][number], { attributes }: ResourceContent): boolean =>
  matches(scalar.to, attributes[scalar.property] ?? null, scalar);

function linkMismatches(delta: ResourceDelta, observed: ResourceContent): readonly Mismatch[] {
  return delta.links.flatMap(({ property, add, remove }) => {
    const present = new Set(observed.links[property] ?? []);
    const missing = add.filter((key) => !present.has(key));
    const staying = remove.filter((key) => present.has(key));
    return [
      ...missing.map(
        (key): Mismatch => ({
          kind: 'link',
          property,
          wished: key,
          found: null,
        }),
      ),
      ...staying.map(
        (key): Mismatch => ({
          kind: 'link',
          property,
          wished: null,
          found: key,
        }),
      ),
    ];
  });
}

/** The part of the delta that the existing row lacks, as an update of it. */
export function remainderOf(delta: ResourceDelta, observed: ResourceContent): ResourceDelta {
  if (delta.kind === 'DELETE') return delta;
  return {
    kind: 'UPDATE',
    key: delta.key,
    // What cannot be seen is sent again.
    scalars: delta.scalars.filter((scalar) => !isMapped(scalar) || !isThere(scalar, observed)),
    links: delta.links.map((link) => {
      const present = new Set(observed.links[link.property] ?? []);
      return {
        ...link,
        add: link.add.filter((key) => !present.has(key)),
        remove: link.remove.filter((key) => present.has(key)),
      };
    }),
  };
}

/** Whether the row has every value and link the role model expects; what others added does not count. */
export function conformsTo(expected: ExpectedResource, observed: ResourceContent | null): boolean {
  if (observed === null) return false;
  const values = Object.entries(expected.values).every(
    ([name, wish]) => !isMapped(wish) || matches(wish.value, observed.attributes[name] ?? null, wish),
  );
  const links = Object.entries(expected.links).every(([name, targets]) => {
    const present = new Set(observed.links[name] ?? []);
    return Object.keys(targets).every((key) => present.has(key));
  });
  return values && links;
}

/** Looks that must find another value before a person is asked. */
export const driftsAllowed = 3;

export type VerificationVerdict =
  | { readonly kind: 'verified' }
  /** Another value was found; look again later. */
  | {
      readonly kind: 'drifted';
      readonly mismatches: readonly Mismatch[];
      readonly isFinal: boolean;
    };

/** `driftCount`: looks before this one that found another value. */
export function verificationOf(
  delta: ResourceDelta,
  observed: ResourceContent | null,
  driftCount: number,
): VerificationVerdict {
  const mismatches = mismatchesOf(delta, observed);
  return mismatches.length === 0
    ? { kind: 'verified' }
    : { kind: 'drifted', mismatches, isFinal: driftCount + 1 >= driftsAllowed };
}

const firstUnreadMs = 15_000;
const lastUnreadMs = 15 * 60_000;

/** `validityHours` 0: never. */
export const isExpired = (sinceExecutedMs: number, validityHours: number): boolean =>
  validityHours > 0 && sinceExecutedMs > validityHours * 3_600_000;

export type UnreadVerdict = { readonly kind: 'later'; readonly delayMs: number } | { readonly kind: 'expired' };

/**
 * After a look that failed: again when as much time has passed as since the write, between 15 s and 15 min; expired when the
 * claim is. A connection that is away belongs to its circuit: it is no reason to give up, and when it is back nobody waits.
 */
export function unreadVerdictOf(
  failureClass: FailureClass,
  sinceExecutedMs: number,
  validityHours: number,
): UnreadVerdict {
  if (failureClass === 'connection') return { kind: 'later', delayMs: firstUnreadMs };
  if (isExpired(sinceExecutedMs, validityHours)) return { kind: 'expired' };
  return { kind: 'later', delayMs: unseenDelayMs(sinceExecutedMs) };
}

/** Until the next look for what is not to be seen yet. */
export const unseenDelayMs = (sinceExecutedMs: number): number =>
  Math.min(Math.max(sinceExecutedMs, firstUnreadMs), lastUnreadMs);
