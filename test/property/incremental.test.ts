// An incremental run after anything that happens ends as a complete one. Found by chance, over two towns to which the same happens:
// one is only ever computed as far as marked, the other always completely.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Database } from '../../src/store/database.js';
import { runs, timeLimit } from './run-count.js';
import { type Happening, happening } from './town.js';
import { openTown, outcomeOf, type Town } from './town-world.js';

let marked: Town;
let whole: Town;
let forgetful: Town;
beforeAll(async () => {
  marked = await openTown('marked');
  whole = await openTown('whole');
  forgetful = await openTown('forgetful', { through: withoutMarksOfPositions });
});
afterAll(() => Promise.all([marked, whole, forgetful].map((town) => town.close())));

/** A position that comes, goes or moves marks nobody. */
function withoutMarksOfPositions(database: Database): Database {
  const query: Database['query'] = (text, parameters) =>
    database.query(
      text.includes('as touched\n     join resource p') ? `select from (${text}) as x where false` : text,
      parameters,
    );
  return {
    ...database,
    query,
    transaction: (work) =>
      database.transaction((sql) =>
        work({
          ...sql,
          query: (text, parameters) =>
            sql.query(
              text.includes('as touched\n     join resource p') ? `select from (${text}) as x where false` : text,
              parameters,
            ),
        }),
      ),
  };
}

async function differential(incremental: Town, complete: Town, happenings: readonly Happening[]): Promise<void> {
  await Promise.all([incremental.begin(), complete.begin()]);
  for (const what of [{ kind: 'computed' } as const, ...happenings, { kind: 'computed' } as const]) {
    if (what.kind !== 'computed') {
      await Promise.all([incremental.happen(what), complete.happen(what)]);
      continue;
    }
    const runAll = async () => {
      await complete.read();
      await complete.compute({ kind: 'all' });
    };
    await Promise.all([incremental.happen(what), runAll()]);
    expect(await outcomeOf(incremental.world.database)).toEqual(await outcomeOf(complete.world.database));
  }
}

const story = fc.array(happening, { minLength: 10, maxLength: 50, size: 'max' });

test(
  'after up to 50 changes of any kind the incremental run ends as the complete one',
  async () => {
    await fc.assert(
      fc.asyncProperty(story, (happenings) => differential(marked, whole, happenings)),
      runs(2),
    );
  },
  timeLimit,
);

test.each([
  ['names of an account that never was in the target stayed reserved', -1_355_220_510, '0'],
  ['a key that one account lost and another took in the same statement was asked for too early', 376_344_523, '1'],
])('what was found before: %s', async (_what, seed, path) => {
  await fc.assert(
    fc.asyncProperty(story, (happenings) => differential(marked, whole, happenings)),
    { seed, path, numRuns: Number(path) + 1, endOnFailure: true },
  );
});

test('control: without the marks of positions it does not', async () => {
  const result = await fc.check(
    fc.asyncProperty(story, (happenings) => differential(forgetful, whole, happenings)),
    { numRuns: 20, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
  expect(String(result.errorInstance)).toContain('toEqual');
});
