// Orders that wait for approval, on real PostgreSQL: made, decided as a whole and value by value, bound to what was seen.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actorOf, openOrderWorld, type OrderWorld, reviewer, type Row } from './order-fixture.js';

let orders: OrderWorld;
beforeAll(async () => {
  orders = await openOrderWorld('review');
});
afterAll(() => orders.close());

const waiting = async (options: Parameters<OrderWorld['account']>[0]): Promise<{ account: string; order: Row }> => {
  const account = await orders.account(options);
  await orders.generate();
  return { account, order: await orders.orderOf(account) };
};
const factsOf = async ({ id }: Row): Promise<readonly string[]> =>
  (
    await orders.database.query<{ kind: string }>(
      `select kind from event where body -> 'orders' @> jsonb_build_array(jsonb_build_object('orderId', $1::text)) order by id`,
      [id],
    )
  ).rows.map(({ kind }) => kind);
const rowsAbout = async (table: string, column: string, id: unknown) =>
  (await orders.database.query<Readonly<Record<string, unknown>>>(`select * from ${table} where ${column} = $1`, [id]))
    .rows;

describe('an account that waits for a reviewer', () => {
  test('gets one order that nobody carries out, and none the second time', async () => {
    const { account, order } = await waiting({ key: 'ann' });
    expect(order).toMatchObject({ state: 'AWAITING_APPROVAL', kind: 'CREATE', mode: 'AUTOMATIC' });
    // Proposed, not ordered: nothing of it can have reached the target.
    expect(await orders.accountRow(account)).toMatchObject({ ordered_version: '0', proposed_version: '1' });
    await orders.dispatch();
    await orders.generate();
    expect(await rowsAbout('provisioning_order', 'assignment_id', account)).toHaveLength(1);
    expect(await rowsAbout('outbox', 'row_id', order.id)).toEqual([]);
  });

  test('gets an association where it was found without full confidence, and is not counted by thresholds', async () => {
    const { order } = await waiting({ key: 'assoc', confidencePercent: 80 });
    expect(order).toMatchObject({ state: 'AWAITING_APPROVAL', kind: 'ASSOCIATE', delta: { kind: 'UPDATE' } });
  });

  test('supersedes its older order when its wish changes', async () => {
    const { account, order } = await waiting({ key: 'again' });
    await orders.database.query('update resource_assignment set desired_version = 2 where id = $1', [account]);
    await orders.generate();
    const [older, younger] = await rowsAbout('provisioning_order', 'assignment_id', account);
    expect(new Set([older?.state, younger?.state])).toEqual(new Set(['AWAITING_APPROVAL', 'INACTIVE']));
    expect(await orders.review(order)).toMatchObject({ orderIds: [], refusals: [{ code: 'STATE_CONFLICT' }] });
  });

  test('makes a younger order of another account of the same resource wait, too', async () => {
    await waiting({ key: 'shared' });
    const owner = await orders.person('shared-2');
    const account = await orders.account({ key: 'shared', state: 'PENDING', owner, resourceType: 'badge' });
    await orders.database.query(
      `update resource_assignment set resource_type = 'crm-account', is_due = false where id = $1`,
      [account],
    );
    await orders.generate();
    expect(await orders.orderOf(account)).toMatchObject({ state: 'AWAITING_APPROVAL' });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'AWAITING_APPROVAL' });
  });
});

