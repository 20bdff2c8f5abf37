// Values that only one account may have: reserved before they are given, whoever else computes at the same moment.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Configuration, ScalarRule } from '../../src/domain/configuration.js';
import { computeRoleModel } from '../../src/steps/compute-role-model.js';
import { planRoleModel } from '../../src/steps/plan-role-model.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { planStore } from '../../src/store/plan.js';
import { previewValues } from '../../src/store/reserved-value.js';
import { roleModelStore } from '../../src/store/role-model.js';
import { plainScalarRule } from '../domain/definition.js';
import { company, crmType } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';
import { accountsOf, load, person, row, system } from './value-world.js';

const title: ScalarRule = {
  ...plainScalarRule,
  policy: 'p',
  identifier: 'unique-title',
  resourceType: 'crm-account',
  property: 'title',
  value: 'person.department + (attempt == 0 ? "" : string(attempt + 1))',
  uniqueness: 'KEEP',
};
const following: ScalarRule = { ...title, uniqueness: 'FOLLOW' };
const unmailed = company.scalarRules.filter(({ property }) => property !== 'title');

describe('values that must be unique', () => {
  let world: World;
  const configure = (changes: Partial<Configuration> = {}): void =>
    world.configure({ ...system, scalarRules: [...unmailed, title], ...changes });
  const titles = async (): Promise<Readonly<Record<string, unknown>>> =>
    Object.fromEntries((await accountsOf(world)).map(({ person: who, values }) => [who, values['title']]));
  const reserved = async (): Promise<readonly string[]> =>
    (await world.database.query<{ value: string }>('select value from reserved_value order by 1')).rows.map(
      ({ value }) => value,
    );

  beforeAll(async () => {
    world = await openWorld('unique_value');
  });
  beforeEach(async () => {
    await world.database.query(
      'truncate resource, synchronization_state, dirty_identity, event, reserved_value, provisioning_order cascade',
    );
    configure();
  });
  afterAll(() => world.close());

  test('are given in the order of attempts, and stay in the next computation', async () => {
    await load(world, { person: [person('ada'), person('bea'), person('cleo')] });
    await world.compute();
    expect(new Set(Object.values(await titles()))).toEqual(new Set(['sales', 'sales2', 'sales3']));
    const before = await titles();
    await world.compute({ kind: 'all' });
    expect(await titles()).toEqual(before);
  });

  test('are taken where a row of the target holds them already, whatever their case', async () => {
    await load(world, { person: [person('ada')], crmAccount: [row('other', { login: 'other', title: 'SALES' })] });
    await world.compute();
    expect(await titles()).toEqual({ ada: 'sales2' });
  });

  test('are taken over from the own account that was found', async () => {
    const mail = { email: 'ada@acme.example' };
    await load(world, {
      person: [person('ada')],
      crmAccount: [row('old', { login: 'old', title: 'grown', ...mail })],
    });
    await world.compute();
    expect(await accountsOf(world)).toMatchObject([{ key: 'old', state: 'VERIFIED', values: { title: 'grown' } }]);
  });

  test('stay through a change of what they are made of where they are to be kept', async () => {
    const id = await world.person('ada');
    await world.compute();
    await world.person('ada', { department: 'sales', email: 'x@acme.example' });
    configure({ roleRules: company.roleRules.map((rule) => ({ ...rule, when: null })) });
    await world.person('ada', { department: 'support' });
    await world.compute({ kind: 'identities', ids: [id] });
    expect(await titles()).toEqual({ ada: 'sales' });
  });

  test('follow a change of what they are made of where they are to follow, and leave the old one free', async () => {
    configure({
      scalarRules: [...unmailed, following],
      roleRules: company.roleRules.map((rule) => ({ ...rule, when: null })),
    });
    const id = await world.person('ada');
    await world.compute();
    await world.person('ada', { department: 'support' });
    await world.compute({ kind: 'identities', ids: [id] });
    expect(await titles()).toEqual({ ada: 'support' });
    expect(await reserved()).toEqual(['support']);
  });

  test('are free again when the account is gone', async () => {
    const id = await world.person('ada');
    await world.compute();
    expect(await reserved()).toEqual(['sales']);
    await world.person('ada', { department: 'finance' });
    await world.compute({ kind: 'identities', ids: [id] });
    expect(await accountsOf(world)).toEqual([]);
    expect(await reserved()).toEqual([]);
  });

  test('take the next attempt when the target says that somebody else has it', async () => {
    await world.person('ada');
    await world.compute();
    await world.database.query(
      `update resource_assignment set provisioning_state = 'ERRORED', ordered_version = desired_version`,
    );
    await world.database.query(
      `insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version, error)
       select gen_random_uuid(), id, identity_id, resource_type, 'crm', '*', 'CREATE', delta, expected_hash, 'ERRORED', desired_version, '{"code": "ALREADY_EXISTS"}'
       from resource_assignment`,
    );
    await world.compute({ kind: 'all' });
    expect(await titles()).toEqual({ ada: 'sales2' });
  });

  test('are an error where the expression has no other value to give', async () => {
    configure({ scalarRules: [...unmailed, { ...title, value: 'person.department' }] });
    await load(world, { person: [person('ada'), person('bea')] });
    await world.compute();
    const states = (await accountsOf(world)).map(({ state }) => state).sort();
    expect(states).toEqual(['ERROR', 'PENDING']);
    expect((await accountsOf(world)).find(({ error }) => error !== null)?.error).toContain('Let it read `attempt`');
  });

  test('are not reserved by a dry run', async () => {
    const id = await world.person('ada');
    const { summary } = await planRoleModel(
      {
        ...world.ports,
        orderGeneration: orderGenerationStore(world.database),
        plans: planStore(world.database),
      },
      { scope: { kind: 'identities', ids: [id] }, createdBy: 'system:test' },
    );
    expect(summary.createCount).toBe(1);
    expect(await reserved()).toEqual([]);
  });

  test('are keys, too: a new account gets the first key that is free', async () => {
    configure({
      resourceTypes: [
        { ...crmType, isKeyUnique: true, key: 'person.department + (attempt == 0 ? "" : string(attempt + 1))' },
      ],
      scalarRules: unmailed,
    });
    await load(world, {
      person: [person('ada'), person('bea')],
      crmAccount: [row('sales', { login: 'sales' })],
    });
    await world.compute();
    expect((await accountsOf(world)).map(({ key }) => key).sort()).toEqual(['sales2', 'sales3']);
    await world.compute({ kind: 'all' });
    expect((await accountsOf(world)).map(({ key }) => key).sort()).toEqual(['sales2', 'sales3']);
  });

  describe('with fifty computations at once of fifty people of one name', () => {
    const namesakes = Array.from({ length: 50 }, (_, index) => `ada${index}`);
    const computeAtOnce = async (store: World['ports']['roleModel']): Promise<number> => {
      const ids = await Promise.all(namesakes.map((key) => world.person(key)));
      await Promise.all(
        ids.map((id) =>
          computeRoleModel({ ...world.ports, roleModel: store }, { scope: { kind: 'identities', ids: [id] } }),
        ),
      );
      return new Set(Object.values(await titles())).size;
    };
    test('each gets another one', async () => {
      expect(await computeAtOnce(roleModelStore(world.database))).toBe(50);
    });
    test('they would not without the reservation: the control', async () => {
      expect(await computeAtOnce(roleModelStore(world.database, previewValues))).toBeLessThan(50);
    });
  });
});
