// The contexts of a person: what it does and where, from when to when, made of its positions by the context rule.
// Owns making them and what a criterion means; which rules ask for one is rule-index.ts', which days count is timeline.ts'.
import { positionIn } from '../calendar.js';
import type { Attributes, ContextCriterion, PositionSource } from '../configuration.js';
import { personOf } from '../person.js';
import type { Hierarchies, IdentitySnapshot, Period, PositionRow } from './evaluation.js';
import type { CompiledContextRule, CompiledExpression, CompiledModel, ExpressionInput } from './model.js';

export interface Context extends Period {
  /** Dimension → value; '' where the rule gives none. */
  readonly values: Readonly<Record<string, string>>;
  /** Of dimensions with an order: the value and everything above it. */
  readonly lineage: ReadonlyMap<string, ReadonlySet<string>>;
  readonly position: Attributes | null;
}

/** `problem`: why they cannot be made; every rule that asks for a context fails with it. */
export interface Contexts {
  readonly all: readonly Context[];
  readonly problem: Error | null;
}

/** What the store has to read besides the row of the person; nothing without a context rule. */
export interface IdentitySource {
  readonly entityType: string;
  readonly positions: Pick<PositionSource, 'entityType' | 'person'> | null;
  /** Of dimensions that some rule asks about with everything below. */
  readonly hierarchies: readonly HierarchySource[];
}

export interface HierarchySource {
  readonly dimension: string;
  readonly entityType: string;
  /** Property with the key of the value above. */
  readonly parent: string;
  /** The property that the context rule takes as it is; null: it computes the value. */
  readonly from: { readonly row: 'person' | 'position'; readonly property: string } | null;
}

const sources = new WeakMap<CompiledModel, IdentitySource>();

export function identitySource(model: CompiledModel): IdentitySource {
  const known = sources.get(model);
  if (known !== undefined) return known;
  const made = sourceOf(model);
  sources.set(model, made);
  return made;
}

function sourceOf({ configuration, contextRule, identityType }: CompiledModel): IdentitySource {
  const asked = new Set(
    [
      ...configuration.roleRules,
      ...configuration.typeRules,
      ...configuration.scalarRules,
      ...configuration.navigationRules,
      ...configuration.queryRules,
    ].flatMap(({ context }) => context.filter(({ includesBelow }) => includesBelow).map(({ dimension }) => dimension)),
  );
  return {
    entityType: identityType.identifier,
    positions: contextRule?.definition.positions ?? null,
    hierarchies: configuration.dimensions.flatMap(({ identifier, entityType, parent }) =>
      contextRule === null || entityType === null || parent === null || !asked.has(identifier)
        ? []
        : [{ dimension: identifier, entityType, parent, from: takenFrom(contextRule.dimensions.get(identifier)) }],
    ),
  };
}

function takenFrom(expression: CompiledExpression | undefined): HierarchySource['from'] {
  const [, row, property] = /^\s*(person|position)\.(\w+)\s*$/.exec(expression?.text ?? '') ?? [];
  return property === undefined || (row !== 'person' && row !== 'position') ? null : { row, property };
}

/** First and last day of the identity. */
export function periodOf({ id, key, attributes, isRemoved }: IdentitySnapshot, model: CompiledModel): Period {
  return personOf({ id, key, attributes, isRemoved }, model.identityType);
}

const none: Contexts = { all: [], problem: null };
// By the attributes: they stay the same object where a snapshot is spread.
const madeOf = new WeakMap<Attributes, Made>();
interface Made extends Pick<IdentitySnapshot, 'positions' | 'hierarchies'> {
  readonly model: CompiledModel;
  readonly contexts: Contexts;
}

/** All contexts, past and coming ones too; none without a context rule. The one that began first comes first. */
export function contextsOf(snapshot: IdentitySnapshot, model: CompiledModel): Contexts {
  if (model.contextRule === null) return none;
  const { attributes, positions, hierarchies } = snapshot;
  const known = madeOf.get(attributes);
  if (known?.model === model && known.positions === positions && known.hierarchies === hierarchies)
    return known.contexts;
  const contexts = makeContexts(snapshot, model.contextRule, periodOf(snapshot, model));
  madeOf.set(attributes, { model, contexts, ...(positions && { positions }), ...(hierarchies && { hierarchies }) });
  return contexts;
}

