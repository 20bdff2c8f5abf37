// A world for the tests of execution: a database, one memory connection and its accounts, real stores, gateway and workers.
// Rows are made here as the computation and the generation of orders would make them.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setImmediate as yieldOnce } from 'node:timers/promises';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { type MemoryTarget, memoryTarget } from '@joinery/connector-memory';
import { coalescedOrders, coalescedVerifications } from '../../src/adapters/coalescing.js';
import { connectorGateway } from '../../src/adapters/connector.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { leaseKeeper } from '../../src/adapters/lease.js';
import type { ExpectedResource, ResourceDelta } from '../../src/domain/assignment.js';
import type { ProbePace } from '../../src/domain/circuit.js';
import type { Configuration, ConnectionDefinition } from '../../src/domain/configuration.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import type { ModelSource } from '../../src/steps/ports/model.js';
import type { ProvisionPorts } from '../../src/steps/provision.js';
import type { VerifyPorts } from '../../src/steps/verify.js';
import { connectionHealthStore } from '../../src/store/connection-health.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { orderExecutionStore } from '../../src/store/provisioning-order.js';
import { requestStore } from '../../src/store/request.js';
import { connectionTestStore } from '../../src/store/connection-test.js';
import { sweepStore } from '../../src/store/sweep.js';
import { verificationStore } from '../../src/store/verification.js';
import { relayLeadership, sequencerLeadership } from '../../src/store/leadership.js';
import type { WorkerLog } from '../../src/workers/log.js';
import type { Queues } from '../../src/workers/queue.js';
import type { ExecutionPorts } from '../../src/workers/worker.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { emptyConfiguration, plainIdentityMapping, plainResourceType } from '../domain/definition.js';

export interface WorldOptions {
  /** Of the database. */
  readonly name?: string;
  readonly readsBack?: boolean;
  readonly pace?: ProbePace;
  /** Changes to the memory connection, e.g. `concurrency` or its settings. */
  readonly connection?: Partial<ConnectionDefinition>;
  /** How packages are loaded; left out, into this process. */
  readonly load?: typeof loadConnectorPackage;
  /** Changes to the whole configuration, after those to the connection. */
  readonly configure?: (configuration: Configuration) => Configuration;
}

export interface World {
  readonly database: Database;
  readonly url: string;
  readonly target: MemoryTarget;
  readonly storeName: string;
  readonly provision: ProvisionPorts;
  readonly verify: VerifyPorts;
  readonly gateway: ReturnType<typeof connectorGateway>;
  readonly leases: ReturnType<typeof leaseKeeper>;
  readonly models: ModelSource & { change(connection: Partial<ConnectionDefinition>): void };
  readonly sweeps: ReturnType<typeof sweepStore>;
  /** A worker process' parts, within this one. */
  workerPorts(queues: Queues): ExecutionPorts;
  readonly faults: unknown[];
  close(): Promise<void>;
}

export const connection = 'crm';
export const quiet: WorkerLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const test: TestDatabase = await createTestDatabase(options.name ?? 'execution');
  const database = await openDatabase({ url: test.url, poolSize: 8 }, Math.random);
  const storeName = `store-${randomUUID()}`;
  const models = changingModel(storeName, options.connection ?? {}, options.configure);
  const environment = processEnvironment('UTC');
  const gateway = connectorGateway({
    models,
    load: options.load ?? loadConnectorPackage,
    settings: { dataFolder: '/nowhere', environment: () => undefined },
    digest: environment.digest,
    now: () => performance.now(),
  });
  const orders = coalescedOrders(orderExecutionStore(database, 'test', environment.digest));
  const verifications = coalescedVerifications(verificationStore(database));
  const health = connectionHealthStore(database, options.pace ?? { firstSeconds: 30, maximumSeconds: 900 });
  const leases = leaseKeeper(orders.renew);
  const connectionTests = connectionTestStore(database);
  const faults: unknown[] = [];
  const readsBack = options.readsBack ?? true;
  const onFault = (fault: unknown): void => void faults.push(fault);
  const target = memoryTarget(storeName);
  const provision = { environment, models, orders, leases, health, verifications, gateway, readsBack, onFault };
  const verify = { environment, models, verifications, health, gateway };
  return {
    database,
    url: test.url,
    target,
    storeName,
    gateway,
    leases,
    models,
    faults,
    sweeps: sweepStore(database),
    provision,
    verify,
    workerPorts: (queues) => ({
      relay: { relays: relayLeadership(database), queues, log: quiet },
      sequencer: { sequencers: sequencerLeadership(database), log: quiet },
      provisioning: {
        provision,
        verify,
        test: {
          models,
          modelRefresh: { expire: () => undefined },
          connectionTests,
          health,
          gateway,
          elapsed: () => performance.now(),
        },
        models,
        packages: gateway,
        leases,
        queues,
        log: quiet,
        connections: null,
        concurrency: 8,
      },
      sweep: {
        sweep: { models, sweeps: sweepStore(database), queues },
        probe: { health, gateway },
        waiting: { requests: requestStore(database, models), models },
        log: quiet,
        everyMs: 500,
      },
    }),
    close: async () => {
      await gateway.close();
      await database.close();
      await test.drop();
    },
  };
}

