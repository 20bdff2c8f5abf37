// Many computations at once end as if they had come one after the other, and an incremental run as a complete one.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { computeRoleModel } from '../../src/steps/compute-role-model.js';
import type { Database } from '../../src/store/database.js';
import { roleModelStore } from '../../src/store/role-model.js';
import { company } from '../domain/role-model/company.js';
import { openWorld, outcomeOf, type World } from './role-model-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('concurrency');
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query('truncate resource, dirty_identity, event cascade');
});

const names = ['ada', 'bea', 'cem', 'dan', 'eva', 'fay', 'gus', 'hal'];

/** People with accounts that all have to be changed. */
async function someChanges(): Promise<readonly string[]> {
  const ids = [];
  for (const name of names) ids.push(await world.person(name));
  await world.compute();
  await world.carryOut();
  for (const id of ids) await world.approve(id, 'lead');
  return ids;
}

/** How many times each identity was told of, and how many of its accounts there are. */
async function traces(): Promise<unknown> {
  const { rows } = await world.database.query(
    `select p.key, (select count(*)::int from event e where e.identity_id = p.id) as events,
       (select count(*)::int from resource_assignment a where a.identity_id = p.id) as accounts,
       (select max(desired_version)::int from resource_assignment a where a.identity_id = p.id) as version
     from resource p where p.entity_type = 'person' order by 1`,
  );
  return rows;
}

/** The same store on a database whose computations take no lock. */
function withoutLocks(database: Database): Database {
  const unlocked = (text: string): string =>
    text.replace('select pg_advisory_xact_lock(', 'select abs(').replaceAll(/ for update of [ax]\b/g, '');
  return {
    ...database,
    query: (text, parameters) => database.query(unlocked(text), parameters),
    transaction: (work) =>
      database.transaction((sql) =>
        work({ ...sql, query: (text, parameters) => sql.query(unlocked(text), parameters) }),
      ),
  };
}

async function computeAtOnce(
  database: Database,
  ids: readonly string[],
  times: number,
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const ports = { ...world.ports, roleModel: roleModelStore(database) };
  return Promise.allSettled(
    Array.from({ length: times }, () =>
      computeRoleModel(ports, { scope: { kind: 'identities', ids }, isChecked: true }),
    ),
  );
}

describe('fifty computations of the same people at once', () => {
  const serial = names.map((key) => ({ key, events: 2, accounts: 1, version: 2 }));

  test('end as one, whatever the order of the identities', async () => {
    const ids = await someChanges();
    const ports = world.ports;
    const shuffled = Array.from({ length: 50 }, (_, index) => [...ids.slice(index % 8), ...ids.slice(0, index % 8)]);
    await Promise.all(
      shuffled.map((some) => computeRoleModel(ports, { scope: { kind: 'identities', ids: some }, isChecked: true })),
    );
    expect(await traces()).toEqual(serial);
  });

  test('end as one while rows change under them', async () => {
    const ids = await someChanges();
    const changing = (async () => {
      for (const name of names) await world.person(name, { department: 'sales', email: `${name}@new.example` });
    })();
    await Promise.all([changing, ...Array.from({ length: 20 }, () => world.compute({ kind: 'identities', ids }))]);
    await world.compute();
    const outcome = await outcomeOf(world.database);
    await world.compute({ kind: 'all' });
    expect(await outcomeOf(world.database)).toEqual(outcome);
    expect(JSON.stringify(outcome)).toContain('hal@new.example');
  });

  test('control: without the lock they tell twice or collide', async () => {
    const ids = await someChanges();
    const results = await computeAtOnce(withoutLocks(world.database), ids, 50);
    const isClean =
      results.every(({ status }) => status === 'fulfilled') &&
      JSON.stringify(await traces()) === JSON.stringify(serial);
    expect(isClean).toBe(false);
  });
});

test('an incremental computation ends as a complete one, also where rules read the day', async () => {
  world.configure(rulesOfTheDay);
  const random = randomFrom(20_310_515);
  for (let round = 0; round < 12; round += 1) {
    await randomChanges(random);
    if (random() < 0.5) world.setDay(`2031-05-${String(15 + round)}`);
    await world.compute({ kind: 'dirty' });
    const incremental = await outcomeOf(world.database);
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({
      counters: { created: 0, updated: 0, deleted: 0 },
    });
    expect(await outcomeOf(world.database)).toEqual(incremental);
    if (random() < 0.4) await world.carryOut();
  }
});

const [givesRole] = company.roleRules;
const [givesValue] = company.scalarRules;
if (givesRole === undefined || givesValue === undefined) throw new Error('The company has rules.');
const rulesOfTheDay = {
  roleRules: [
    ...company.roleRules,
    {
      ...givesRole,
      identifier: 'from-the-18th',
      role: 'viewer',
      when: 'today >= "2031-05-18" && person.department == "legal"',
    },
  ],
  scalarRules: [
    ...company.scalarRules,
    {
      ...givesValue,
      identifier: 'title-of-the-day',
      property: 'title',
      role: 'viewer',
      value: 'today >= "2031-05-21" ? "old" : "new"',
    },
  ],
};

type Random = () => number;

/** The same changes in every run. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

async function randomChanges(random: Random): Promise<void> {
  for (let change = 0; change < 6; change += 1) {
    const name = oneOf(random, names);
    const id = await world.person(name, {
      department: oneOf(random, ['sales', 'legal']),
      email: oneOf(random, [`${name}@acme.example`, `${name}@new.example`]),
      startDate: oneOf(random, ['2030-01-01', '2031-05-20']),
      endDate: oneOf(random, [null, null, '2031-05-22', '2031-05-10']),
    });
    if (random() < 0.4)
      await world.approve(
        id,
        oneOf(random, ['editor', 'viewer', 'lead', 'plain']),
        random() < 0.5 ? { endDate: '2031-05-21' } : {},
      );
    if (random() < 0.2) await world.revoke(id, oneOf(random, ['editor', 'viewer', 'lead']));
    if (random() < 0.2)
      await world.resource(name, {
        attributes: { email: 'somebody@else.example' },
        links: { groups: ['board', 'editors'] },
      });
  }
}
