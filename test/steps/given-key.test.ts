// Accounts of a system that gives their keys: asked for by name, followed by key, through their whole life, on real PostgreSQL.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import { provisionOrder } from '../../src/steps/provision.js';
import { company } from '../domain/role-model/company.js';
import { type GivenKeyWorld, givenKeyCompany, openGivenKeyWorld } from './given-key-world.js';

let world: GivenKeyWorld;
beforeAll(async () => {
  world = await openGivenKeyWorld('given_key');
});
afterAll(() => world.close());
beforeEach(() => empty());

async function empty(): Promise<void> {
  await world.database.query(
    'truncate resource, dirty_identity, event, provisioning_order, provisioning_attempt, outbox, reconciliation_item, reserved_value, synchronization_state, connection_health cascade',
  );
  world.target.reset();
}

const orders = () => world.rows('select * from provisioning_order order by number');
const accounts = () => world.rows('select * from resource_assignment order by created_at');
const creations = (): number => world.target.ledger().filter(({ delta }) => delta.kind === 'create').length;

const write = (delta: ResourceDelta) =>
  world.provision.gateway.apply(
    { connection: 'crm', entityType: 'crmAccount', idempotencyKey: JSON.stringify(delta), lane: 2, delta },
    new AbortController().signal,
  );

async function hire(login = 'ann'): Promise<string> {
  const identity = await world.person(login);
  await world.compute();
  await world.generate();
  return identity;
}

/** Computed, ordered, written and seen; answers what was written. */
async function settle(): Promise<readonly string[]> {
  await world.compute();
  await world.generate();
  const written = await world.work();
  await world.verify();
  return written;
}

async function expectSettled(login: string): Promise<string> {
  const key = world.keyOf(login) ?? 'no row';
  expect(await accounts()).toMatchObject([
    { resource_key: key, provisioning_state: 'VERIFIED', delta: null, expected: { key } },
  ]);
  expect(
    await world.rows(
      `select a.id from resource_assignment a join resource r on r.id = a.resource_id and r.key = a.resource_key`,
    ),
  ).toHaveLength(1);
  // Nothing more is to be done, and nothing is computed twice.
  expect(await settle()).toEqual([]);
  await world.compute({ kind: 'all' });
  await world.generate();
  expect(await world.work()).toEqual([]);
  expect(creations()).toBe(1);
  return key;
}

describe('the key that the system gives', () => {
  test('is taken by order and account when the account is made, and seen', async () => {
    await hire();
    expect(await world.work()).toEqual(['CREATE ann']);
    const key = world.keyOf('ann');
    expect(key).not.toBeNull();
    expect(key).not.toBe('ann');
    expect(await orders()).toMatchObject([
      { state: 'EXECUTED', delta: { key, name: 'ann' }, target: `crmAccount/${key}` },
    ]);
    await world.verify();
    expect(await orders()).toMatchObject([{ state: 'VERIFIED' }]);
    await expectSettled('ann');
  });

  test('is found by name when the answer of the creation was lost', async () => {
    await hire();
    world.target.plan({ kind: 'unknownAfterWrite' });
    await world.work();
    expect(await orders()).toMatchObject([{ state: 'EXECUTED', delta: { key: world.keyOf('ann') } }]);
    await world.verify();
    await expectSettled('ann');
  });

  test('is found by name when the first look after a lost answer failed, too', async () => {
    await hire();
    world.target.plan({ kind: 'unknownAfterWrite' });
    await world.work({
      look: (...asked) => {
        world.target.plan({ kind: 'unreachable' });
        return world.provision.gateway.look(...asked);
      },
    });
    expect(await orders()).toMatchObject([{ state: 'PENDING', is_uncertain: true }]);
    await world.work();
    expect(await orders()).toMatchObject([{ state: 'EXECUTED', delta: { key: world.keyOf('ann') } }]);
    await world.verify();
    await expectSettled('ann');
  });

  test('is that of a row with the name and the wished values that was there already', async () => {
    await hire();
    world.target.put({
      objectType: 'crmAccount',
      key: 'K-7',
      attributes: { login: 'ann', email: 'ann@acme.example' },
      links: {},
    });
    await world.work();
    await world.verify();
    expect(await accounts()).toMatchObject([{ resource_key: 'K-7', provisioning_state: 'VERIFIED' }]);
  });

  test('of another account is a clash: the order fails and says so', async () => {
    await hire();
    await world.work();
    await world.verify();
    const key = world.keyOf('ann');
    // Somebody renamed the row to the name that bob is to get, with bob's values.
    await world.person('bob');
    await world.compute();
    await world.generate();
    world.target.put({
      objectType: 'crmAccount',
      key: String(key),
      attributes: { login: 'bob', email: 'bob@acme.example' },
      links: {},
    });
    await world.work();
    expect((await orders()).at(-1)).toMatchObject({
      state: 'ERRORED',
      delta: { key: 'bob' },
      error: { code: 'ALREADY_EXISTS', message: expect.stringContaining('that of another account') },
    });
    expect((await accounts()).map(({ resource_key }) => resource_key)).toEqual([key, 'bob']);
  });

  test('is never sent, and a rule that would change it is refused by name', async () => {
    await hire();
    await world.work();
    await world.verify();
    const key = world.keyOf('ann');
    const rule = { property: 'guid', from: null, rule: 'guid-rule' };
    const outcome = await write({ kind: 'UPDATE', key: String(key), scalars: [{ ...rule, to: 'mine' }], links: [] });
    expect(outcome).toMatchObject({
      kind: 'refused',
      failure: { code: 'INVALID_VALUE', hint: expect.stringContaining('guid-rule') },
    });
    const made = await write({ kind: 'CREATE', key: 'cid', scalars: [{ ...rule, to: 'cid' }], links: [] });
    expect(made).toMatchObject({ kind: 'applied', key: world.keyOf('cid') });
  });
});