function changingModel(
  storeName: string,
  changes: Partial<ConnectionDefinition>,
  configure: WorldOptions['configure'],
): World['models'] {
  let model = modelOf(storeName, changes, configure);
  return {
    current: async () => model,
    change: (more) => {
      model = modelOf(storeName, { ...changes, ...more }, configure);
    },
  };
}

/** A model with people and accounts in memory; no rules: orders are made by hand. */
export function modelOf(
  storeName: string,
  changes: Partial<ConnectionDefinition> = {},
  configure: WorldOptions['configure'] = (configuration) => configuration,
): CompiledModel {
  return compileModel(1, configure(configurationOf(storeName, changes)), ({ text }) => ({
    ok: true,
    expression: { text, reads: [], variables: new Set(), evaluate: () => '' },
  }));
}

const noThresholds = { rows: 100, percent: 5, percentFloor: 5, links: 1000, linkPercent: 5, linkPercentFloor: 20 };
const propertyOf = (identifier: string, references: string | null = null) => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type: 'string' as const,
  references,
  isMultivalued: references !== null,
  isSecret: false,
});

function configurationOf(storeName: string, changes: Partial<ConnectionDefinition>): Configuration {
  const entityType = (identifier: string, references: readonly string[]) => ({
    identifier,
    displayName: identifier,
    connector: 'crm',
    connection,
    objectType: identifier,
    key: 'id',
    displayProperty: 'id',
    properties: [
      propertyOf('id'),
      propertyOf('name'),
      propertyOf('mail'),
      ...references.map((name) => propertyOf(name, 'group')),
    ],
    lastUsedProperty: null,
    identity: null,
  });
  return {
    ...emptyConfiguration,
    connectors: [{ identifier: 'crm', displayName: 'CRM', thresholds: noThresholds }],
    connections: [
      {
        identifier: connection,
        displayName: 'CRM',
        connector: 'crm',
        package: 'memory',
        settings: { store: storeName, checkLinks: false },
        concurrency: 8,
        ratePerSecond: null,
        deadlineSeconds: 5,
        ...changes,
      },
    ],
    entityTypes: [
      {
        ...entityType('person', []),
        lastUsedProperty: null,
        identity: plainIdentityMapping,
      },
      entityType('account', ['groups']),
      entityType('group', []),
    ],
    policies: [{ identifier: 'main', displayName: 'Main', isSimulated: false }],
    resourceTypes: [
      {
        ...plainResourceType,
        identifier: 'crm-account',
        displayName: 'CRM account',
        sourceEntityType: 'person',
        targetEntityType: 'account',
        policy: 'main',
        connection,
        key: "''",
      },
    ],
  };
}

export interface MadeOrder {
  readonly id: string;
  readonly assignmentId: string;
  readonly identityId: string;
  readonly key: string;
}

export interface OrderOptions {
  readonly key: string;
  readonly kind?: ResourceDelta['kind'];
  readonly mail?: string;
  readonly groups?: { readonly add: readonly string[]; readonly remove: readonly string[] };
  readonly pendingRoles?: readonly string[];
  readonly lane?: number;
  readonly dependsOn?: readonly string[];
  readonly target?: '*';
  /** A further order of this one's account, with the next desired version. */
  readonly after?: MadeOrder;
}

/** An identity with an account and one order for it, queued as dispatch would say it, without an outbox entry. */
export async function makeOrder(database: Database, options: OrderOptions): Promise<MadeOrder> {
  const [made] = await makeOrders(database, [options]);
  if (made === undefined) throw new Error('No order was made.');
  return made;
}

/** In the order given; several of one key are orders of one account. */
export async function makeOrders(database: Database, all: readonly OrderOptions[]): Promise<readonly MadeOrder[]> {
  const made: MadeOrder[] = [];
  for (const options of all) {
    const former = made.findLast(({ key }) => key === options.key);
    made.push(await insertOrder(database, former === undefined ? options : { after: former, ...options }));
  }
  return made;
}

