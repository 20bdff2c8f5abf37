// A company with one automatic and one manual way into its CRM, for tests of orders that people decide: accounts are rows as the
// computation leaves them, orders are made, dispatched and answered by their own steps.
import { randomUUID } from 'node:crypto';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { connectorPackages } from '../../src/adapters/connector-package.js';
import type { Actor } from '../../src/domain/actor.js';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import type { Configuration, Profile } from '../../src/domain/configuration.js';
import type { OrderReview } from '../../src/domain/order-review.js';
import { completeOrders, reportOrderErrors } from '../../src/steps/complete-order.js';
import { dispatchOrders } from '../../src/steps/dispatch-orders.js';
import { generateOrders } from '../../src/steps/generate-orders.js';
import { retryOrders } from '../../src/steps/retry-order.js';
import { reviewOrders } from '../../src/steps/review-order.js';
import { takeOrders } from '../../src/steps/take-order.js';
import type { Database } from '../../src/store/database.js';
import { manualOrderStore } from '../../src/store/manual-order.js';
import { orderDispatchStore } from '../../src/store/order-dispatch.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { orderRetryStore } from '../../src/store/order-retry.js';
import { orderReviewStore } from '../../src/store/order-review.js';
import { openWorld, type World } from '../support/execution-world.js';

export interface AccountOptions {
  readonly key: string;
  readonly state?: 'PENDING' | 'AWAITING_APPROVAL';
  readonly resourceType?: 'crm-account' | 'badge';
  readonly kind?: ResourceDelta['kind'];
  readonly mail?: string | null;
  readonly groups?: { readonly add: readonly string[]; readonly remove: readonly string[] };
  /** Of an account that was found. */
  readonly confidencePercent?: number;
  readonly owner?: string;
}

export interface Row extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly version: number;
  readonly state: string;
}