describe('an account with a given key', () => {
  const live = async (): Promise<string> => {
    await hire();
    await world.work();
    await world.verify();
    return String(world.keyOf('ann'));
  };

  test('is changed by it, renamed by a new login too, and removed by it', async () => {
    const key = await live();
    await world.person('ann', { email: 'ann.roy@acme.example' });
    expect(await settle()).toEqual([`UPDATE ${key}`]);
    await world.person('ann', { email: 'ann.roy@acme.example', login: 'ann.roy' });
    expect(await settle()).toEqual([`UPDATE ${key}`]);
    expect(world.target.row('crmAccount', key)).toMatchObject({
      attributes: { login: 'ann.roy', email: 'ann.roy@acme.example' },
    });
    await expectSettled('ann.roy');
    await world.person('ann', { department: 'none' });
    expect(await settle()).toEqual([`DELETE ${key}`]);
    expect(world.target.rows('crmAccount')).toEqual([]);
    expect(await accounts()).toEqual([]);
    // Asked for again, it is asked for by name.
    await world.person('ann');
    expect(await settle()).toEqual(['CREATE ann']);
    expect(world.keyOf('ann')).not.toBe(key);
  });

  test('renamed outside is a change of the same account', async () => {
    const key = await live();
    await world.synchronize();
    world.target.put({
      objectType: 'crmAccount',
      key,
      attributes: { login: 'somebody', email: 'ann@acme.example' },
      links: {},
    });
    expect(await world.synchronize()).toMatchObject({ counters: { created: 0, updated: 1, deleted: 0 } });
    expect(await accounts()).toHaveLength(1);
    expect(await settle()).toEqual([`UPDATE ${key}`]);
    await expectSettled('ann');
  });

  test('whose creation has to be made again is asked for by its name', async () => {
    const outcome = await write({ kind: 'CREATE', key: 'a key that is gone', name: 'ann', scalars: [], links: [] });
    expect(outcome).toEqual({ kind: 'applied', key: world.keyOf('ann') });
  });
});

describe('names that must be free', () => {
  const sam = `'sam' + (attempt == 0 ? '' : string(attempt))`;
  beforeAll(() => {
    const [type, rules] = [company.resourceTypes[0], givenKeyCompany(world.store).scalarRules ?? []];
    if (type === undefined) throw new Error('The company has accounts.');
    world.configure({
      ...givenKeyCompany(world.store),
      resourceTypes: [{ ...type, key: sam, isKeyUnique: true }],
      scalarRules: rules.map((rule) =>
        rule.property === 'login' ? { ...rule, value: sam, uniqueness: 'FOLLOW' } : rule,
      ),
    });
  });
  afterAll(() => world.configure(givenKeyCompany(world.store)));

  test('stay taken by accounts that bear a key by now', async () => {
    await world.person('one');
    await settle();
    await world.person('two');
    expect(await settle()).toEqual(['CREATE sam1']);
    expect(await accounts()).toMatchObject([
      { resource_key: world.keyOf('sam'), provisioning_state: 'VERIFIED' },
      { resource_key: world.keyOf('sam1'), provisioning_state: 'VERIFIED' },
    ]);
  });

  test('are tried on when the system has a row of that name', async () => {
    world.target.put({
      objectType: 'crmAccount',
      key: 'K-9',
      attributes: { login: 'sam', email: 'x@y.example' },
      links: {},
    });
    await world.person('one');
    expect(await settle()).toEqual(['CREATE sam']);
    expect(await orders()).toMatchObject([{ state: 'ERRORED', error: { code: 'ALREADY_EXISTS' } }]);
    expect(await settle()).toEqual(['CREATE sam1']);
    expect(await accounts()).toMatchObject([{ resource_key: world.keyOf('sam1'), provisioning_state: 'VERIFIED' }]);
  });
});

