// The computation on a real database: what is written, what is left alone, and what stops it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ThresholdViolation } from '../../src/domain/job.js';
import { company } from '../domain/role-model/company.js';
import { changesOf, openWorld, outcomeOf, type World } from './role-model-world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('compute');
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.database.query('truncate resource, dirty_identity, event cascade');
  world.setDay('2031-05-15');
  world.configure({});
});

const accountOf = async (key: string) => {
  const { rows } = await world.database.query<Record<string, unknown>>(
    `select a.* from resource_assignment a join resource p on p.id = a.identity_id where p.key = $1`,
    [key],
  );
  return rows[0];
};
const count = async (table: string) =>
  Number((await world.database.query<{ count: string }>(`select count(*) from ${table}`)).rows[0]?.count);

describe('a computation', () => {
  test('gives roles and accounts, tells of them once, and clears the mark', async () => {
    await world.person('camille.roy');
    await expect(world.compute()).resolves.toMatchObject({
      state: 'COMPLETED',
      counters: { read: 1, created: 2, skipped: 0 },
    });
    await expect(changesOf(world.database)).resolves.toEqual([
      'seller null/null CALCULATED/PENDING',
      'crm-account null/null GIVEN_BY_A_ROLE/PENDING',
    ]);
    expect(await accountOf('camille.roy')).toMatchObject({
      resource_key: 'camille.roy',
      provisioning_state: 'PENDING',
      error: null,
      pending_roles: ['seller'],
    });
    expect(await count('dirty_identity')).toBe(0);
  });

  test.each(['all', 'dirty'] as const)('writes nothing the second time (%s)', async (kind) => {
    const id = await world.person('camille.roy');
    await world.compute();
    await world.carryOut();
    await world.compute({ kind: 'identities', ids: [id] });
    const versions = `select s.xmin::text || ' ' || (select string_agg(a.xmin::text, ' ') from resource_assignment a) as versions from identity_state s`;
    const before = await world.database.query(versions);
    const events = await count('event');
    await expect(world.compute({ kind })).resolves.toMatchObject({
      state: 'COMPLETED',
      counters: { created: 0, updated: 0, deleted: 0 },
    });
    await world.compute({ kind: 'identities', ids: [id] });
    expect(await world.database.query(versions)).toEqual(before);
    expect(await count('event')).toBe(events);
  });

  test('of a list, of a bucket and of everybody covers the same people', async () => {
    const ids = [];
    for (const name of ['ada', 'bea', 'cem', 'dan', 'eva', 'fay', 'gus']) ids.push(await world.person(name));
    const sorted = [...ids].sort();
    await world.compute({ kind: 'identities', ids: sorted.slice(0, 2) });
    expect(await count('identity_state')).toBe(2);
    await world.compute({ kind: 'bucket', afterId: sorted[1] ?? null, untilId: sorted[3] ?? null });
    expect(await count('identity_state')).toBe(4);
    await world.compute({ kind: 'all' });
    expect(await count('identity_state')).toBe(7);
    const buckets = await world.ports.roleModel.buckets('person', 3);
    expect(buckets).toEqual([
      { afterId: null, untilId: sorted[2], size: 3 },
      { afterId: sorted[2], untilId: sorted[5], size: 3 },
      { afterId: sorted[5], untilId: null, size: 1 },
    ]);
  });

  test('keeps a mark that was made while it ran', async () => {
    const id = await world.person('camille.roy');
    await world.ports.roleModel.recompute(
      { entityType: 'person', positions: null, hierarchies: [] },
      [id],
      async () => {
        await world.person('camille.roy', { email: 'new@acme.example' });
        return [];
      },
      null,
    );
    expect(await count('dirty_identity')).toBe(1);
    await world.compute();
    expect(await accountOf('camille.roy')).toMatchObject({
      expected: { values: { email: { value: 'new@acme.example' } } },
    });
  });
});

