// Every transition of an order and of a request's item, walked at least once through the API: mutations and jobs alone move
// them, and a trigger of this test's database writes down which ways were taken.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type OrderTransition, orderTransitions } from '../../src/domain/provisioning-state.js';
import { type ItemTransition, itemTransitions } from '../../src/domain/request.js';
import { waitFor } from '../support/wait-for.js';
import { people, startWalkers, type Walkers } from './transition-company.js';

let walkers: Walkers;
let client: pg.Client;
beforeAll(async () => {
  walkers = await startWalkers();
  client = new pg.Client({ connectionString: walkers.databaseUrl });
  await client.connect();
  await client.query(recorder);
}, 120_000);
afterAll(async () => {
  await client?.end();
  await walkers?.stop();
}, 60_000);

const recorder = `
  create table walked (thing text, before text, after text);
  create function walk() returns trigger language plpgsql as $$
    begin insert into walked values (tg_argv[0], old.state, new.state); return null; end $$;
  create trigger walked_order after update of state on provisioning_order for each row execute function walk('order');
  create trigger walked_item after update of state on request_item for each row execute function walk('item');`;

const waysOf = async (thing: 'order' | 'item'): Promise<ReadonlySet<string>> => {
  const { rows } = await client.query<{ before: string; after: string }>(
    'select distinct before, after from walked where thing = $1',
    [thing],
  );
  return new Set(rows.map(({ before, after }) => `${before} → ${after}`));
};

const free = [...people];
const somebody = (): string => free.shift() ?? '';

interface Order {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly error: { readonly fingerprint: string } | null;
  readonly attempts: readonly {
    readonly outcome: string;
    readonly steps: readonly { readonly detail: string | null }[];
  }[];
}

const idOf = async (person: string): Promise<string> =>
  (
    await walkers.ask<{ identity: { id: string } }>(
      'service:script',
      'query($p: String!) { identity(identifier: $p) { id } }',
      { p: person },
    )
  ).identity.id;

async function request(person: string, role: string, action: 'ADD' | 'REMOVE' = 'ADD'): Promise<string> {
  const found = await walkers.ask<{ role: { id: string } }>(
    person,
    'query($r: String!) { role(identifier: $r) { id } }',
    {
      r: role,
    },
  );
  const { assignmentRequestCreate: made } = await walkers.ask<{
    assignmentRequestCreate: { assignmentRequest: { id: string } | null; userErrors: readonly unknown[] };
  }>(
    person,
    'mutation($i: AssignmentRequestCreateInput!) { assignmentRequestCreate(input: $i) { assignmentRequest { id } userErrors { code message } } }',
    { i: { beneficiaryId: await idOf(person), items: [{ action, roleId: found.role.id }] } },
  );
  if (made.assignmentRequest === null) throw new Error(JSON.stringify(made.userErrors));
  return made.assignmentRequest.id;
}

async function ordersOf(person: string): Promise<readonly Order[]> {
  const { provisioningOrders } = await walkers.ask<{ provisioningOrders: { nodes: readonly Order[] } }>(
    'omar',
    `query($i: ID!) { provisioningOrders(filter: { identityId: { eq: $i } }) { nodes {
       id state version error { fingerprint } attempts { outcome steps { detail } } } } }`,
    { i: await idOf(person) },
  );
  return provisioningOrders.nodes;
}

/** The youngest order of the person that is in this state. */
const orderIn = (person: string, state: string): Promise<Order> =>
  waitFor(async () => (await ordersOf(person)).find((order) => order.state === state) ?? null, {
    what: `an order of ${person} is ${state}`,
    deadlineMs: 20_000,
  });

const act = async (mutation: string, input: Readonly<Record<string, unknown>>): Promise<void> => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const answer = await walkers.ask<Readonly<Record<string, { userErrors: readonly unknown[] }>>>(
    'omar',
    `mutation($i: ${type}) { ${mutation}(input: $i) { userErrors { code message } } }`,
    { i: input },
  );
  expect(answer[mutation]?.userErrors).toEqual([]);
};
const decide = ({ id, version }: Order, decision: string): Promise<void> =>
  act('provisioningOrdersReview', {
    items: [{ provisioningOrderId: id, version, decision, comment: 'Walked.' }],
  });

