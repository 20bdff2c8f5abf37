// Several accounts follow the keys that their system gave within one batch of settlements, on real PostgreSQL.
// The control of each case: the same settlements written one at a time come to the same rows.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeOrder } from '../support/execution-world.js';
import {
  askFor,
  type Batches,
  claim,
  create,
  executed,
  inBatch,
  insertRow,
  oneByOne,
  openBatches,
  type Outcome,
  settlementOf,
  type Story,
  wishAgain,
} from './given-key-batch.js';

let batches: Batches;
beforeAll(async () => {
  batches = await openBatches();
});
afterAll(() => batches.close());

async function inBothWays(story: Story): Promise<Outcome> {
  const batch = await inBatch(batches, story);
  expect(batch).toEqual(await oneByOne(batches, story));
  return batch;
}

const expectOwnHashes = ({ accounts }: Outcome): void =>
  expect(accounts.map(({ hash }) => hash)).toEqual(accounts.map(({ expected }) => batches.hashOf(expected)));

describe('in one batch', () => {
  test('every account and order follows its own key, and what has the key it asked for stays as it is', async () => {
    const outcome = await inBothWays(async () =>
      executed(await claim(batches, await create(batches, 'ann', 'bob', 'cid')), ['K-1', null, 'K-3']),
    );
    expect(outcome.answers).toEqual([true, true, true]);
    expect(outcome.accounts).toMatchObject([
      { key: 'K-1', expected: { key: 'K-1' }, delta: { kind: 'CREATE', key: 'K-1', name: 'ann' }, state: 'EXECUTED' },
      { key: 'bob', expected: { key: 'bob' }, delta: { kind: 'CREATE', key: 'bob' }, state: 'EXECUTED' },
      { key: 'K-3', expected: { key: 'K-3' }, delta: { kind: 'CREATE', key: 'K-3', name: 'cid' }, state: 'EXECUTED' },
    ]);
    expect(outcome.orders).toMatchObject([
      {
        target: 'account/K-1',
        delta: { key: 'K-1', name: 'ann', scalars: [{ to: 'K-1' }, { to: 'ann@acme.example' }] },
      },
      { target: 'account/bob', delta: { key: 'bob', scalars: [{ to: 'bob' }, { to: 'bob@acme.example' }] } },
      {
        target: 'account/K-3',
        delta: { key: 'K-3', name: 'cid', scalars: [{ to: 'K-3' }, { to: 'cid@acme.example' }] },
      },
    ]);
    expectOwnHashes(outcome);
    expect(outcome.orders.map(({ hash }) => hash)).toEqual(outcome.accounts.map(({ hash }) => hash));
  });

  test('the first of two that were given the same key has it, the second is told, and a third is left alone', async () => {
    const outcome = await inBothWays(async () =>
      executed(await claim(batches, await create(batches, 'ann', 'bob', 'cid')), ['K-1', 'K-1', 'K-3']),
    );
    expect(outcome.answers).toEqual([true, true, true]);
    expect(outcome.accounts).toMatchObject([
      { key: 'K-1', state: 'EXECUTED' },
      { key: 'bob', expected: { key: 'bob' }, delta: { key: 'bob' }, state: 'ERRORED' },
      { key: 'K-3', state: 'EXECUTED' },
    ]);
    expect(outcome.orders).toMatchObject([
      { state: 'EXECUTED', target: 'account/K-1', error: null },
      { state: 'ERRORED', target: 'account/bob', delta: { key: 'bob' }, error: 'ALREADY_EXISTS' },
      { state: 'EXECUTED', target: 'account/K-3', error: null },
    ]);
    expect(outcome.attempts).toMatchObject([
      { outcome: 'SUCCEEDED' },
      { outcome: 'FAILED', error: 'ALREADY_EXISTS' },
      { outcome: 'SUCCEEDED' },
    ]);
    expectOwnHashes(outcome);
  });

  test('a key of an account outside of it is refused to the one that was given it, and to nobody else', async () => {
    const outcome = await inBothWays(async () => {
      const [, ...asked] = await create(batches, 'K-1', 'bob', 'cid');
      return executed(await claim(batches, asked), ['K-1', 'K-3']);
    });
    expect(outcome.accounts).toMatchObject([
      { key: 'K-1', state: 'PENDING' },
      { key: 'bob', state: 'ERRORED' },
      { key: 'K-3', state: 'EXECUTED' },
    ]);
  });

  test('a settlement whose lease was lost takes no key from the one behind it', async () => {
    const outcome = await inBothWays(async () => {
      const settlements = executed(await claim(batches, await create(batches, 'ann', 'bob')), ['K-1', 'K-1']);
      return settlements.map((each, at) => (at === 0 ? { ...each, order: { ...each.order, leaseToken: '0' } } : each));
    });
    expect(outcome.answers).toEqual([false, true]);
    expect(outcome.accounts).toMatchObject([
      { key: 'ann', state: 'PENDING' },
      { key: 'K-1', state: 'EXECUTED' },
    ]);
  });

  test('a superseded order gives its account the key beside an executed one', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const [ann, bob] = await claim(batches, made);
      if (ann === undefined || bob === undefined) throw new Error('Two orders were made.');
      await wishAgain(batches, made[0], 'ann.roy@acme.example');
      return [settlementOf(ann, 'K-1', 'superseded'), settlementOf(bob, 'K-2')];
    });
    expect(outcome.accounts).toMatchObject([
      // The newer wish is a change by now, and has no name to be made under.
      { key: 'K-1', expected: { key: 'K-1' }, delta: { kind: 'UPDATE', key: 'K-1' }, state: 'PENDING' },
      { key: 'K-2', expected: { key: 'K-2' }, delta: { kind: 'CREATE', key: 'K-2', name: 'bob' }, state: 'EXECUTED' },
    ]);
    expect(outcome.accounts[0]?.delta).not.toHaveProperty('name');
    expect(outcome.orders).toMatchObject([
      { state: 'INACTIVE', target: 'account/K-1', delta: { kind: 'CREATE', key: 'K-1', name: 'ann' } },
      { state: 'EXECUTED', target: 'account/K-2', delta: { kind: 'CREATE', key: 'K-2', name: 'bob' } },
      { state: 'PENDING', kind: 'UPDATE', target: 'account/K-1', delta: { kind: 'UPDATE', key: 'K-1' } },
    ]);
    expectOwnHashes(outcome);
  });

  test('a superseded order whose key another one has just ends, without an error', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const [ann, bob] = await claim(batches, made);
      if (ann === undefined || bob === undefined) throw new Error('Two orders were made.');
      await wishAgain(batches, made[1], 'bob.roy@acme.example');
      return [settlementOf(ann, 'K-1'), settlementOf(bob, 'K-1', 'superseded')];
    });
    expect(outcome.accounts).toMatchObject([
      { key: 'K-1', state: 'EXECUTED' },
      { key: 'bob', delta: { kind: 'CREATE', key: 'bob' }, state: 'PENDING' },
    ]);
    expect(outcome.orders).toMatchObject([
      { state: 'EXECUTED' },
      { state: 'INACTIVE', error: null, target: 'account/bob' },
      { state: 'PENDING', kind: 'CREATE', target: 'account/bob' },
    ]);
  });
});

