// A company whose CRM gives the keys of its accounts (memory package, `nameAttribute`): computation, orders, workers and
// synchronisation are the real ones. Accounts are asked for by login, and bear an id from then on.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { type MemoryTarget, memoryTarget } from '@joinery/connector-memory';
import { coalescedOrders, coalescedVerifications } from '../../src/adapters/coalescing.js';
import { connectorGateway } from '../../src/adapters/connector.js';
import { leaseKeeper } from '../../src/adapters/lease.js';
import type { Configuration } from '../../src/domain/configuration.js';
import type { TaskResult } from '../../src/domain/job.js';
import { generateOrders } from '../../src/steps/generate-orders.js';
import { findUnexplained } from '../../src/steps/find-unexplained.js';
import { type ProvisionPorts, provisionOrder } from '../../src/steps/provision.js';
import { synchronize } from '../../src/steps/synchronize.js';
import { verifyOrder } from '../../src/steps/verify.js';
import { connectionHealthStore } from '../../src/store/connection-health.js';
import { orderGenerationStore } from '../../src/store/order-generation.js';
import { orderExecutionStore } from '../../src/store/provisioning-order.js';
import { reconciliationFinder } from '../../src/store/reconciliation-finding.js';
import { synchronizationStore } from '../../src/store/synchronization.js';
import { verificationStore } from '../../src/store/verification.js';
import { plainScalarRule } from '../domain/definition.js';
import { entityType, property } from '../domain/role-model/entity-type.js';
import { company } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';

export interface GivenKeyWorld extends World {
  readonly target: MemoryTarget;
  /** Its name. */
  readonly store: string;
  readonly provision: ProvisionPorts;
  generate(): Promise<unknown>;
  /** Every order that waits, by number, once; answers their kinds and keys as they were asked for. `gateway`: what is done otherwise. */
  work(gateway?: Partial<ProvisionPorts['gateway']>): Promise<readonly string[]>;
  verify(): Promise<void>;
  synchronize(mode?: 'COMPLETE' | 'INCREMENTAL'): Promise<TaskResult>;
  /** Accounts that nobody owns, as they would be listed for people. */
  findStrays(): Promise<number>;
  rows(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The key that the CRM gave the account of that login; null when there is none. */
  keyOf(login: string): string | null;
}

const thresholds = { rows: 100, percent: 5, percentFloor: 5, links: 1000, linkPercent: 5, linkPercentFloor: 20 };

const scalarRule = (target: string, value: string) => ({
  ...plainScalarRule,
  policy: 'p',
  identifier: target,
  resourceType: 'crm-account',
  property: target,
  value,
  priority: 10,
});

export function givenKeyCompany(store: string): Partial<Configuration> {
  const objectTypes = [
    {
      name: 'crmAccount',
      key: 'guid',
      nameAttribute: 'login',
      attributes: ['login', 'email', 'title'].map((name) => ({ name })),
      links: [{ name: 'groups', targetObjectType: 'crmGroup' }],
    },
  ];
  const connection = {
    identifier: 'crm',
    displayName: 'CRM',
    connector: 'crm',
    package: 'memory',
    settings: { store, objectTypes, checkLinks: false },
    concurrency: 8,
    ratePerSecond: null,
    deadlineSeconds: 5,
  };
  const [person] = company.entityTypes;
  if (person === undefined) throw new Error('The company has people.');
  return {
    connectors: [{ identifier: 'crm', displayName: 'CRM', thresholds }],
    connections: [connection],
    entityTypes: [
      person,
      entityType(
        'crmAccount',
        'guid',
        [
          ...['guid', 'login', 'email', 'title'].map((name) => property(name)),
          property('groups', { isMultivalued: true, references: 'crmGroup' }),
        ],
        { connector: 'crm', connection: 'crm' },
      ),
    ],
    scalarRules: [scalarRule('login', 'person.login'), scalarRule('email', 'person.email')],
    // Nothing but its key says whose an account is.
    correlationRules: [],
  };
}

export async function openGivenKeyWorld(name: string): Promise<GivenKeyWorld> {
  const world = await openWorld(name);
  const { database, ports } = world;
  const store = `store-${randomUUID()}`;
  world.configure(givenKeyCompany(store));
  const { models, environment } = ports;
  const gateway = connectorGateway({
    models,
    load: loadConnectorPackage,
    settings: { dataFolder: '/nowhere', environment: () => undefined },
    digest: environment.digest,
    now: () => performance.now(),
  });
  const orders = coalescedOrders(orderExecutionStore(database, 'test', environment.digest));
  const verifications = coalescedVerifications(verificationStore(database));
  const health = connectionHealthStore(database, { firstSeconds: 30, maximumSeconds: 900 });
  const onFault = (fault: unknown): never => {
    throw fault;
  };
  const leases = leaseKeeper(orders.renew);
  const provision = { environment, models, orders, leases, health, verifications, gateway, readsBack: true, onFault };
  const target = memoryTarget(store);
  const rows = async (text: string) => (await database.query<Record<string, unknown>>(text)).rows;
  return {
    ...world,
    target,
    store,
    provision,
    rows,
    generate: () => generateOrders({ ...ports, orderGeneration: orderGenerationStore(database), gateway }),
    work: async (otherwise = {}) => {
      const waiting = await rows(`select id, delta from provisioning_order where state = 'PENDING' order by number`);
      await database.query('update provisioning_order set next_attempt_at = null');
      for (const { id } of waiting)
        await provisionOrder({ ...provision, gateway: { ...gateway, ...otherwise } }, String(id));
      return waiting.map(({ delta }) => {
        const { kind, key } = delta as { kind: string; key: string };
        return `${kind} ${key}`;
      });
    },
    verify: async () => {
      const executed = await rows(`select id from provisioning_order where state = 'EXECUTED' order by number`);
      for (const { id } of executed)
        await verifyOrder({ environment, models, verifications, health, gateway }, String(id));
    },
    synchronize: (mode = 'COMPLETE') =>
      synchronize(
        { environment, models, gateway, synchronizations: synchronizationStore(database) },
        {
          executionId: environment.newId(),
          taskId: environment.newId(),
          kind: 'SYNCHRONIZE',
          connector: 'crm',
          mode,
          isDryRun: false,
          scope: {},
          launchedBy: 'system:joinery',
          isReleased: false,
        },
        { signal: new AbortController().signal, progress: () => undefined, log: () => undefined },
      ),
    findStrays: async () => {
      await findUnexplained(
        { environment, models, reconciliationFinder: reconciliationFinder(database) },
        { scope: { kind: 'all' } },
      );
      return (await rows(`select * from reconciliation_item where decision is null`)).length;
    },
    keyOf: (login) => target.rows('crmAccount').find(({ attributes }) => attributes.login === login)?.key ?? null,
    close: async () => {
      await gateway.close();
      await world.close();
    },
  };
}
