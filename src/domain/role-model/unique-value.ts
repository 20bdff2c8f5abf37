// Values that only one account may have: which reservation still holds, and which value to try next.
// Owns the order of attempts and what counts as the same; who has which value is the store's (store/reserved-value.ts). Words: docs/role-model.md.
import type { ScalarValue } from '@joinery/connector-kit';
import { uniqueText } from '../correlation.js';
import { type Answers, reservationKey, type Reservation } from './answer.js';
import type { RuleFailure } from './evaluation.js';
import type { UniqueWish } from './open-value.js';

export interface ReservationWish {
  readonly identityId: string;
  readonly resourceType: string;
  readonly entityType: string;
  readonly property: string;
  readonly rule: string;
  /** What attempt 0 gives. */
  readonly base: string;
  /** What the identity's own resource holds already: taken over where it is free. Null: nothing, or it is not read yet. */
  readonly present: string | null;
  /** Resources that are this identity's, or will be by this computation: what they hold is not somebody else's. */
  readonly own: readonly string[];
  /** A new value when what it is made of changes. */
  readonly isFollowing: boolean;
  /** The property is the key of the row. */
  readonly isKey: boolean;
  /** The first attempt to be tried: past what the target has refused. */
  readonly firstAttempt: number;
  /** Throws what the expression throws. */
  readonly valueAt: (attempt: number) => string;
}

export interface Attempt {
  readonly value: string;
  readonly attempt: number;
}

/** Tried at once, in one look at what is taken. */
const triedAtOnce = 8;
const mostAttempts = 1_000;

/** What to try from an attempt on: empty when the expression gives nothing new, or has been tried often enough. */
export function attemptsFrom(wish: ReservationWish, from: number): readonly Attempt[] {
  const attempts: Attempt[] = [];
  let last = from === 0 ? '' : uniqueText(wish.valueAt(from - 1));
  for (let attempt = from; attempt < Math.min(from + triedAtOnce, mostAttempts); attempt += 1) {
    const value = wish.valueAt(attempt);
    // The same value again: the expression does not read `attempt`.
    if (value === '' || uniqueText(value) === last) break;
    attempts.push({ value, attempt });
    last = uniqueText(value);
  }
  return attempts;
}

/** What the own resource holds comes first: of a rule that follows only where it is one of the first attempts. */
export function presentAttempt(wish: ReservationWish): Attempt | null {
  const { present } = wish;
  if (present === null || present === '' || wish.firstAttempt > 0) return null;
  const among = attemptsFrom(wish, 0).find(({ value }) => uniqueText(value) === uniqueText(present));
  if (among !== undefined) return among;
  return wish.isFollowing ? null : { value: present, attempt: 0 };
}

export const nothingFree = (wish: ReservationWish, last: string): RuleFailure => ({
  rule: wish.rule,
  message: `No value for ${wish.property} is free: "${last}" is taken, and the expression gives nothing else. Let it read \`attempt\`.`,
});

/** Whether what is reserved is still what the rule wants. */
export function stillHolds(wish: UniqueWish, reserved: Reservation | RuleFailure | undefined): boolean {
  if (reserved === undefined || 'message' in reserved || reserved.isRefused) return false;
  switch (wish.uniqueness) {
    case 'KEEP':
      return true;
    case 'FOLLOW':
      return reserved.rule === wish.rule && reserved.base === textOf(wish.valueAt(0));
    default:
      return wish.uniqueness satisfies never;
  }
}

/** Whether all that must be unique is reserved as it should be; an expression that fails is not. */
export function isReserved(
  uniques: readonly UniqueWish[],
  identityId: string,
  resourceType: string,
  { reservations }: Answers,
): boolean {
  return uniques.every((wish) => {
    const reserved = reservations.get(reservationKey(identityId, resourceType, wish.property));
    try {
      return stillHolds(wish, reserved) || textOf(wish.valueAt(0)) === '';
    } catch {
      return false;
    }
  });
}

export const textOf = (value: ScalarValue): string => String(value ?? '');