describe('orders that wait', () => {
  test('are moved to the lines of the new keys, each to its own, and change what is there by now', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob', 'cid', 'dan');
      const held = await claim(batches, made.slice(0, 3));
      await wishAgain(batches, made[0], 'ann.1@acme.example');
      await askFor(batches, await wishAgain(batches, made[1], 'bob.1@acme.example'));
      const sent = await wishAgain(batches, made[1], 'bob.2@acme.example', 'UPDATE');
      await batches.rows(`update provisioning_order set state = 'TRANSMITTED' where id = $1`, [sent.id]);
      await wishAgain(batches, made[0], 'ann.2@acme.example', 'UPDATE');
      await wishAgain(batches, made[2], 'cid.1@acme.example');
      await wishAgain(batches, made[3], 'dan.1@acme.example');
      return executed(held, ['K-1', 'K-2', null]);
    });
    expect(outcome.orders.slice(4)).toMatchObject([
      { kind: 'UPDATE', delta: { kind: 'UPDATE', key: 'K-1' }, target: 'account/K-1', line: 'account/K-1', version: 2 },
      { state: 'AWAITING_APPROVAL', kind: 'UPDATE', delta: { kind: 'UPDATE', key: 'K-2' }, line: 'account/K-2' },
      { state: 'TRANSMITTED', kind: 'UPDATE', delta: { kind: 'UPDATE', key: 'K-2' }, line: 'account/K-2' },
      { kind: 'UPDATE', delta: { kind: 'UPDATE', key: 'K-1' }, line: 'account/K-1' },
      { kind: 'CREATE', delta: { kind: 'CREATE', key: 'cid' }, line: 'account/cid', version: 1 },
      { kind: 'CREATE', delta: { kind: 'CREATE', key: 'dan' }, line: 'account/dan', version: 1 },
    ]);
    expect(outcome.orders.slice(4).map(({ delta }) => mailIn(delta))).toEqual([
      'ann.1@acme.example',
      'bob.1@acme.example',
      'bob.2@acme.example',
      'ann.2@acme.example',
      'cid.1@acme.example',
      'dan.1@acme.example',
    ]);
  });

  test('under another name, or ended, stay where they are', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const held = await claim(batches, made);
      const ended = await wishAgain(batches, made[1], 'bob.1@acme.example');
      await batches.rows(`update provisioning_order set state = 'INACTIVE' where id = $1`, [ended.id]);
      await wishAgain(batches, made[0], 'ann.roy@acme.example', 'CREATE', 'ann.roy');
      return executed(held, ['K-1', 'K-2']);
    });
    expect(outcome.orders.slice(2)).toMatchObject([
      { state: 'INACTIVE', kind: 'CREATE', target: 'account/bob' },
      { state: 'PENDING', kind: 'CREATE', target: 'account/ann.roy', delta: { key: 'ann.roy' } },
    ]);
  });

  test('of a connection that is taken in turns stay in its line, behind the new key', async () => {
    const outcome = await inBothWays(async () => {
      const first = await makeOrder(batches.database, { key: 'ann', target: '*' });
      const other = await makeOrder(batches.database, { key: 'bob' });
      const held = await claim(batches, [first, other]);
      await makeOrder(batches.database, { key: 'ann', mail: 'a@acme.example', after: first, target: '*' });
      return executed(held, ['K-1', 'K-2']);
    });
    expect(outcome.orders).toMatchObject([
      { target: '*', line: 'K-1' },
      { target: 'account/K-2', line: 'account/K-2' },
      { target: '*', line: 'K-1', kind: 'UPDATE' },
    ]);
  });
});

