// Which values of a prepared identity are still to be reserved: those that must be unique and are not reserved as they should be.
// Owns turning wishes of rules and of keys into reservations; which value is tried next is unique-value.ts'.
import { type Answers, reservationKey } from './answer.js';
import { type Candidates, searchKey } from './computation.js';
import type { DueAccount, RuleFailure } from './evaluation.js';
import { keyOfAccount } from './expected-account.js';
import type { CompiledModel, CompiledResourceType } from './model.js';
import type { UniqueWish } from './open-value.js';
import type { PreparedIdentity } from './prepared-identity.js';
import type { ObservedResource } from './stored-account.js';
import { type ReservationWish, stillHolds, textOf } from './unique-value.js';

interface Known {
  readonly candidates: Candidates;
  readonly answers: Answers;
}

export function reservationWishes(
  model: CompiledModel,
  prepared: PreparedIdentity,
  known: Known,
): readonly ReservationWish[] {
  const dues = prepared.evaluation.accounts.filter((account) => account.kind === 'due');
  return [
    ...dues.flatMap((account) => {
      const type = model.resourceTypes.get(account.resourceType);
      return type === undefined ? [] : valueWishes(type, account, prepared, known);
    }),
    ...prepared.openKeys.flatMap((type) => keyWish(type, prepared, known)),
  ];
}

const valueWishes = (
  type: CompiledResourceType,
  { open }: DueAccount,
  prepared: PreparedIdentity,
  known: Known,
): readonly ReservationWish[] =>
  (open?.uniques ?? []).flatMap((unique) => {
    const valueAt = (attempt: number): string => textOf(unique.valueAt(attempt));
    return wishFor(type, prepared, known, { ...unique, isKey: false }, valueAt);
  });

/** Who has an account for sure needs no key. */
function keyWish(type: CompiledResourceType, prepared: PreparedIdentity, known: Known): readonly ReservationWish[] {
  if (sureResources(type, prepared, known).length > 0) return [];
  const rule = `${type.definition.identifier}.key`;
  const valueAt = (attempt: number): string => {
    const key = keyOfAccount(type, { ...prepared.input, attempt });
    if (typeof key !== 'string') throw new Error(key.message);
    return key;
  };
  const unique = { property: type.targetEntityType.key, rule, uniqueness: 'FOLLOW', isKey: true, valueAt } as const;
  return wishFor(type, prepared, known, unique, valueAt);
}

function wishFor(
  type: CompiledResourceType,
  prepared: PreparedIdentity,
  known: Known,
  unique: UniqueWish & { readonly isKey: boolean },
  valueAt: (attempt: number) => string,
): readonly ReservationWish[] {
  const { property, rule, isKey, uniqueness } = unique;
  const identityId = prepared.snapshot.id;
  const resourceType = type.definition.identifier;
  const reserved = known.answers.reservations.get(reservationKey(identityId, resourceType, property));
  const base = textOrEmpty(() => valueAt(0));
  // What fails, or gives nothing, is told when the account is put together.
  if (base === '' || stillHolds(unique, reserved)) return [];
  const resources = ownResources(type, prepared, known);
  const refused = reserved === undefined || 'message' in reserved || !reserved.isRefused ? null : reserved;
  return [
    {
      identityId,
      resourceType,
      entityType: type.targetEntityType.identifier,
      property,
      rule,
      base,
      isFollowing: uniqueness === 'FOLLOW',
      present: isKey ? null : textOf(resources[0]?.content.attributes[property] ?? null),
      own: resources.map(({ id }) => id),
      isKey,
      firstAttempt: refused === null ? 0 : refused.attempt + 1,
      valueAt,
    },
  ];
}

function textOrEmpty(text: () => string): string {
  try {
    return text();
  } catch {
    return '';
  }
}

/** The resource of the account; where it has none yet, those that are free and match. */
function ownResources(
  type: CompiledResourceType,
  prepared: PreparedIdentity,
  known: Known,
): readonly ObservedResource[] {
  const observed = prepared.accounts.get(type.definition.identifier)?.observed ?? null;
  return observed === null ? sureResources(type, prepared, known) : [observed];
}

function sureResources(
  { definition, correlationRules }: CompiledResourceType,
  { snapshot }: PreparedIdentity,
  { candidates }: Known,
): readonly ObservedResource[] {
  const sure = new Set(
    correlationRules.filter(({ confidencePercent }) => confidencePercent >= 100).map(({ identifier }) => identifier),
  );
  const found = candidates.get(searchKey({ identityId: snapshot.id, resourceType: definition.identifier })) ?? [];
  return found.flatMap(({ resource, owner, rule, isDeclined }) =>
    resource !== null && owner === null && isDeclined !== true && (rule === null || sure.has(rule)) ? [resource] : [],
  );
}

/** By resource type: computed keys, those that were reserved among them. */
export function keysOf(
  prepared: PreparedIdentity,
  { reservations }: Answers,
): ReadonlyMap<string, string | RuleFailure> {
  if (prepared.openKeys.length === 0) return prepared.keys;
  const reserved = prepared.openKeys.map((type): [string, string | RuleFailure] => {
    const { identifier } = type.definition;
    const got = reservations.get(reservationKey(prepared.snapshot.id, identifier, type.targetEntityType.key));
    if (got === undefined) return [identifier, keyFailure(type, prepared)];
    return [identifier, 'message' in got ? got : got.value];
  });
  return new Map([...prepared.keys, ...reserved]);
}

/** Nothing was reserved: the expression fails, or a resource that was to be the account went to somebody else. */
function keyFailure(type: CompiledResourceType, { input }: PreparedIdentity): RuleFailure {
  const key = keyOfAccount(type, { ...input, attempt: 0 });
  if (typeof key !== 'string') return key;
  return {
    rule: `${type.definition.identifier}.key`,
    message: `The ${type.definition.displayName} that was found has been given to somebody else meanwhile. The next computation looks again.`,
  };
}