/** Somebody whose order is in this state, by asking for the kind of account that gets there. */
async function waiting(kind: 'safe' | 'badge'): Promise<{ readonly person: string; readonly order: Order }> {
  const person = somebody();
  await request(person, `${kind}-user`);
  return { person, order: await orderIn(person, kind === 'safe' ? 'AWAITING_APPROVAL' : 'TRANSMITTED') };
}

async function refusedOrder(): Promise<{ readonly person: string; readonly order: Order }> {
  const person = somebody();
  walkers.crm.plan({ kind: 'refused', code: 'INVALID_VALUE', message: `Not for ${person}.` });
  await request(person, 'account-user');
  return { person, order: await orderIn(person, 'ERRORED') };
}

const orderWalks: Readonly<Record<OrderTransition, () => Promise<unknown>>> = {
  execute: async () => {
    const person = somebody();
    await request(person, 'account-user');
    await orderIn(person, 'VERIFIED');
    expect(walkers.crm.row('account', person)).toMatchObject({ attributes: { mail: `${person}@acme.test` } });
  },
  verify: async () => {
    const person = somebody();
    await request(person, 'account-user');
    await orderIn(person, 'VERIFIED');
  },
  findEqual: async () => {
    const person = somebody();
    walkers.crm.put({
      objectType: 'account',
      key: person,
      attributes: { login: person, mail: `${person}@acme.test` },
      links: {},
    });
    await request(person, 'account-user');
    const order = await orderIn(person, 'VERIFIED');
    expect(order.attempts.flatMap(({ steps }) => steps.map(({ detail }) => detail))).toEqual(['alreadySo']);
  },
  retryLater: async () => {
    const person = somebody();
    walkers.crm.plan({ kind: 'refused', code: 'TIMEOUT' });
    await request(person, 'account-user');
    expect((await orderIn(person, 'VERIFIED')).attempts).toHaveLength(2);
  },
  fail: refusedOrder,
  retry: async () => {
    const { person, order } = await refusedOrder();
    await act('provisioningOrdersRetry', { errorFingerprint: order.error?.fingerprint });
    await orderIn(person, 'VERIFIED');
  },
  approve: async () => {
    const { person, order } = await waiting('safe');
    await decide(order, 'APPROVED');
    await orderIn(person, 'VERIFIED');
  },
  decline: async () => {
    const { person, order } = await waiting('safe');
    await decide(order, 'DECLINED');
    await orderIn(person, 'INACTIVE');
    await requestIn(person, 'FAILED');
    await walkers.runJob('complete');
    // What was declined is not proposed again.
    expect(await ordersOf(person)).toHaveLength(1);
    await requestIn(person, 'FAILED');
  },
  postpone: async () => {
    const { person, order } = await waiting('safe');
    await decide(order, 'POSTPONED');
    expect(await orderIn(person, 'AWAITING_APPROVAL')).toMatchObject({ id: order.id, version: order.version + 1 });
  },
  supersede: async () => {
    const { person, order } = await waiting('safe');
    walkers.moveMail(person, `new.${person}@acme.test`);
    await walkers.runJob('complete');
    expect((await orderIn(person, 'INACTIVE')).id).toBe(order.id);
    await orderIn(person, 'AWAITING_APPROVAL');
  },
  transmit: () => waiting('badge'),
  confirm: async () => {
    const { person, order } = await waiting('badge');
    walkers.crm.put({
      objectType: 'badge',
      key: `B-${person}`,
      attributes: { login: `B-${person}`, mail: `${person}@acme.test` },
      links: {},
    });
    await act('provisioningOrdersTake', { provisioningOrderIds: [order.id] });
    await act('provisioningOrdersComplete', { provisioningOrderIds: [order.id], externalId: `B-${person}` });
    // Seen by the synchronisation of the connection that reads the system.
    await walkers.runJob('complete');
    await orderIn(person, 'VERIFIED');
  },
  reportError: async () => {
    const { person, order } = await waiting('badge');
    await act('provisioningOrdersReportError', { provisioningOrderIds: [order.id], message: 'No form.' });
    await orderIn(person, 'ERRORED');
  },
  expire: async () => {
    const { person } = await waiting('badge');
    // The only hand on a clock here: the end of the validity period comes now.
    await client.query(`update provisioning_order set due_at = clock_timestamp() where identity_id =
      (select id from resource where entity_type = 'person' and key = '${person}')`);
    await orderIn(person, 'ERRORED');
  },
  withdraw: async () => {
    const { person, order } = await waiting('badge');
    await request(person, 'badge-user', 'REMOVE');
    expect((await orderIn(person, 'INACTIVE')).id).toBe(order.id);
  },
};

