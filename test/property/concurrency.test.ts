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
import { withoutFirstComers } from './town-model.js';
import { openTown, outcomeOf, type Town } from './town-world.js';

let serial: Town;
let parallel: Town;
/** Without unique values: reserving them is a second guard, which would hide that the first is missing. */
let plainSerial: Town;
let plainParallel: Town;
beforeAll(async () => {
  serial = await openTown('serial');
  parallel = await openTown('parallel');
  plainSerial = await openTown('plain_serial', { change: withoutFirstComers });
  plainParallel = await openTown('plain_parallel', { change: withoutFirstComers });
});
afterAll(() => Promise.all([serial, parallel, plainSerial, plainParallel].map((town) => town.close())));

const lastNames = ['roy', 'kim', 'paz'];
const departments = ['sales', 'legal', 'finance'];
const people = (count: number, change: string): Rows['person'] =>
  Array.from({ length: count }, (_, index) => {
    const key = `p-${String(index).padStart(3, '0')}`;
    const last = lastNames[(index + change.length) % 3] ?? '';
    return person(key, {
      last,
      email: `${key}@acme.example${change}`,
      department: departments[index % 7 < 5 ? 0 : index % 3] ?? '',
    });
  });
const position = firstRows.position.map((row, index) => ({
  ...row,
  attributes: { ...row.attributes, person: `p-00${index}` },
}));

/** Eighty people have their accounts; then everybody changes, and twenty more come. */
async function prepare(town: Town): Promise<void> {
  await town.begin({ ...firstRows, person: people(80, ''), position });
  await town.happen({ kind: 'computed' });
  await town.happen({ kind: 'carried out' });
  await town.happen({ kind: 'computed' });
  for (const row of people(100, '.new')) await town.happen({ kind: 'row', table: 'person', row });
  await town.read();
}

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

async function atOnce(some: Sets, town: Town, database: Database): Promise<readonly PromiseSettledResult<unknown>[]> {
  await prepare(town);
  const ids = await idsOf(town);
  const ports = { ...town.ports, roleModel: roleModelStore(database) };
  return Promise.allSettled(
    some.map(({ from, size, isTurned }) => {
      const own = Array.from({ length: size }, (_, index) => ids[(from + index) % ids.length] ?? '');
      const scope = { kind: 'identities', ids: isTurned ? own.toReversed() : own } as const;
      return computeRoleModel(ports, { scope, isChecked: true });
    }),
  );
}

async function sameAsSerial(some: Sets, one: Town, many: Town, database = many.world.database): Promise<void> {
  await prepare(one);
  await one.compute({ kind: 'all' });
  const results = await atOnce(some, many, database);
  expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  await many.compute({ kind: 'all' });
  expect(await comparable(many)).toEqual(await comparable(one));
}

test(
  'fifty computations of overlapping sets out of a hundred people end as one',
  async () => {
    await fc.assert(
      fc.asyncProperty(sets, (some) => sameAsSerial(some, serial, parallel)),
      runs(2),
    );
  },
  timeLimit,
);

/** People who have accounts: two first accounts of one person would be seen by an index, and computed again. */
const known: Sets = Array.from({ length: 50 }, (_, index) => ({
  from: index % 30,
  size: 50,
  isTurned: index % 2 === 0,
}));

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
    fc.asyncProperty(fc.constant(known), (some) =>
      sameAsSerial(some, plainSerial, plainParallel, withoutLocks(plainParallel.world.database)),
    ),
    { numRuns: 3, endOnFailure: true },
  );
  expect(String(result.errorInstance)).toContain('toEqual');
  expect(result.failed).toBe(true);
});