describe('an approval', () => {
  test('lets the order go, with its account and its job, its fact and its entry in the audit', async () => {
    const { account, order } = await waiting({ key: 'bob' });
    expect(await orders.review(order)).toEqual({ orderIds: [order.id], refusals: [] });
    expect(await orders.orderOf(account)).toMatchObject({
      state: 'PENDING',
      version: 2,
      review_comment: 'Looked at.',
      queued_at: expect.any(Date),
    });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'PENDING', ordered_version: '1' });
    expect(await rowsAbout('outbox', 'row_id', order.id)).toMatchObject([{ queue: 'provision.crm', name: 'order' }]);
    expect(await factsOf(order)).toEqual(['OrderCreated', 'OrderReviewed']);
    expect(await rowsAbout('audit_entry', 'action', 'provisioning-order.review')).not.toEqual([]);
  });

  test('of an association without anything to write verifies it at once', async () => {
    const { account, order } = await waiting({ key: 'found', confidencePercent: 80, mail: null });
    await orders.review(order);
    expect(await orders.orderOf(account)).toMatchObject({ state: 'VERIFIED', evidence: { how: 'review' } });
    expect(await orders.accountRow(account)).toMatchObject({
      provisioning_state: 'VERIFIED',
      confidence_percent: null,
      observed_hash: 'base',
      delta: null,
    });
  });

  test('is refused with STALE_VERSION when the order, or what the rules want, has moved', async () => {
    const { account, order } = await waiting({ key: 'moved' });
    await orders.review(order, { decision: 'POSTPONED' });
    expect(await orders.review(order)).toMatchObject({ refusals: [{ code: 'STALE_VERSION' }] });
    const now = await orders.orderOf(account);
    await orders.database.query('update resource_assignment set desired_version = 2 where id = $1', [account]);
    expect(await orders.review(now)).toMatchObject({ refusals: [{ code: 'STALE_VERSION' }] });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'AWAITING_APPROVAL' });
  });

  test('of two at once is done by one', async () => {
    const { order } = await waiting({ key: 'race' });
    const results = await Promise.all([orders.review(order), orders.review(order)]);
    expect(results.flatMap(({ orderIds }) => orderIds)).toEqual([order.id]);
  });
});

describe('a decline', () => {
  test('ends the order, and the same wish is not proposed again', async () => {
    const { account, order } = await waiting({ key: 'cid' });
    await orders.review(order, { decision: 'DECLINED' });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'INACTIVE' });
    expect(await orders.accountRow(account)).toMatchObject({
      provisioning_state: 'NONE',
      declined_hash: 'wish',
      delta: null,
    });
    const { identity_id: identityId } = await orders.accountRow(account);
    expect(await rowsAbout('outbox', 'row_id', identityId)).toMatchObject([{ queue: 'compute', name: 'identities' }]);
    await orders.generate();
    expect(await rowsAbout('provisioning_order', 'assignment_id', account)).toHaveLength(1);
  });

  test('of an association gives the resource up for good', async () => {
    const { account, order } = await waiting({ key: 'notmine', confidencePercent: 60 });
    const { resource_id: resourceId } = await orders.accountRow(account);
    await orders.review(order, { decision: 'DECLINED' });
    expect(await orders.accountRow(account)).toMatchObject({
      resource_id: null,
      confidence_percent: null,
      declined_hash: `resource:${String(resourceId)}`,
    });
  });

  test('of what comes instead leaves earlier refusals as they are', async () => {
    const { account, order } = await waiting({ key: 'second', confidencePercent: 60 });
    const { resource_id: resourceId } = await orders.accountRow(account);
    const declined = async (): Promise<unknown> => (await orders.accountRow(account)).declined_hash;
    await orders.database.query(`update resource_assignment set declined_hash = 'resource:first' where id = $1`, [
      account,
    ]);
    await orders.review(order, { decision: 'DECLINED' });
    expect(await declined()).toBe(`resource:first resource:${String(resourceId)}`);
    const { account: other, order: creation } = await waiting({ key: 'third' });
    await orders.database.query(`update resource_assignment set declined_hash = 'resource:first' where id = $1`, [
      other,
    ]);
    await orders.review(creation, { decision: 'DECLINED' });
    expect(await orders.accountRow(other)).toMatchObject({ declined_hash: 'resource:first wish' });
  });

  test('needs a comment', async () => {
    const { order } = await waiting({ key: 'mute' });
    expect(await orders.review(order, { decision: 'DECLINED', comment: ' ' })).toMatchObject({
      refusals: [{ code: 'COMMENT_REQUIRED', field: ['input', 'items', '0', 'comment'] }],
    });
  });
});

test('a postponed order stays, for a week unless a day is named', async () => {
  const { account, order } = await waiting({ key: 'later' });
  await orders.review(order, { decision: 'POSTPONED' });
  const now = await orders.orderOf(account);
  expect(now).toMatchObject({ state: 'AWAITING_APPROVAL', version: 2, postponed_until: expect.any(String) });
  await orders.review(now, { decision: 'POSTPONED', postponedUntil: '2999-01-31' });
  expect(await orders.orderOf(account)).toMatchObject({ postponed_until: '2999-01-31' });
  expect(
    await orders.review(await orders.orderOf(account), { decision: 'POSTPONED', postponedUntil: '2001-01-31' }),
  ).toMatchObject({
    refusals: [{ code: 'OUT_OF_RANGE' }],
  });
});