describe('orders of one account, made while its creation is on its way', () => {
  test('are changes of the account that was made', async () => {
    await hire();
    const [creation] = await orders();
    await world.database.query(
      `update provisioning_order set lease_until = clock_timestamp() + interval '1 minute', held_by = 'another'`,
    );
    await world.person('ann', { email: 'ann.roy@acme.example' });
    await world.compute();
    await world.generate();
    await world.database.query(
      `update provisioning_order set lease_until = null, held_by = null where id = '${String(creation?.id)}'`,
    );
    expect(await orders()).toMatchObject([{ delta: { key: 'ann' } }, { kind: 'CREATE', delta: { key: 'ann' } }]);
    await world.database.query(
      `update resource_assignment set desired_version = desired_version - 1 where id = '${String(creation?.assignment_id)}'`,
    );
    // The newer wish came between claim and answer.
    await provisionOrder(
      {
        ...world.provision,
        gateway: {
          ...world.provision.gateway,
          apply: async (...asked) => {
            const outcome = await world.provision.gateway.apply(...asked);
            await world.database.query('update resource_assignment set desired_version = desired_version + 1');
            return outcome;
          },
        },
      },
      String(creation?.id),
    );
    const key = world.keyOf('ann');
    expect(await orders()).toMatchObject([
      { state: 'EXECUTED', delta: { key } },
      { state: 'PENDING', kind: 'UPDATE', delta: { kind: 'UPDATE', key }, target: `crmAccount/${key}` },
    ]);
    await world.work();
    await world.verify();
    expect(world.target.row('crmAccount', String(key))).toMatchObject({
      attributes: { email: 'ann.roy@acme.example' },
    });
    await expectSettled('ann');
  });
});

describe('a synchronisation that meets the new row', () => {
  test('before the settlement makes no second account and no finding, and the settlement claims the row', async () => {
    await hire();
    await world.synchronize();
    let strays = -1;
    await world.work({
      apply: async (...asked) => {
        const outcome = await world.provision.gateway.apply(...asked);
        await world.synchronize();
        await world.compute();
        strays = await world.findStrays();
        return outcome;
      },
    });
    expect(strays).toBe(0);
    expect(await accounts()).toMatchObject([
      { resource_key: world.keyOf('ann'), provisioning_state: 'EXECUTED', resource_id: expect.any(String) },
    ]);
    await world.verify();
    await expectSettled('ann');
    expect(await world.findStrays()).toBe(0);
  });

  test('control: a row that no order asks for is found', async () => {
    await world.synchronize();
    world.target.put({ objectType: 'crmAccount', key: 'K-1', attributes: { login: 'eve' }, links: {} });
    await world.synchronize();
    expect(await world.findStrays()).toBe(1);
  });

  test('after the settlement verifies it', async () => {
    await hire();
    await world.work();
    await world.synchronize();
    expect(await orders()).toMatchObject([{ state: 'VERIFIED', evidence: { how: 'synchronization' } }]);
    await expectSettled('ann');
  });
});

describe('whatever happens on the way', () => {
  const mails = ['a@acme.example', 'b@acme.example', 'c@acme.example'];
  const unreachable = { kind: 'unreachable' } as const;
  const acts: Readonly<Record<string, (random: number) => Promise<unknown>>> = {
    'lose the answer': async () => world.target.plan({ kind: 'unknownAfterWrite' }),
    'cut the way': async () => world.target.plan(unreachable),
    'cut the way of writes': async () => world.target.plan(unreachable, { of: 'writes' }),
    'change the person': (random) => world.person('ann', { email: mails[random] ?? '' }),
    'rename the person': (random) => world.person('ann', { login: ['ann', 'ann.roy', 'a.roy'][random] ?? '' }),
    'rename outside': async () => {
      const [row] = world.target.rows('crmAccount');
      if (row !== undefined) world.target.put({ ...row, attributes: { ...row.attributes, login: 'outside' } });
    },
    compute: () => world.compute(),
    generate: () => world.generate(),
    work: () => world.work(),
    verify: () => world.verify(),
    synchronise: () => world.synchronize(),
  };

  test('there is one row, and the account has its key', async () => {
    const act = fc.record({ name: fc.constantFrom(...Object.keys(acts)), random: fc.nat({ max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), async (story) => {
        await empty();
        await hire();
        for (const { name, random } of story) await acts[name]?.(random);
        world.target.heal();
        await world.database.query('delete from connection_health');
        for (let round = 0; round < 6; round += 1) {
          await world.synchronize();
          await world.compute({ kind: 'all' });
          await settle();
        }
        const [row, ...others] = world.target.rows('crmAccount');
        expect(others).toEqual([]);
        expect(await accounts()).toMatchObject([
          { resource_key: row?.key, provisioning_state: 'VERIFIED', delta: null, expected: { key: row?.key } },
        ]);
        expect(creations()).toBeGreaterThan(0);
        expect(await world.findStrays()).toBe(0);
      }),
      { numRuns: 8 },
    );
  });
});