const mailIn = (delta: unknown): unknown =>
  (delta as { readonly scalars: readonly { readonly property: string; readonly to: unknown }[] }).scalars.find(
    ({ property }) => property === 'mail',
  )?.to;

describe('an account', () => {
  test('of which nothing is to be changed any more follows its key, and still nothing is to be changed', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const held = await claim(batches, made);
      await batches.rows('update resource_assignment set delta = null where id = $1', [made[0]?.assignmentId]);
      return executed(held, ['K-1', 'K-2']);
    });
    expect(outcome.accounts).toMatchObject([
      { key: 'K-1', expected: { key: 'K-1' }, delta: null },
      { key: 'K-2', delta: { key: 'K-2', name: 'bob' } },
    ]);
    expect(await batches.rows(`select from resource_assignment where delta is null`)).toHaveLength(1);
    expectOwnHashes(outcome);
  });

  test('that has its row already keeps its key while its neighbours get theirs', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob', 'cid');
      const held = await claim(batches, made);
      const row = await insertRow(batches, 'ann');
      await batches.rows('update resource_assignment set resource_id = $2 where id = $1', [made[0]?.assignmentId, row]);
      return executed(held, ['K-1', 'K-2', 'K-3']);
    });
    expect(outcome.accounts).toMatchObject([
      { key: 'ann', row: 'ann', expected: { key: 'ann' }, delta: { kind: 'CREATE', key: 'ann' } },
      { key: 'K-2', row: null },
      { key: 'K-3', row: null },
    ]);
    expectOwnHashes(outcome);
    // The hash that the order was made for is not another account's.
    expect(outcome.orders.map(({ hash }) => hash)).toEqual(outcome.accounts.map(({ hash }) => hash));
  });

  test('has the row of its key when that is known and nobody’s, and none that is gone', async () => {
    const outcome = await inBothWays(async () => {
      const held = await claim(batches, await create(batches, 'ann', 'bob', 'cid'));
      await insertRow(batches, 'K-1');
      await insertRow(batches, 'K-2', 'clock_timestamp()');
      await insertRow(batches, 'K-3');
      return executed(held, ['K-1', 'K-2', 'K-3']);
    });
    expect(outcome.accounts).toMatchObject([
      { key: 'K-1', row: 'K-1' },
      { key: 'K-2', row: null },
      { key: 'K-3', row: 'K-3' },
    ]);
  });

  test('whose hash is that of no wish keeps it beside one whose hash follows', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const held = await claim(batches, made);
      await batches.rows(`update resource_assignment set expected_hash = '' where id = $1`, [made[0]?.assignmentId]);
      return executed(held, ['K-1', 'K-2']);
    });
    expect(outcome.accounts[0]).toMatchObject({ key: 'K-1', hash: '' });
    expect(outcome.accounts[1]?.hash).toBe(batches.hashOf(outcome.accounts[1]?.expected));
  });

  test('that is gone leaves its order and its neighbour their keys', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const held = await claim(batches, made);
      await batches.rows('delete from resource_assignment where id = $1', [made[0]?.assignmentId]);
      return executed(held, ['K-1', 'K-2']);
    });
    expect(outcome.accounts).toMatchObject([{ key: 'K-2' }]);
    expect(outcome.orders).toMatchObject([{ target: 'account/K-1' }, { target: 'account/K-2' }]);
  });

  test('with two orders under two names, made at once, has the key of the later one, and each order its own', async () => {
    const outcome = await inBothWays(async () => {
      const made = await create(batches, 'ann', 'bob');
      const held = await claim(batches, made);
      // Its name was changed while its creation was on its way: the new order stands in another line.
      const again = await wishAgain(batches, made[0], 'ann@acme.example', 'CREATE', 'ann.roy');
      return executed([...held, ...(await claim(batches, [again]))], ['K-1', 'K-2', 'K-3']);
    });
    expect(outcome.orders).toMatchObject([
      { target: 'account/K-1', delta: { key: 'K-1', name: 'ann' } },
      { target: 'account/K-2', delta: { key: 'K-2', name: 'bob' } },
      { target: 'account/K-3', delta: { key: 'K-3', name: 'ann.roy' } },
    ]);
    expect(outcome.accounts).toMatchObject([{ key: 'K-3' }, { key: 'K-2' }]);
  });
});
