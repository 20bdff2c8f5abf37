// Filters of streams ask for the states an event brought, not for those a row has reached by the time it is read.
// So the states are answered here, by the event, and SQL is asked for the rest.
import type { FilterTree } from '../domain/filter.js';
import type { Mention } from './stream.js';

/** A wish for one of several states, answered: no wish any more, or one that nothing fulfils. */
export const answered = <State>(wanted: readonly State[] | null | undefined, state: State): readonly State[] | null =>
  wanted === null || wanted === undefined || wanted.includes(state) ? null : [];

/** The same tree with each level rewritten. */
export function rewritten<Filter extends FilterTree<Filter>>(
  filter: Filter,
  level: (filter: Filter) => Filter,
): Filter {
  const inner = (one: Filter): Filter => rewritten(one, level);
  return {
    ...level(filter),
    and: filter.and?.map(inner) ?? null,
    or: filter.or?.map(inner) ?? null,
    not: filter.not ? inner(filter.not) : null,
  };
}

/** Loads mentions of the same states together; answers stand in the order of the mentions. */
export async function loadedByState<Reference, View>(
  mentions: readonly Mention<Reference>[],
  stateOf: (reference: Reference) => string,
  load: (references: readonly Reference[]) => Promise<ReadonlyMap<Reference, View>>,
): Promise<readonly (View | null)[]> {
  const states = [...new Set(mentions.map(({ reference }) => stateOf(reference)))];
  const references = mentions.map(({ reference }) => reference);
  const found = await Promise.all(states.map((state) => load(references.filter((one) => stateOf(one) === state))));
  const all = new Map(found.flatMap((views) => [...views]));
  return mentions.map(({ reference }) => all.get(reference) ?? null);
}
