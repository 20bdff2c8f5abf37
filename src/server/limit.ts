// What one operation may ask for, before anything runs: tokens, depth, aliases, cost. One function for both transports.
// Runs on validated documents, so that fragments exist and end.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  GraphQLError,
  valueFromASTUntyped,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { maximumCost } from '../resolvers/budget.js';

// Cost: 1 a field; a page costs 2 and its rows as often as it may hold; a field with `ids` costs 2 and its selection once an id.
/** Of the document; values of variables are none of it. */
export const maximumTokens = 2_500;
export const maximumDepth = 12;
export const maximumAliases = 20;
export const maximumBodyBytes = 100 * 1024;
/** For those who may plan a configuration: it is sent whole. */
export const maximumConfigurationBytes = 8 * 1024 * 1024;
const defaultPageSize = 25;
/** Lists that are no pages, and have a size when none is asked for. */
const defaultSizes: ReadonlyMap<string, number> = new Map([['search', 10]]);

interface Measure {
  readonly depth: number;
  readonly cost: number;
  /** Field name → how often it stands there under another name. */
  readonly aliases: ReadonlyMap<string, number>;
}

type Variables = Readonly<Record<string, unknown>>;

interface Reading {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Variables;
  /** Measured once each: a fragment spread in many places must not cost time in as many. */
  readonly measured: Map<string, Measure>;
  /** Fragment → whether it asks for the rows of a page. */
  readonly holdsRows: Map<string, boolean>;
}

/** The errors to answer instead of running; empty when the operation keeps within the limits. */
export function limitErrors(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables | null | undefined,
): readonly GraphQLError[] {
  const operation = getOperationAST(document, operationName);
  if (!operation) return [];
  const { depth, cost, aliases } = measureOperation(document, operation, variables ?? {});
  const [aliased, count] = [...aliases].find(([, times]) => times > maximumAliases) ?? ['', 0];
  const found: readonly (readonly [boolean, string, string])[] = [
    [
      depth > maximumDepth,
      'BAD_USER_INPUT',
      `The operation is ${depth} levels deep; at most ${maximumDepth} are answered.`,
    ],
    [
      count > 0,
      'BAD_USER_INPUT',
      `The field ${aliased} is asked for ${count} times under other names; at most ${maximumAliases} are answered.`,
    ],
    [
      cost > maximumCost,
      'COST_EXCEEDED',
      `The operation may cost ${cost} points; at most ${maximumCost} are answered. Ask for smaller pages or fewer fields.`,
    ],
  ];
  return found
    .filter(([isOver]) => isOver)
    .map(([, code, message]) => new GraphQLError(message, { extensions: { code, http: { status: 400 } } }));
}

/** Points of a document that keeps within the limits. */
export function costOfOperation(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables | null | undefined,
): number {
  const operation = getOperationAST(document, operationName);
  return operation ? measureOperation(document, operation, variables ?? {}).cost : 0;
}

function measureOperation(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): Measure {
  const fragments = new Map(
    document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
  );
  return measureSet(operation.selectionSet, {
    fragments,
    variables: { ...defaultsOf(operation), ...variables },
    measured: new Map(),
    holdsRows: new Map(),
  });
}

/** Defaults of variables count: `query ($n: Int = 100)`. */
function defaultsOf(operation: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
    ),
  );
}

const nothing: Measure = { depth: 0, cost: 0, aliases: new Map() };

function measureSet(set: SelectionSetNode | undefined, reading: Reading): Measure {
  return (set?.selections ?? []).map((selection) => measure(selection, reading)).reduce(sum, nothing);
}

function measure(selection: SelectionNode, reading: Reading): Measure {
  switch (selection.kind) {
    case Kind.FIELD:
      return measureField(selection, reading);
    case Kind.INLINE_FRAGMENT:
      return measureSet(selection.selectionSet, reading);
    case Kind.FRAGMENT_SPREAD:
      return measureFragment(selection.name.value, reading);
    default:
      return selection satisfies never;
  }
}

function measureFragment(name: string, reading: Reading): Measure {
  const known = reading.measured.get(name);
  if (known !== undefined) return known;
  const found = measureSet(reading.fragments.get(name)?.selectionSet, reading);
  reading.measured.set(name, found);
  return found;
}

function measureField(field: FieldNode, reading: Reading): Measure {
  const name = field.name.value;
  // The depth of introspection is limited by a validation rule of its own; tools need more than twelve levels.
  if (name === '__schema' || name === '__type') return nothing;
  const inner = measureSet(field.selectionSet, reading);
  const aliases = field.alias === undefined ? inner.aliases : merged(inner.aliases, new Map([[name, 1]]));
  return { depth: inner.depth + 1, cost: costOf(field, inner.cost, reading), aliases };
}

/** A field is a page when it says how many rows it wants, or asks for rows without saying. */
function costOf(field: FieldNode, innerCost: number, reading: Reading): number {
  const things = idCount(field, reading.variables);
  if (things !== null) return 2 + things * innerCost;
  const asked = pageSize(field, reading.variables);
  if (asked === null && !hasRows(field.selectionSet, reading)) return 1 + innerCost;
  return 2 + (asked ?? defaultPageSize) * innerCost;
}

/** `nodes` or `edges`, written here or in a fragment. */
function hasRows(set: SelectionSetNode | undefined, reading: Reading): boolean {
  return (set?.selections ?? []).some((one) => {
    if (one.kind === Kind.FIELD) return one.name.value === 'nodes' || one.name.value === 'edges';
    return one.kind === Kind.INLINE_FRAGMENT
      ? hasRows(one.selectionSet, reading)
      : fragmentHasRows(one.name.value, reading);
  });
}

function fragmentHasRows(name: string, reading: Reading): boolean {
  const known = reading.holdsRows.get(name);
  if (known !== undefined) return known;
  const found = hasRows(reading.fragments.get(name)?.selectionSet, reading);
  reading.holdsRows.set(name, found);
  return found;
}

/** How many things are asked for by `ids`; null without that argument. */
function idCount(field: FieldNode, variables: Variables): number | null {
  const argument = field.arguments?.find(({ name }) => name.value === 'ids');
  if (argument === undefined) return null;
  const ids: unknown = valueFromASTUntyped(argument.value, variables);
  return Array.isArray(ids) ? ids.length : 1;
}

function pageSize(field: FieldNode, variables: Variables): number | null {
  const argument = field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last');
  if (argument === undefined) return defaultSizes.get(field.name.value) ?? null;
  const { value } = argument;
  const size =
    value.kind === Kind.VARIABLE ? variables[value.name.value] : value.kind === Kind.INT ? Number(value.value) : null;
  // Sizes out of range are refused by the field itself, with a better message.
  return typeof size === 'number' && size >= 1 && size <= 100 ? size : defaultPageSize;
}

const sum = (left: Measure, right: Measure): Measure => ({
  depth: Math.max(left.depth, right.depth),
  cost: left.cost + right.cost,
  aliases: merged(left.aliases, right.aliases),
});

function merged(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  if (right.size === 0) return left;
  if (left.size === 0) return right;
  const both = new Map(left);
  for (const [name, times] of right) both.set(name, (both.get(name) ?? 0) + times);
  return both;
}
