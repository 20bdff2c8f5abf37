// Filters as clients write them, turned into the domain's: global ids become row ids or identifiers.
import type { FilterTree, IdComparison } from '../domain/filter.js';
import { localIdOf, type NodeType } from '../domain/global-id.js';
import type { IdFilter } from '../schema/filter.js';
import { badUserInput } from './error.js';

/** Throws BAD_USER_INPUT for an id of another type. */
export function idComparison(type: NodeType, filter: IdFilter | null | undefined): IdComparison | null {
  if (filter === null || filter === undefined) return null;
  return {
    eq: typeof filter.eq === 'string' ? requiredLocalId(type, filter.eq) : null,
    in: filter.in?.map((id) => requiredLocalId(type, id)) ?? null,
    nin: filter.nin?.map((id) => requiredLocalId(type, id)) ?? null,
    isNull: filter.isNull ?? null,
  };
}

/** The row id or identifier behind a global id. Throws BAD_USER_INPUT for an id of another type. */
export function requiredLocalId(type: NodeType, id: string): string {
  const local = localIdOf(type, id);
  if (local !== null) return local;
  throw badUserInput(`"${id.slice(0, 80)}" is not the id of a ${type}.`, `Use the id field of a ${type}, unchanged.`);
}

const deepest = 5;
const mostConditions = 50;

/** Rebuilds a tree with each level turned by `level`. Refuses trees that would make unbounded SQL. */
export function filterTree<Input extends FilterTree<Input>, Output extends FilterTree<Output>>(
  input: Input | null | undefined,
  level: (input: Input) => Output,
): Output | null {
  if (input === null || input === undefined) return null;
  if (sizeOf(input, 1) > mostConditions)
    throw badUserInput(`A filter may hold ${mostConditions} conditions.`, 'Use `in` with a list.');
  return rebuilt(input, level);
}

function rebuilt<Input extends FilterTree<Input>, Output extends FilterTree<Output>>(
  input: Input,
  level: (input: Input) => Output,
): Output {
  const made = level(input);
  // A level may bring conditions of its own, such as whom the viewer may know of.
  const all = [...(made.and ?? []), ...(input.and?.map((inner) => rebuilt(inner, level)) ?? [])];
  return {
    ...made,
    and: all.length > 0 ? all : null,
    or: input.or?.map((inner) => rebuilt(inner, level)) ?? null,
    not: input.not === null || input.not === undefined ? null : rebuilt(input.not, level),
  };
}

function sizeOf<Input extends FilterTree<Input>>(input: Input, depth: number): number {
  if (depth > deepest) throw badUserInput(`A filter may be nested ${deepest} levels deep.`);
  const inner = [...(input.and ?? []), ...(input.or ?? []), ...(input.not ? [input.not] : [])];
  return inner.reduce((sum, one) => sum + sizeOf(one, depth + 1), 1);
}
