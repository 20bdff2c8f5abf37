// Orders of several accounts, and their settlements in one batch or one at a time: what the tests of given keys are made of.
import { randomUUID } from 'node:crypto';
import type { ExpectedResource } from '../../src/domain/assignment.js';
import { inComparedOrder } from '../../src/domain/given-key.js';
import { expectedText } from '../../src/domain/role-model/evaluation.js';
import type { HeldOrder, OrderExecutionBatches, Settlement } from '../../src/steps/ports/provisioning-order.js';
import type { Database } from '../../src/store/database.js';
import { orderExecutionStore } from '../../src/store/provisioning-order.js';
import { type MadeOrder, makeOrder, makeOrders, openWorld } from '../support/execution-world.js';

export interface Batches {
  readonly database: Database;
  readonly store: OrderExecutionBatches;
  rows(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Of a wish as an account keeps it. */
  hashOf(expected: unknown): string;
  close(): Promise<void>;
}

export async function openBatches(): Promise<Batches> {
  const { database, provision, close } = await openWorld({ name: 'given_key_batch' });
  const { digest } = provision.environment;
  return {
    database,
    store: orderExecutionStore(database, 'test', digest),
    rows: async (text, values = []) => (await database.query<Row>(text, values)).rows,
    hashOf: (expected) => digest(expectedText(inComparedOrder(expected as ExpectedResource))),
    close,
  };
}

export type Row = Readonly<Record<string, unknown>>;

/** What is in the rows, without ids and times: equal for equal outcomes. By the number of their first order. */
export interface Outcome {
  readonly answers: readonly boolean[];
  readonly accounts: readonly Row[];
  readonly orders: readonly Row[];
  readonly attempts: readonly Row[];
  readonly facts: readonly Row[];
}

async function outcomeOf({ rows }: Batches, answers: readonly boolean[]): Promise<Outcome> {
  return {
    answers,
    accounts: await rows(
      `select a.resource_key as key, a.expected, a.expected_hash as hash, a.delta, a.provisioning_state as state, r.key as row
       from resource_assignment a left join resource r on r.id = a.resource_id
       order by (select min(number) from provisioning_order o where o.assignment_id = a.id)`,
    ),
    orders: await rows(
      `select state, kind, delta, target, target_resource as line, expected_hash as hash, error ->> 'code' as error, version::int
       from provisioning_order order by number`,
    ),
    attempts: await rows(
      `select t.number, t.outcome, t.error ->> 'code' as error from provisioning_attempt t
       join provisioning_order o on o.id = t.order_id order by o.number, t.number`,
    ),
    facts: await rows(`select kind from event where kind <> 'OrderStarted' order by id`),
  };
}

/** Settlements of orders that it made and claimed. */
export type Story = () => Promise<readonly Settlement[]>;

async function told(batches: Batches, story: Story, settle: OrderExecutionBatches['settle']): Promise<Outcome> {
  await batches.rows(
    'truncate resource, event, provisioning_order, provisioning_attempt, outbox, connection_health cascade',
  );
  return outcomeOf(batches, await settle(await story()));
}

export const inBatch = (batches: Batches, story: Story): Promise<Outcome> => told(batches, story, batches.store.settle);

export const oneByOne = (batches: Batches, story: Story): Promise<Outcome> =>
  told(batches, story, async (settlements) => {
    const answers: boolean[] = [];
    for (const settlement of settlements) answers.push(...(await batches.store.settle([settlement])));
    return answers;
  });

export const create = async (batches: Batches, ...keys: readonly string[]): Promise<readonly MadeOrder[]> => {
  const made = await makeOrders(
    batches.database,
    keys.map((key) => ({ key, mail: `${key}@acme.example` })),
  );
  await comparedWishes(batches);
  return made;
};

/** As a computation leaves them: the hash of each account and of its orders is that of its wish. */
async function comparedWishes({ rows, hashOf }: Batches): Promise<void> {
  const accounts = await rows('select id, expected from resource_assignment');
  for (const { id, expected } of accounts) {
    const hash = hashOf(expected);
    await rows('update resource_assignment set expected_hash = $2 where id = $1', [id, hash]);
    await rows('update provisioning_order set expected_hash = $2 where assignment_id = $1', [id, hash]);
  }
}

export async function claim({ store }: Batches, orders: readonly MadeOrder[]): Promise<readonly HeldOrder[]> {
  const claims = await store.claim(orders.map(({ id }) => id));
  return claims.map((answer) => {
    if (answer.kind !== 'held') throw new Error(`The claim of an order was answered by ${answer.kind}.`);
    return answer.order;
  });
}

export const settlementOf = (
  order: HeldOrder,
  key: string | null,
  kind: 'executed' | 'superseded' = 'executed',
): Settlement => ({
  kind,
  order,
  attempt: { outcome: kind === 'executed' ? 'SUCCEEDED' : 'SKIPPED', error: null, steps: [] },
  // The property with the key is `name` here: creations say it.
  ...(key === null
    ? {}
    : { given: { key, entityType: 'account', keyProperty: 'name', resourceTypes: ['crm-account'] } }),
});

/** Executed, in the order given; `null`: the row bears the key it was asked for. */
export const executed = (orders: readonly HeldOrder[], keys: readonly (string | null)[]): readonly Settlement[] =>
  orders.map((order, at) => settlementOf(order, keys[at] ?? null));

/** A newer wish for the account of that order, ordered under its name. */
export const wishAgain = (
  { database }: Batches,
  after: MadeOrder | undefined,
  mail: string,
  kind: 'CREATE' | 'UPDATE' = 'CREATE',
  key = after?.key,
) => {
  if (after === undefined || key === undefined) throw new Error('There is no order to come after.');
  return makeOrder(database, { key, mail, kind, after });
};

/** Made anew, as one that a person has to approve: an order that nobody had to approve never becomes one. */
export const askFor = ({ rows }: Batches, { id }: MadeOrder): Promise<readonly Row[]> =>
  rows(
    `with gone as (delete from provisioning_order where id = $1 returning *)
     insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version, lane)
     select id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, 'AWAITING_APPROVAL', desired_version, lane from gone`,
    [id],
  );

export async function insertRow({ rows }: Batches, key: string, removed = 'null'): Promise<string> {
  const id = randomUUID();
  await rows(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at, removed_at) values ($1, 'account', $2, '{}', 'h', clock_timestamp(), ${removed})`,
    [id, key],
  );
  return id;
}
