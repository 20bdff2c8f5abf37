// Fifty computations of overlapping sets out of a hundred people, all at once, end as one after the other. On a real database, with
// values that only one account may have.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { computeRoleModel } from '../../src/steps/compute-role-model.js';
import type { Database } from '../../src/store/database.js';
import { roleModelStore } from '../../src/store/role-model.js';
import { person } from '../steps/value-world.js';
import { runs, timeLimit } from './run-count.js';
import { firstRows, type Rows } from './town.js';
import { openTown, outcomeOf, type Town } from './town-world.js';

let serial: Town;
let parallel: Town;
beforeAll(async () => {
  serial = await openTown('serial');
  parallel = await openTown('parallel');
});
afterAll(() => Promise.all([serial, parallel].map((town) => town.close())));

const lastNames = ['roy', 'kim', 'paz'];
const departments = ['sales', 'legal', 'finance'];
const hundred: Rows = {
  ...firstRows,
  person: Array.from({ length: 100 }, (_, index) =>
    person(`p-${String(index).padStart(3, '0')}`, {
      last: lastNames[index % 3] ?? '',
      department: departments[index % 7 < 5 ? 0 : index % 3] ?? '',
    }),
  ),
  position: firstRows.position.map((row, index) => ({
    ...row,
    attributes: { ...row.attributes, person: `p-00${index}` },
  })),
};

/** Fifty sets: where each begins, how many of the following people it holds, and which way round they are. */
const sets = fc.array(fc.record({ from: fc.nat(99), size: fc.integer({ min: 10, max: 60 }), isTurned: fc.boolean() }), {
  minLength: 50,
  maxLength: 50,
});
type Sets = readonly { readonly from: number; readonly size: number; readonly isTurned: boolean }[];

const idsOf = async ({ world }: Town): Promise<readonly string[]> =>
  (
    await world.database.query<{ id: string }>(`select id from resource where entity_type = 'person' order by key`)
  ).rows.map(({ id }) => id);

const isUnique = (property: string): boolean => property === 'nick' || property === 'owner';

/** Which of the unique values each person gets is up to who comes first; all that are given, and everything else, is not. */
async function comparable({ world }: Town): Promise<unknown> {
  const outcome = (await outcomeOf(world.database)) as { readonly accounts: readonly Record<string, unknown>[] };
  const events = await world.database.query(
    `select p.key, count(*)::int from event e join resource p on p.id = e.identity_id where e.kind = 'AssignmentChanged' group by 1 order by 1`,
  );
  const versions = await world.database.query('select max(desired_version)::int from resource_assignment');
  const text = JSON.stringify(
    {
      ...outcome,
      accounts: outcome.accounts.map(({ expected_hash: _, ...account }) => account),
      events: events.rows,
      versions: versions.rows,
    },
    (_key, value) => masked(value),
  );
  return JSON.parse(text) as unknown;
}

/** A value that is unique becomes its name. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return value;
  const one = value as Record<string, unknown>;
  if (typeof one['property'] === 'string' && isUnique(one['property']) && 'to' in one) return { ...one, to: 'unique' };
  return Object.fromEntries(
    Object.entries(one).map(([key, each]) => [
      key,
      isUnique(key) && typeof each === 'object' ? { ...(each as object), value: 'unique' } : each,
    ]),
  );
}

async function atOnce(some: Sets, database: Database): Promise<readonly PromiseSettledResult<unknown>[]> {
  await parallel.begin(hundred);
  const ids = await idsOf(parallel);
  const ports = { ...parallel.ports, roleModel: roleModelStore(database) };
  return Promise.allSettled(
    some.map(({ from, size, isTurned }) => {
      const own = Array.from({ length: size }, (_, index) => ids[(from + index) % ids.length] ?? '');
      const scope = { kind: 'identities', ids: isTurned ? own.toReversed() : own } as const;
      return computeRoleModel(ports, { scope, isChecked: true });
    }),
  );
}

async function sameAsSerial(some: Sets, database: Database): Promise<void> {
  await serial.begin(hundred);
  await serial.compute({ kind: 'all' });
  const results = await atOnce(some, database);
  expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  await parallel.compute({ kind: 'all' });
  expect(await comparable(parallel)).toEqual(await comparable(serial));
}

test(
  'fifty computations of overlapping sets out of a hundred people end as one',
  async () => {
    await fc.assert(
      fc.asyncProperty(sets, (some) => sameAsSerial(some, parallel.world.database)),
      runs(2),
    );
  },
  timeLimit,
);

/** The same statements without the lock of each identity. */
function withoutLocks(database: Database): Database {
  const unlocked = (text: string): string =>
    text.replace('select pg_advisory_xact_lock(', 'select abs(').replaceAll(/ for update of [ax]\b/g, '');
  return {
    ...database,
    transaction: (work) =>
      database.transaction((sql) =>
        work({ ...sql, query: (text, parameters) => sql.query(unlocked(text), parameters) }),
      ),
  };
}

test('control: without the lock they do not', async () => {
  const result = await fc.check(
    fc.asyncProperty(sets, (some) => sameAsSerial(some, withoutLocks(parallel.world.database))),
    { numRuns: 3, endOnFailure: true },
  );
  expect(result.failed).toBe(true);
});
