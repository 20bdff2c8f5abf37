// What a computation over many identities is made of: what all share, what is loaded of each, and how the directory is asked.
// Owns the words; what is asked for one identity is prepared-identity.ts', deciding on a bucket of them bucket.ts'.
import { calendarDay, daysBetween, latestDay } from '../calendar.js';
import type { Attributes } from '../configuration.js';
import { zoneOfPerson } from '../person.js';
import type { Digest } from '../resource.js';
import type { Answers, Ask } from './answer.js';
import type { IdentitySnapshot } from './evaluation.js';
import type { Candidate } from './finding.js';
import type { CompiledModel } from './model.js';
import type { Ahead } from './reach.js';
import type { StoredIdentity } from './reconcile.js';
import type { ReservationWish } from './unique-value.js';

/** What all identities of a run share. */
export interface Computation {
  readonly model: CompiledModel;
  /** ISO calendar day: the company's, or the identity's after `computationFor`. */
  readonly today: string;
  /** How many calendar days some hours reach from now on. Left out: none. */
  readonly ahead?: Ahead;
  /** The day where an identity is. Left out: everybody's is `today`. */
  readonly dayOf?: (attributes: Attributes) => LocalDay;
  /** The latest day that it is for anybody. Left out: `today`. */
  readonly latestDay?: string;
  readonly digest: Digest;
  readonly newId: () => string;
}

type LocalDay = Required<Pick<Computation, 'today' | 'ahead'>>;

/** The computation of this moment. */
export function computationAt(
  model: CompiledModel,
  now: Date,
  { timeZone, digest, newId }: Pick<Computation, 'digest' | 'newId'> & { readonly timeZone: string },
): Computation {
  const { identityType } = model;
  const shared = { model, digest, newId, ...dayIn(timeZone, now) };
  if (identityType.identity?.timeZone === null || identityType.identity === null) return shared;
  const days = new Map<string, LocalDay>();
  const dayOf = (attributes: Attributes): LocalDay => {
    const zone = zoneOfPerson(attributes, identityType, timeZone);
    const day = days.get(zone) ?? dayIn(zone, now);
    days.set(zone, day);
    return day;
  };
  return { ...shared, dayOf, latestDay: latestDay(now) };
}

function dayIn(timeZone: string, now: Date): LocalDay {
  const today = calendarDay(now, timeZone);
  const ahead = (hours: number): number =>
    daysBetween(today, calendarDay(new Date(now.getTime() + hours * 3_600_000), timeZone));
  return { today, ahead };
}

/** The computation as it is where the identity is. */
export const computationFor = (
  shared: Computation,
  { attributes }: Pick<IdentitySnapshot, 'attributes'>,
): Computation => (shared.dayOf === undefined ? shared : { ...shared, ...shared.dayOf(attributes) });

/** One identity with everything. */
export interface LoadedIdentity {
  readonly snapshot: IdentitySnapshot;
  /** Hash of the identity's row. */
  readonly hash: string;
  readonly stored: StoredIdentity;
}

/** An account that has no resource yet: where to look for an existing one. */
export interface AccountSearch {
  readonly identityId: string;
  readonly resourceType: string;
  readonly entityType: string;
  /** The key a new one would get; null = look by correlation only. */
  readonly key: string | null;
  readonly correlations: readonly { readonly rule: string; readonly value: string }[];
  /** Rules that tell for sure whose a resource is: what they say of somebody else counts more than an uncertain match. */
  readonly sureRules: readonly string[];
  /** The identity has its account: only further ones are looked for. */
  readonly hasResource: boolean;
}

export const searchKey = ({ identityId, resourceType }: Pick<AccountSearch, 'identityId' | 'resourceType'>): string =>
  `${identityId}/${resourceType}`;

/** By `searchKey`; without candidates an entry is absent. */
export type Candidates = ReadonlyMap<string, readonly Candidate[]>;

/** How the directory is asked and values are reserved, in the transaction that will write; a preview reserves nothing. */
export interface Directory {
  readonly find: (searches: readonly AccountSearch[]) => Promise<Candidates>;
  readonly ask: Ask;
  /** By `reservationKey`: what each has got, or why it got nothing. */
  readonly reserve: (wishes: readonly ReservationWish[]) => Promise<Answers['reservations']>;
}
