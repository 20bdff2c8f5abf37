// A difference between what a story expects and what was found, and what the looking needs. Owns how both are shown.
import type { Memory } from './memory.js';
import type { Passed, World } from './world.js';

/** Where in the expectation, and what is different there. */
export interface Difference {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export const difference = (path: Difference['path'], expected: unknown, found: unknown): Difference => ({
  path,
  message: `expected ${shown(expected)}\n   found ${shown(found)}`,
});

export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export interface Situation {
  readonly world: World;
  readonly memory: Memory;
  /** What a raw operation of the step answered. */
  readonly data: unknown;
}

/** States of one thing in the order of the feed, each once in a row. */
export const wayOf = (passed: readonly Passed[], id: string): readonly string[] =>
  passed
    .filter((item) => item.id === id)
    .map(({ state }) => state)
    .filter((state, index, all) => state !== all[index - 1]);

/** In this order, others may stand between. */
export function isWay(found: readonly string[], expected: readonly string[]): boolean {
  let next = 0;
  for (const state of found) if (state === expected[next]) next += 1;
  return next === expected.length;
}