describe('decisions and dates', () => {
  test('an approved role is taken in, and taken away again', async () => {
    const id = await world.person('camille.roy');
    await world.compute();
    await world.carryOut();
    await world.approve(id, 'editor');
    await world.compute();
    expect(await accountOf('camille.roy')).toMatchObject({
      provisioning_state: 'PENDING',
      pending_roles: ['editor'],
      delta: { kind: 'UPDATE', links: [{ add: ['editors'] }] },
    });
    await world.carryOut();
    await world.revoke(id, 'editor');
    await world.compute();
    expect(await accountOf('camille.roy')).toMatchObject({ delta: { links: [{ remove: ['editors'] }] } });
    await world.carryOut();
    expect(await count('role_assignment')).toBe(0);
    await world.compute({ kind: 'all' });
    expect(await accountOf('camille.roy')).toMatchObject({ provisioning_state: 'VERIFIED', pending_roles: [] });
  });

  test('dates make people due by themselves', async () => {
    const id = await world.person('camille.roy', { endDate: '2031-05-31' });
    await world.approve(id, 'editor', { startDate: '2031-05-20', endDate: '2031-05-25' });
    const rolesOn = async (day: string) => {
      world.setDay(day);
      await world.compute();
      await world.carryOut();
      return (await world.database.query<{ roles: string[] }>('select roles from identity_state')).rows[0]?.roles;
    };
    expect(await rolesOn('2031-05-15')).toEqual(['seller']);
    expect(await rolesOn('2031-05-19')).toEqual(['seller']);
    expect(await rolesOn('2031-05-20')).toEqual(['editor', 'seller']);
    expect(await rolesOn('2031-05-25')).toEqual(['editor', 'seller']);
    expect(await rolesOn('2031-05-26')).toEqual(['seller']);
    expect(await rolesOn('2031-05-31')).toEqual(['seller']);
    expect(await rolesOn('2031-06-01')).toEqual([]);
    expect(await count('resource_assignment')).toBe(0);
    expect(await count('role_assignment')).toBe(0);
  });

  test('a person is denied what a rule gives, and allowed it again', async () => {
    const id = await world.person('camille.roy');
    await world.compute();
    await world.carryOut();
    await world.database.query(
      `insert into role_assignment (identity_id, role, workflow_state) values ($1, 'seller', 'DECLINED')`,
      [id],
    );
    await world.compute({ kind: 'identities', ids: [id] });
    expect(await accountOf('camille.roy')).toMatchObject({ is_due: false, delta: { kind: 'DELETE' } });
    await world.carryOut();
    await world.database.query('delete from role_assignment');
    await world.compute({ kind: 'identities', ids: [id] });
    expect(await accountOf('camille.roy')).toMatchObject({ is_due: true, delta: { kind: 'CREATE' } });
  });
});

describe('existing accounts', () => {
  test('are found by a sure correlation, and left as they are when equal', async () => {
    await world.resource('croy', { attributes: { email: 'camille.roy@acme.example' }, links: { groups: ['board'] } });
    await world.person('camille.roy');
    await world.compute();
    expect(await accountOf('camille.roy')).toMatchObject({
      resource_key: 'croy',
      provisioning_state: 'VERIFIED',
      delta: null,
    });
  });

  test('are found by their key, and updated when different', async () => {
    await world.resource('camille.roy', { attributes: { email: 'old@acme.example' } });
    await world.person('camille.roy');
    await world.compute();
    expect(await accountOf('camille.roy')).toMatchObject({
      provisioning_state: 'PENDING',
      delta: { kind: 'UPDATE', scalars: [{ from: 'old@acme.example' }] },
    });
  });

  test('without a rule behind them are left alone', async () => {
    await world.resource('stranger', { attributes: { email: 'stranger@acme.example' } });
    await world.person('camille.roy', { department: 'legal' });
    await world.compute({ kind: 'all' });
    expect(await count('resource_assignment')).toBe(0);
    expect((await world.database.query(`select from resource where key = 'stranger'`)).rows).toHaveLength(1);
  });

  test('that match twice stop their own account only', async () => {
    await world.resource('one', { attributes: { email: 'camille.roy@acme.example' } });
    await world.resource('two', { attributes: { email: 'camille.roy@acme.example' } });
    await world.person('camille.roy');
    await world.person('ines.aubry');
    await expect(world.compute()).resolves.toMatchObject({ state: 'WARNING', counters: { errored: 1 } });
    expect(await accountOf('camille.roy')).toMatchObject({
      provisioning_state: 'ERROR',
      error: { rule: 'by-email', message: expect.stringContaining('one, two') },
    });
    expect(await accountOf('ines.aubry')).toMatchObject({ provisioning_state: 'PENDING' });
  });

  test('are given to one person only, in one run or in two', async () => {
    await world.person('ada', { login: 'same' });
    await world.person('bea', { login: 'same' });
    await world.compute();
    const states = async () =>
      (
        await world.database.query<{ state: string }>(
          'select provisioning_state as state from resource_assignment order by 1',
        )
      ).rows.map(({ state }) => state);
    expect(await states()).toEqual(['ERROR', 'PENDING']);
    await world.carryOut();
    await world.person('cem', { login: 'same' });
    await world.compute();
    expect(await states()).toEqual(['ERROR', 'ERROR', 'VERIFIED']);
  });

  test('that somebody changed are corrected', async () => {
    await world.person('camille.roy');
    await world.compute();
    await world.carryOut();
    await world.resource('camille.roy', { attributes: { email: 'wrong@acme.example' } });
    await world.compute();
    expect(await accountOf('camille.roy')).toMatchObject({
      provisioning_state: 'PENDING',
      delta: { scalars: [{ from: 'wrong@acme.example', to: 'camille.roy@acme.example' }] },
    });
  });
});