export interface OrderWorld {
  readonly world: World;
  readonly database: Database;
  /** An account with a change to make; answers the row id of the account. */
  account(options: AccountOptions): Promise<string>;
  person(key: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  generate(): Promise<unknown>;
  dispatch(): Promise<unknown>;
  review(
    order: Row,
    review?: Partial<Omit<OrderReview, 'properties'>> & {
      readonly properties?: Readonly<Record<string, OrderReview['decision']>>;
    },
    actor?: Actor,
  ): Promise<{ readonly orderIds: readonly string[]; readonly refusals: readonly { readonly code: string }[] }>;
  retry(
    by: { readonly orderIds?: readonly string[]; readonly fingerprint?: string; readonly byHand?: boolean },
    actor?: Actor,
  ): ReturnType<typeof retryOrders>;
  take(orderIds: readonly string[], actor: Actor, isReleased?: boolean): ReturnType<typeof takeOrders>;
  complete(
    orderIds: readonly string[],
    actor: Actor,
    said?: { readonly externalId?: string; readonly comment?: string },
  ): ReturnType<typeof completeOrders>;
  report(orderIds: readonly string[], actor: Actor, message: string): ReturnType<typeof reportOrderErrors>;
  /** The only order of the account, or the youngest. */
  orderOf(accountId: string): Promise<Row>;
  accountRow(accountId: string): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export const actorOf = (identityId: string, identifier: string, profiles: readonly Profile[]): Actor => ({
  kind: 'identity',
  identityId,
  identifier,
  displayName: identifier,
  profiles,
});
export const reviewer = actorOf(randomUUID(), 'rita', ['operator']);

function withDesk(base: Configuration): Configuration {
  const [crm] = base.connections;
  const [account] = base.resourceTypes;
  if (crm === undefined || account === undefined) throw new Error('The company has a CRM.');
  const desk = {
    ...crm,
    identifier: 'desk',
    displayName: 'Desk',
    package: 'manual',
    settings: { instructions: 'Ask Bo.' },
  };
  const badge = {
    ...account,
    identifier: 'badge',
    displayName: 'Badge',
    connection: 'desk',
    transmittedStateValidityHours: 12,
  };
  return {
    ...base,
    connections: [crm, desk],
    entityTypes: base.entityTypes.map((type) =>
      type.identity === null ? type : { ...type, identity: { ...type.identity, samePersonAs: 'same' } },
    ),
    resourceTypes: [account, badge],
    serviceAccounts: [{ identifier: 'bot', displayName: 'Bot', profiles: ['operator'], owner: 'ada' }],
  };
}

export async function openOrderWorld(name: string): Promise<OrderWorld> {
  const world = await openWorld({ name, configure: withDesk });
  const { database, models } = world;
  const { environment } = world.provision;
  const ports = {
    environment,
    models,
    gateway: world.gateway,
    connectorPackages: connectorPackages(loadConnectorPackage),
    orderGeneration: orderGenerationStore(database),
    orderReviews: orderReviewStore(database, models),
    orderRetries: orderRetryStore(database),
    manualOrders: manualOrderStore(database, models),
    dispatch: orderDispatchStore(database),
  };
  const person: OrderWorld['person'] = (key, attributes) => writePerson(database, key, attributes ?? {});
  return {
    world,
    database,
    person,
    account: async (options) => writeAccount(database, options, options.owner ?? (await person(options.key))),
    generate: () => generateOrders(ports),
    dispatch: () => dispatchOrders(ports),
    review: (order, review = {}, actor = reviewer) =>
      reviewOrders(ports, actor, [
        {
          orderId: order.id,
          version: order.version,
          decision: 'APPROVED',
          comment: 'Looked at.',
          postponedUntil: null,
          ...review,
          properties: new Map(
            Object.entries(review.properties ?? {}).map(([property, decision]) => [`account.${property}`, decision]),
          ),
        },
      ]),
    retry: ({ orderIds, fingerprint, byHand }, actor = reviewer) =>
      retryOrders(ports, actor, {
        orderIds: orderIds ?? null,
        fingerprint: fingerprint ?? null,
        byHand: byHand ?? false,
      }),
    take: (orderIds, actor, isReleased = false) => takeOrders(ports, actor, { orderIds, isReleased }),
    complete: (orderIds, actor, { externalId, comment } = {}) =>
      completeOrders(ports, actor, { orderIds, externalId: externalId ?? null, comment: comment ?? null }),
    report: (orderIds, actor, message) => reportOrderErrors(ports, actor, { orderIds, message }),
    orderOf: async (accountId) => {
      const { rows } = await database.query<Row>(
        'select * from provisioning_order where assignment_id = $1 order by number desc limit 1',
        [accountId],
      );
      const [row] = rows;
      if (row === undefined) throw new Error(`There is no order of ${accountId}.`);
      return row;
    },
    accountRow: async (accountId) =>
      (
        await database.query<Readonly<Record<string, unknown>>>('select * from resource_assignment where id = $1', [
          accountId,
        ])
      ).rows[0] ?? {},
    close: () => world.close(),
  };
}

async function writePerson(
  database: Database,
  key: string,
  attributes: Readonly<Record<string, string>>,
): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, 'person', $2, $3, 'h', clock_timestamp())
     on conflict (entity_type, key) do update set attributes = excluded.attributes returning id`,
    [randomUUID(), key, JSON.stringify(attributes)],
  );
  return rows[0]?.id ?? '';
}

async function writeAccount(database: Database, options: AccountOptions, identityId: string): Promise<string> {
  const { key, state = 'AWAITING_APPROVAL', resourceType = 'crm-account', confidencePercent = null } = options;
  const id = randomUUID();
  const delta = changeOf(options);
  const values = Object.fromEntries(delta.scalars.map(({ property, to }) => [property, { value: to, rule: property }]));
  const links = Object.fromEntries(
    delta.links.map(({ property, add }) => [property, Object.fromEntries(add.map((target) => [target, 'link']))]),
  );
  const resourceId = confidencePercent === null ? null : await writeResource(database, key);
  await database.query(
    `insert into resource_assignment (id, identity_id, resource_type, resource_id, resource_key, is_due, expected, expected_hash, workflow_state,
       provisioning_state, delta, base_hash, confidence_percent, pending_roles)
     values ($1, $2, $3, $4, $5, $6, $7, 'wish', 'CALCULATED', $8, $9, 'base', $10, '{seller}')`,
    [
      id,
      identityId,
      resourceType,
      resourceId,
      key,
      delta.kind !== 'DELETE',
      JSON.stringify({ key, rule: 'type', values, links }),
      state,
      JSON.stringify(delta),
      confidencePercent,
    ],
  );
  return id;
}

async function writeResource(database: Database, key: string): Promise<string> {
  const id = randomUUID();
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, 'account', $2, '{}', 'base', clock_timestamp())`,
    [id, key],
  );
  return id;
}

function changeOf({ key, mail = `${key}@acme.test`, groups, ...options }: AccountOptions): ResourceDelta {
  const kind = options.kind ?? (options.confidencePercent === undefined ? 'CREATE' : 'UPDATE');
  const scalars = [
    ...(kind === 'CREATE' ? [{ property: 'name', from: null, to: key, rule: 'name' }] : []),
    ...(mail === null || kind === 'DELETE' ? [] : [{ property: 'mail', from: null, to: mail, rule: 'mail' }]),
  ];
  return { kind, key, scalars, links: groups === undefined ? [] : [{ property: 'groups', ...groups, rules: {} }] };
}