describe('values decided one by one', () => {
  const change = { kind: 'UPDATE', groups: { add: ['editors'], remove: ['guests'] } } as const;

  test('let the approved part go on and keep what was refused', async () => {
    const { account, order } = await waiting({ key: 'dan', ...change });
    await orders.review(order, { properties: { groups: 'DECLINED' } });
    const rest = { scalars: [{ property: 'mail' }], links: [] };
    expect(await orders.orderOf(account)).toMatchObject({ state: 'PENDING', delta: rest });
    expect(await orders.accountRow(account)).toMatchObject({ provisioning_state: 'PENDING', delta: rest });
    const values = await rowsAbout('value_assignment', 'assignment_id', account);
    const refused = values.map((value) => [value.target_key, { ...value }] as const);
    expect(Object.fromEntries(refused)).toMatchObject({
      editors: { property: 'groups', workflow_state: 'DECLINED', value: null, expected: 'editors' },
      guests: { property: 'groups', workflow_state: 'DECLINED', value: 'guests', expected: null },
    });
  });

  test('leave nothing when all are refused, and ask for a new comparison', async () => {
    const { account, order } = await waiting({ key: 'eve', ...change });
    await orders.review(order, { decision: 'DECLINED', properties: { mail: 'DECLINED' } });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'INACTIVE' });
    expect(await orders.accountRow(account)).toMatchObject({
      provisioning_state: 'NONE',
      base_hash: null,
      declined_hash: null,
    });
    expect(await rowsAbout('value_assignment', 'assignment_id', account)).toHaveLength(3);
  });

  test('keep the order waiting with what was postponed', async () => {
    const { account, order } = await waiting({ key: 'flo', ...change });
    await orders.review(order, { decision: 'POSTPONED', properties: { groups: 'DECLINED' } });
    expect(await orders.orderOf(account)).toMatchObject({ state: 'AWAITING_APPROVAL', delta: { links: [] } });
  });

  test('are refused for a deletion, for a property that does not change, and for an undecided creation', async () => {
    const { order: deletion } = await waiting({ key: 'gus', kind: 'DELETE' });
    const { order: creation } = await waiting({ key: 'hal' });
    const refusals = await Promise.all([
      orders.review(deletion, { properties: { mail: 'APPROVED' } }),
      orders.review(creation, { properties: { groups: 'APPROVED' } }),
      orders.review(creation, { decision: 'POSTPONED', properties: { mail: 'APPROVED' } }),
    ]);
    expect(refusals.map(({ refusals: [refusal] }) => refusal?.code)).toEqual(['INVALID', 'NOT_FOUND', 'INVALID']);
    expect(await orders.orderOf(String(creation.assignment_id))).toMatchObject({ version: 1 });
  });
});

describe('nobody', () => {
  test('reviews an order about their own account, not by a second identity and not by a service of theirs', async () => {
    const ada = await orders.person('ada', { same: 'ada-2' });
    // Each names another one: whoever looks one name far only does not see that they are one.
    const second = await orders.person('ada-2', { same: 'ada-3' });
    const third = await orders.person('ada-3', { same: 'ada' });
    const { order } = await waiting({ key: 'ada-account', owner: ada });
    const bot = { kind: 'service', identifier: 'bot', displayName: 'Bot', profiles: ['operator'] } as const;
    for (const actor of [
      actorOf(ada, 'ada', ['operator']),
      actorOf(second, 'ada-2', ['operator']),
      actorOf(third, 'ada-3', ['operator']),
      bot,
    ])
      expect(await orders.review(order, {}, actor)).toMatchObject({ refusals: [{ code: 'SELF_APPROVAL_FORBIDDEN' }] });
    // The control: somebody else may.
    expect(await orders.review(order, {}, reviewer)).toMatchObject({ refusals: [] });
  });

  test('reviews without the right to', async () => {
    const { order } = await waiting({ key: 'ivo' });
    const employee = actorOf(await orders.person('emp'), 'emp', ['employee']);
    expect(await orders.review(order, {}, employee)).toMatchObject({ refusals: [{ code: 'FORBIDDEN' }] });
  });
});
