// The order in which rows are read, and in which people are computed, does not matter. Found by chance over two towns: one reads and
// computes in order, the other as it comes. What whoever comes first gets by design (unique values, proposals) is left out.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidates, Directory } from '../../src/domain/role-model/computation.js';
import type { Candidate } from '../../src/domain/role-model/finding.js';
import { computeRoleModel } from '../../src/steps/compute-role-model.js';
import type { RoleModelStore } from '../../src/steps/ports/role-model.js';
import { runs, timeLimit } from './run-count.js';
import { entityTypeNames, firstRows, type Happening, rowHappening, type Rows, withRow } from './town.js';
import { withoutFirstComers } from './town-model.js';
import { openTown, outcomeOf, type Town } from './town-world.js';

let ordered: Town;
let shuffled: Town;
beforeAll(async () => {
  ordered = await openTown('ordered', { change: withoutFirstComers });
  shuffled = await openTown('shuffled', { change: withoutFirstComers });
});
afterAll(() => Promise.all([ordered, shuffled].map((town) => town.close())));

/** Any order of any list: by a number of its own that each row gets from the seed. */
const permuted = (rows: Rows, seed: number): Rows =>
  Object.fromEntries(
    entityTypeNames.map((table) => [table, [...rows[table]].sort((a, b) => rank(a.key, seed) - rank(b.key, seed))]),
  ) as unknown as Rows;
const rank = (key: string, seed: number): number =>
  [...key].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 16_777_619), seed) >>> 0;

const idsOf = async ({ world }: Town): Promise<readonly string[]> =>
  (
    await world.database.query<{ id: string }>(`select id from resource where entity_type = 'person' order by id`)
  ).rows.map(({ id }) => id);

interface Case {
  readonly happenings: readonly Happening[];
  readonly seed: number;
}
const cases: fc.Arbitrary<Case> = fc.record({
  happenings: fc.array(rowHappening, { minLength: 5, maxLength: 30, size: 'max' }),
  seed: fc.integer(),
});

async function sameWhatever({ happenings, seed }: Case, roleModel: (town: Town) => RoleModelStore): Promise<void> {
  const rows = happenings.reduce((all, what) => (what.kind === 'row' ? withRow(all, what) : all), firstRows);
  await ordered.begin(rows);
  await shuffled.begin(permuted(rows, seed));
  const inOrder = { ...ordered.ports, roleModel: roleModel(ordered) };
  await computeRoleModel(inOrder, { scope: { kind: 'all' }, isChecked: true });
  // Whoever is in nobody's way any more is looked at again.
  await computeRoleModel(inOrder, { scope: { kind: 'all' }, isChecked: true });
  const ids = [...(await idsOf(shuffled))].sort((a, b) => rank(a, seed) - rank(b, seed));
  const ports = { ...shuffled.ports, roleModel: roleModel(shuffled) };
  // One after the other, in any order, then everybody once more.
  for (const id of ids) await computeRoleModel(ports, { scope: { kind: 'identities', ids: [id] }, isChecked: true });
  await computeRoleModel(ports, { scope: { kind: 'all' }, isChecked: true });
  expect(await outcomeOf(shuffled.world.database)).toEqual(await outcomeOf(ordered.world.database));
}

test(
  'whatever the order of rows and of people, the outcome is the same',
  async () => {
    await fc.assert(
      fc.asyncProperty(cases, (one) => sameWhatever(one, ({ ports }) => ports.roleModel)),
      runs(10),
    );
  },
  timeLimit,
);

const byRow = (a: Candidate, b: Candidate): number => ((a.resource?.id ?? '') < (b.resource?.id ?? '') ? -1 : 1);
/** Of several that match, only the first in the order of row ids is seen. */
function takingTheFirst(store: RoleModelStore): RoleModelStore {
  const first = (found: Candidates): Candidates =>
    new Map(
      [...found].map(([key, candidates]) => [
        key,
        candidates
          .toSorted(byRow)
          .slice(0, 1)
          .map((one) => ({ ...one, isShared: false })),
      ]),
    );
  const directory = (honest: Directory): Directory => ({
    ...honest,
    find: async (searches) => first(await honest.find(searches)),
  });
  return {
    ...store,
    recompute: (source, ids, decide, executionId, planId) =>
      store.recompute(source, ids, (loaded, honest) => decide(loaded, directory(honest)), executionId, planId),
  };
}

test('control: taking the first of two accounts that match, it depends on the order', async () => {
  const result = await fc.check(
    fc.asyncProperty(cases, (one) => sameWhatever(one, ({ ports }) => takingTheFirst(ports.roleModel))),
    { numRuns: 40, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
  expect(String(result.errorInstance)).toContain('toEqual');
});