describe('a configuration', () => {
  test('that is new is taken in by a complete run', async () => {
    await world.person('camille.roy');
    await world.compute();
    await world.carryOut();
    world.configure({ roleRules: [] });
    await expect(world.compute({ kind: 'dirty' })).resolves.toMatchObject({ counters: { read: 0 } });
    await world.compute({ kind: 'all' });
    expect(await accountOf('camille.roy')).toMatchObject({ is_due: false, delta: { kind: 'DELETE' } });
  });
});

describe('the threshold', () => {
  const people = (number: number) =>
    Array.from({ length: number }, (_, index) => `person-${String(index).padStart(2, '0')}`);
  const violation: ThresholdViolation = {
    name: 'role-model.loss.percent',
    limit: 20,
    actual: 40,
    scope: 'all',
    scopeKind: 'roleModel',
  };

  test('stops a run that takes something from too many, before anything is written', async () => {
    for (const name of people(20)) await world.person(name);
    await world.compute();
    await world.carryOut();
    for (const name of people(8)) await world.person(name, { department: 'legal' });
    const before = await outcomeOf(world.database);
    for (const kind of ['dirty', 'all'] as const) {
      await expect(world.compute({ kind })).resolves.toMatchObject({
        state: 'BLOCKED',
        violations: [violation],
        counters: { read: kind === 'all' ? 20 : 8 },
      });
    }
    expect(await outcomeOf(world.database)).toEqual(before);
    expect(await count('dirty_identity')).toBe(8);
  });

  test('lets few through, and many when they are a small part', async () => {
    for (const name of people(10)) await world.person(name);
    await world.compute();
    for (const name of people(5)) await world.person(name, { department: 'legal' });
    await expect(world.compute()).resolves.toMatchObject({ state: 'COMPLETED', counters: { deleted: 10 } });
  });

  test('counts what people lose for another reason while a rule fails for them', async () => {
    for (const name of people(20)) await world.person(name);
    await world.compute();
    await world.carryOut();
    const [sell] = company.roleRules;
    if (sell === undefined) throw new Error('The company has a role rule.');
    const failing = { ...sell, identifier: 'broken', role: 'plain', when: 'person.department == ["a"][5]' };
    world.configure({ roleRules: [sell, failing] });
    for (const name of people(8)) await world.person(name, { department: 'legal' });
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({ state: 'BLOCKED', violations: [violation] });
  });

  test('does not count what a failing rule keeps', async () => {
    for (const name of people(10)) await world.person(name);
    await world.compute();
    world.configure({
      roleRules: [
        {
          identifier: 'sales-sell',
          policy: 'p',
          role: 'seller',
          when: 'person.department == ["a"][5]',
          isDenied: false,
          priority: 1,
          gives: 'REQUIRED',
          parameters: {},
          context: [],
        },
      ],
    });
    await expect(world.compute({ kind: 'all' })).resolves.toMatchObject({
      state: 'WARNING',
      counters: { errored: 20 },
    });
    expect((await world.database.query(`select from identity_state where roles = '{seller}'`)).rows).toHaveLength(10);
  });
});