function makeContexts(snapshot: IdentitySnapshot, rule: CompiledContextRule, period: Period): Contexts {
  const { positions } = rule.definition;
  const hierarchies = snapshot.hierarchies ?? nothingAbove;
  try {
    if (positions === null) return { all: [contextOf(rule, snapshot, null, period, hierarchies)], problem: null };
    const all = (snapshot.positions ?? [])
      .filter((row) => !isExcluded(rule, snapshot, row))
      .map((row) =>
        contextOf(rule, snapshot, row.attributes, overlap(period, periodOfRow(row, positions)), hierarchies),
      );
    return { all: all.sort(byStart), problem: null };
  } catch (error) {
    return { all: [], problem: error instanceof Error ? error : new Error(String(error)) };
  }
}

const nothingAbove: Hierarchies = new Map();

const isExcluded = ({ exclude }: CompiledContextRule, { attributes }: IdentitySnapshot, row: PositionRow): boolean =>
  exclude !== null && exclude.evaluate(inputFor(attributes, row.attributes)) === true;

/** The context rule reads neither roles nor the day: the check refuses both. */
const inputFor = (person: Attributes, position: Attributes | null): ExpressionInput => ({
  person,
  roles: [],
  today: '',
  ...(position === null ? {} : { position }),
});

function contextOf(
  rule: CompiledContextRule,
  { attributes }: IdentitySnapshot,
  position: Attributes | null,
  { startDate, endDate }: Period,
  hierarchies: Hierarchies,
): Context {
  const input = inputFor(attributes, position);
  const values = Object.fromEntries(
    [...rule.dimensions].map(([dimension, expression]) => [dimension, String(expression.evaluate(input) ?? '')]),
  );
  const lineage = new Map(
    [...hierarchies].map(([dimension, above]) => [dimension, lineageOf(values[dimension] ?? '', above)]),
  );
  return { values, lineage, position, startDate, endDate };
}

/** Ends at the top, and at a value that was there already: a source may hold a circle. */
function lineageOf(value: string, above: ReadonlyMap<string, string | null>): ReadonlySet<string> {
  const lineage = new Set<string>();
  for (
    let next: string | null = value;
    next !== null && next !== '' && !lineage.has(next);
    next = above.get(next) ?? null
  )
    lineage.add(next);
  return lineage;
}

function periodOfRow({ attributes }: PositionRow, { startDate, endDate }: PositionSource): Period {
  const day = (property: string | null): string | null => {
    const value = property === null ? null : (attributes[property] ?? null);
    return value === null || value === '' ? null : String(value).slice(0, 10);
  };
  return { startDate: day(startDate), endDate: day(endDate) };
}

const overlap = (one: Period, other: Period): Period => ({
  startDate: latest(one.startDate, other.startDate),
  endDate: earliest(one.endDate, other.endDate),
});

const latest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);
const earliest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b < a) ? b : a);

// Positions come by their keys, and the order of those that begin together stays so.
const byStart = (a: Context, b: Context): number =>
  (a.startDate ?? '') < (b.startDate ?? '') ? -1 : (a.startDate ?? '') > (b.startDate ?? '') ? 1 : 0;

export const isOn = (day: string, { startDate, endDate }: Period): boolean =>
  positionIn(day, startDate, endDate) === 'within';

/** All criteria hold in this context. */
export const meets = (context: Context, criteria: readonly ContextCriterion[]): boolean =>
  criteria.every(({ dimension, values, includesBelow }) => {
    if (!includesBelow) return values.includes(context.values[dimension] ?? '');
    const lineage = context.lineage.get(dimension);
    return values.some((value) => lineage?.has(value) ?? value === context.values[dimension]);
  });

/** What contexts are made of besides the person's own row, as a text that changes with it. */
export function contextText(snapshot: IdentitySnapshot, model: CompiledModel): string {
  if (model.contextRule === null) return '';
  const positions = (snapshot.positions ?? []).map(({ hash }) => hash);
  const lineages = contextsOf(snapshot, model).all.flatMap(({ lineage }) =>
    [...lineage.values()].map((values) => [...values].join('<')),
  );
  return [...positions, ...lineages].join(',');
}