const itemWalks: Readonly<Record<ItemTransition, () => Promise<unknown>>> = {
  approve: async () => {
    await review(await request(somebody(), 'lead'), 'APPROVED');
  },
  decline: async () => {
    await review(await request(somebody(), 'lead'), 'DECLINED');
  },
  cancel: async () => {
    const person = somebody();
    const id = await request(person, 'lead');
    const { assignmentRequestCancel } = await walkers.ask<{
      assignmentRequestCancel: { assignmentRequest: { state: string } };
    }>(person, 'mutation($id: ID!) { assignmentRequestCancel(id: $id) { assignmentRequest { state } } }', { id });
    expect(assignmentRequestCancel.assignmentRequest.state).toBe('CANCELED');
  },
  start: async () => {
    const person = somebody();
    await request(person, 'safe-user');
    await orderIn(person, 'AWAITING_APPROVAL');
    await requestIn(person, 'PROVISIONING');
  },
  complete: async () => {
    const person = somebody();
    await request(person, 'account-user');
    await requestIn(person, 'COMPLETED');
  },
  fail: async () => {
    const { person } = await refusedOrder();
    await requestIn(person, 'FAILED');
  },
};

async function review(id: string, decision: string): Promise<void> {
  const { assignmentRequest } = await walkers.ask<{ assignmentRequest: { digest: string } }>(
    'boss',
    'query($id: ID!) { assignmentRequest(id: $id) { digest } }',
    { id },
  );
  const { assignmentRequestsReview } = await walkers.ask<{
    assignmentRequestsReview: { userErrors: readonly unknown[] };
  }>(
    'boss',
    'mutation($i: AssignmentRequestsReviewInput!) { assignmentRequestsReview(input: $i) { userErrors { code message } } }',
    { i: { items: [{ assignmentRequestId: id, decision, comment: 'Walked.', seenDigest: assignmentRequest.digest }] } },
  );
  expect(assignmentRequestsReview.userErrors).toEqual([]);
}

const requestIn = (person: string, state: string): Promise<unknown> =>
  waitFor(
    async () => {
      const { assignmentRequests } = await walkers.ask<{ assignmentRequests: { nodes: readonly { state: string }[] } }>(
        person,
        'query($i: ID!) { assignmentRequests(filter: { beneficiaryId: { eq: $i } }) { nodes { state } } }',
        { i: await idOf(person) },
      );
      return assignmentRequests.nodes.find((each) => each.state === state) ?? null;
    },
    { what: `the request of ${person} is ${state}`, deadlineMs: 20_000 },
  );

/** A transition was walked when one of its ways was taken. */
const waysIn = ({ from, to }: { readonly from: readonly string[]; readonly to: string }): readonly string[] =>
  from.map((state) => `${state} → ${to}`);

describe('every transition of an order', () => {
  test('has a walk', () => expect(Object.keys(orderWalks).sort()).toEqual(Object.keys(orderTransitions).sort()));

  test.each(Object.entries(orderWalks))(
    '%s is walked',
    async (name, walk) => {
      await client.query(`delete from walked where thing = 'order'`);
      await walk();
      const taken = await waysOf('order');
      expect(waysIn(orderTransitions[name as OrderTransition]).filter((way) => taken.has(way))).not.toEqual([]);
      const legal = new Set(Object.values(orderTransitions).flatMap(waysIn));
      expect([...taken].filter((way) => !legal.has(way) && way !== 'EXECUTED → EXECUTED')).toEqual([]);
    },
    60_000,
  );
});

describe('every transition of an item of a request', () => {
  test('has a walk', () => expect(Object.keys(itemWalks).sort()).toEqual(Object.keys(itemTransitions).sort()));

  test.each(Object.entries(itemWalks))(
    '%s is walked',
    async (name, walk) => {
      await client.query(`delete from walked where thing = 'item'`);
      await walk();
      const taken = await waysOf('item');
      expect(waysIn(itemTransitions[name as ItemTransition]).filter((way) => taken.has(way))).not.toEqual([]);
    },
    60_000,
  );
});
