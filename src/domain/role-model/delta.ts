// The difference between what an account should contain and what is there, as an order carries it.
// Owns what is managed and what is not; whether the difference may be written is account-decision.ts'.
import type { ScalarValue } from '@joinery/connector-kit';
import type { ExpectedResource, ResourceDelta } from '../assignment.js';
import { isMapped, matches } from '../comparison.js';
import { type ResourceContent, sameScalar } from '../resource.js';
import type { ValuesLeft } from './value-assignment.js';

export interface Comparison {
  readonly expected: ExpectedResource;
  /** As last read; null when the account was never read. */
  readonly observed: ResourceContent | null;
  /** The account is there although it was not read yet: its creation was confirmed. */
  readonly isCreated: boolean;
  /** What we expected before: only that is ever taken away. */
  readonly former: ExpectedResource | null;
  /** The last delta that was not seen in the target: what it takes away was ours, too. */
  readonly unseen: ResourceDelta | null;
  /** The part of `unseen` that may be under way: its properties are written again even where the last reading looks right. */
  readonly inFlight: ResourceDelta | null;
  /** Properties that some rule of the model gives; the others are nobody's business. */
  readonly managed: ReadonlySet<string>;
  /** The account was linked to its resource before. */
  readonly wasThere: boolean;
  /** What people decided about single values. */
  readonly left: ValuesLeft;
}

/** Null when nothing has to be written. */
export function deltaBetween(comparison: Comparison): ResourceDelta | null {
  const { expected, observed, isCreated } = comparison;
  const kind = observed === null && !isCreated ? 'CREATE' : 'UPDATE';
  const scalars = [...wishedScalars(comparison, kind), ...droppedScalars(comparison)].sort((a, b) =>
    a.property < b.property ? -1 : 1,
  );
  const links = propertiesOfLinks(comparison)
    .map((property) => linkDelta(comparison, property))
    .filter(({ add, remove }) => add.length + remove.length > 0);
  if (kind === 'UPDATE' && scalars.length === 0 && links.length === 0) return null;
  return { kind, key: expected.key, scalars, links };
}

type ScalarDelta = ResourceDelta['scalars'][number];
type LinkDelta = ResourceDelta['links'][number];

function wishedScalars(comparison: Comparison, kind: 'CREATE' | 'UPDATE'): readonly ScalarDelta[] {
  const { expected, observed, isCreated, inFlight, left } = comparison;
  const underWay = new Set(inFlight?.scalars.map(({ property }) => property));
  return Object.entries(expected.values).flatMap(([property, wish]): readonly ScalarDelta[] => {
    if (left.isLeft(property)) return [];
    const { value, rule, confidencePercent: _, ...traits } = wish;
    const from = observed?.attributes[property] ?? null;
    const isUnknown = observed === null && isCreated;
    const isDifferent = (): boolean =>
      isMapped(wish)
        ? isUnknown || underWay.has(property) || !matches(value, from, wish)
        : isWrittenBlind(comparison, property, value);
    const isWritten = kind === 'CREATE' ? !sameScalar(value, null) : isDifferent();
    return isWritten ? [{ property, from, to: value, rule, ...traits }] : [];
  });
}

/** What is never compared is written when another value is wished, and as long as nobody has said that it was written. */
function isWrittenBlind(
  { former, unseen, inFlight, isCreated, wasThere }: Comparison,
  property: string,
  value: ScalarValue,
): boolean {
  const before = former?.values[property];
  const isWaiting =
    !isCreated &&
    unseen?.scalars.some((scalar) => scalar.property === property && sameScalar(scalar.to, value)) === true;
  // Somebody's account that was found keeps what it has: it is not made by us.
  if (!wasThere) return isWaiting && inFlight !== null;
  return isWaiting || before === undefined || !sameScalar(before.value, value);
}

/** A value of ours that no rule gives any more is emptied, unless somebody else has changed it meanwhile. */
function droppedScalars(comparison: Comparison): readonly ScalarDelta[] {
  const { expected, observed, former, unseen, inFlight, managed, left } = comparison;
  const given = new Map<string, ScalarValue>(
    Object.entries(former?.values ?? {}).map(([property, { value }]) => [property, value]),
  );
  for (const { property, to } of [...(unseen?.scalars ?? []), ...(inFlight?.scalars ?? [])])
    if (!given.has(property)) given.set(property, to);
  const underWay = new Set(inFlight?.scalars.map(({ property }) => property));
  return [...given].flatMap(([property, value]) => {
    if (expected.values[property] !== undefined || !managed.has(property) || left.isLeft(property)) return [];
    const from = observed?.attributes[property] ?? null;
    const isOurs =
      underWay.has(property) || (!sameScalar(from, null) && (sameScalar(from, value) || wasDropped(unseen, property)));
    return isOurs ? [{ property, from, to: null, rule: null }] : [];
  });
}

const wasDropped = (unseen: ResourceDelta | null, property: string): boolean =>
  unseen?.scalars.some((scalar) => scalar.property === property && scalar.rule === null) === true;

function propertiesOfLinks({ expected, former, unseen, inFlight, left }: Comparison): readonly string[] {
  const changed = [...(unseen?.links ?? []), ...(inFlight?.links ?? [])].map(({ property }) => property);
  const given = [...Object.keys(expected.links), ...Object.keys(former?.links ?? {})];
  return [...new Set([...given, ...changed, ...left.takenFrom])].sort();
}

function linkDelta(comparison: Comparison, property: string): LinkDelta {
  const wished = comparison.expected.links[property] ?? {};
  const formerRules = comparison.former?.links[property] ?? {};
  const unseen = linkOf(comparison.unseen, property);
  const underWay = linkOf(comparison.inFlight, property);
  const present = new Set(comparison.observed?.links[property] ?? []);
  const perhapsPresent = new Set([...present, ...underWay.add]);
  const given = [...Object.keys(formerRules), ...unseen.remove, ...underWay.remove, ...underWay.add];
  const ours = new Set([...given, ...comparison.left.taken(property)]);
  const isFree = (key: string): boolean => !comparison.left.isLeft(property, key);
  const add = Object.keys(wished)
    .filter((key) => isFree(key) && (!present.has(key) || underWay.remove.includes(key)))
    .sort();
  const isUnread = comparison.observed === null && comparison.isCreated;
  const isThere = (key: string): boolean => isUnread || perhapsPresent.has(key);
  const remove = [...ours].filter((key) => wished[key] === undefined && isFree(key) && isThere(key)).sort();
  const ruleOf = (key: string): string => wished[key] ?? formerRules[key] ?? unseen.rules[key] ?? '';
  return { property, add, remove, rules: Object.fromEntries([...add, ...remove].map((key) => [key, ruleOf(key)])) };
}

const linkOf = (delta: ResourceDelta | null, property: string): LinkDelta =>
  delta?.links.find((link) => link.property === property) ?? { property, add: [], remove: [], rules: {} };

export const sameDelta = (a: ResourceDelta | null, b: ResourceDelta | null): boolean => canonical(a) === canonical(b);

// jsonb gives keys back in its own order.
const canonical = (delta: ResourceDelta | null): string =>
  delta === null
    ? ''
    : JSON.stringify([
        delta.kind,
        delta.key,
        delta.scalars.map(({ property, from, to, rule, comparison, isMapped: mapped }) => [
          property,
          from,
          to,
          rule,
          ...(comparison === undefined && mapped === undefined ? [] : [comparison ?? '', mapped ?? true]),
        ]),
        delta.links.map(({ property, add, remove }) => [property, add, remove]),
      ]);
