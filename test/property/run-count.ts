// How often properties are tried. Bounded by default; JOINERY_PROPERTY_RUNS multiplies it for a night's search.
import type { Parameters as RunParameters } from 'fast-check';

const factor = Number(process.env.JOINERY_PROPERTY_RUNS ?? '1');
if (!Number.isInteger(factor) || factor < 1)
  throw new Error('JOINERY_PROPERTY_RUNS is how many times more often properties are tried: a whole number from 1.');

/** `times`: tries by default. A failure tells its seed, its path and what happened; seed and path put here show it again. */
export const runs = (times: number): Pick<RunParameters<unknown>, 'numRuns' | 'endOnFailure'> => ({
  numRuns: times * factor,
  // Every try fills two databases: making the example smaller would take longer than finding it.
  endOnFailure: true,
});

/** Milliseconds that all tries of one property may take. */
export const timeLimit = 60_000 * factor;