async function insertOrder(database: Database, options: OrderOptions): Promise<MadeOrder> {
  const delta = deltaOf(options);
  const assignment = options.after ?? (await insertAccount(database, options, delta));
  const order = { ...assignment, id: randomUUID() };
  if (options.after !== undefined) {
    await database.query(
      `update resource_assignment set desired_version = desired_version + 1, ordered_version = desired_version + 1, delta = $2,
         provisioning_state = 'PENDING', is_due = $3, pending_roles = $4 where id = $1`,
      [assignment.assignmentId, JSON.stringify(delta), delta.kind !== 'DELETE', options.pendingRoles ?? []],
    );
  }
  await database.query(
    `insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash,
       pending_roles, state, desired_version, lane, depends_on, queued_at)
     select $1, a.id, a.identity_id, 'crm-account', $2, $3, $4, $5, 'hash', $6, 'PENDING', a.desired_version, $7, $8, clock_timestamp()
     from resource_assignment a where a.id = $9`,
    [
      order.id,
      connection,
      options.target ?? `account/${options.key}`,
      delta.kind,
      JSON.stringify(delta),
      options.pendingRoles ?? [],
      options.lane ?? 2,
      options.dependsOn ?? [],
      assignment.assignmentId,
    ],
  );
  return order;
}

async function insertAccount(database: Database, options: OrderOptions, delta: ResourceDelta): Promise<MadeOrder> {
  const [identityId, assignmentId] = [randomUUID(), randomUUID()];
  await database.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, 'person', $2, '{}', 'h', clock_timestamp())`,
    [identityId, `${options.key}-${identityId}`],
  );
  await database.query(
    `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state,
       provisioning_state, desired_version, ordered_version, delta, pending_roles)
     values ($1, $2, 'crm-account', $3, $4, $5, 'hash', 'CALCULATED', 'PENDING', 1, 1, $6, $7)`,
    [
      assignmentId,
      identityId,
      options.key,
      delta.kind !== 'DELETE',
      JSON.stringify(expectedOf(delta)),
      JSON.stringify(delta),
      options.pendingRoles ?? [],
    ],
  );
  return { id: '', assignmentId, identityId, key: options.key };
}

export function deltaOf({ key, kind = 'CREATE', mail, groups }: OrderOptions): ResourceDelta {
  const scalars = [
    ...(kind === 'CREATE' ? [{ property: 'name', from: null, to: key, rule: 'name' }] : []),
    ...(mail === undefined ? [] : [{ property: 'mail', from: null, to: mail, rule: 'mail' }]),
  ];
  return { kind, key, scalars, links: groups === undefined ? [] : [{ property: 'groups', ...groups, rules: {} }] };
}

const expectedOf = (delta: ResourceDelta): ExpectedResource => ({
  key: delta.key,
  rule: 'type',
  values: Object.fromEntries(delta.scalars.map(({ property, to }) => [property, { value: to, rule: property }])),
  links: Object.fromEntries(
    delta.links.map(({ property, add }) => [property, Object.fromEntries(add.map((key) => [key, 'link']))]),
  ),
});

export interface OrderRow {
  readonly state: string;
  readonly attempt: number;
  readonly tries_used: number;
  readonly lease_until: Date | null;
  readonly next_attempt_at: Date | null;
  readonly queued_at: Date | null;
  readonly waiting_reason: string | null;
  readonly is_uncertain: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly evidence: Readonly<Record<string, unknown>> | null;
  readonly waitMs: number | null;
}

export async function orderRow(database: Database, { id }: Pick<MadeOrder, 'id'>): Promise<OrderRow> {
  const { rows } = await database.query<OrderRow>(
    `select *, (extract(epoch from next_attempt_at - clock_timestamp()) * 1000)::float8 as "waitMs" from provisioning_order where id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`There is no order ${id}.`);
  return row;
}

/** Kinds of facts in the order in which they happened, for one order. */
export async function factsOf(database: Database, { id }: Pick<MadeOrder, 'id'>): Promise<readonly string[]> {
  const { rows } = await database.query<{ kind: string }>(
    `select kind from event where body -> 'orders' @> jsonb_build_array(jsonb_build_object('orderId', $1::text)) order by id`,
    [id],
  );
  return rows.map(({ kind }) => kind);
}

/** Makes an order that waits due at once. */
export async function makeDue(database: Database, { id }: Pick<MadeOrder, 'id'>): Promise<void> {
  await database.query('update provisioning_order set next_attempt_at = clock_timestamp() where id = $1', [id]);
}

/** Pretends that the holder of the order died a while ago. */
export async function endLease(database: Database, { id }: Pick<MadeOrder, 'id'>): Promise<void> {
  await database.query('update provisioning_order set lease_until = clock_timestamp() where id = $1', [id]);
  await yieldOnce();
}

/** Hands orders to the relay, as dispatch does. */
export async function dispatch(database: Database, orders: readonly Pick<MadeOrder, 'id'>[], times = 1): Promise<void> {
  await database.query(
    `insert into outbox (queue, name, job_id, row_id, priority)
     select 'provision.' || $2, 'order', id || '-1-' || n, id, 3 from unnest($1::text[]) as id, generate_series(1, $3) as n`,
    [orders.map(({ id }) => id), connection, times],
  );
}
