// A worker process of its own, for tests that kill it: the built program's parts around one memory connection.
// Told by one argument: JSON {databaseUrl, redisUrl, model, readsBack}. Prints `ready` once it works.
import { performance } from 'node:perf_hooks';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { coalescedOrders, coalescedVerifications } from '../../dist/adapters/coalescing.js';
import { connectorGateway } from '../../dist/adapters/connector.js';
import { processEnvironment } from '../../dist/adapters/environment.js';
import { leaseKeeper } from '../../dist/adapters/lease.js';
import { compileModel } from '../../dist/domain/role-model/compile.js';
import { connectionHealthStore } from '../../dist/store/connection-health.js';
import { openDatabase } from '../../dist/store/data-source.js';
import { relayLeadership, sequencerLeadership } from '../../dist/store/leadership.js';
import { orderExecutionStore } from '../../dist/store/provisioning-order.js';
import { requestStore } from '../../dist/store/request.js';
import { sweepStore } from '../../dist/store/sweep.js';
import { verificationStore } from '../../dist/store/verification.js';
import { openQueues } from '../../dist/workers/queue.js';
import { startExecution } from '../../dist/workers/worker.js';

const { databaseUrl, redisUrl, configuration, readsBack } = JSON.parse(process.argv[2] ?? '{}');
const told = (_key, value) => (value instanceof Error ? value.message : value);
const write = (level) => (details, message) =>
  process.stderr.write(`${level} ${message} ${JSON.stringify(details, told)}\n`);
const log = { info: () => {}, warn: write('warn'), error: write('error') };

const database = await openDatabase({ url: databaseUrl, poolSize: 8 }, Math.random);
const environment = processEnvironment('UTC');
const model = compileModel(1, configuration, ({ text }) => ({
  ok: true,
  expression: { text, reads: [], evaluate: () => '' },
}));
const models = { current: async () => model };
const settings = { dataFolder: '/nowhere', environment: () => undefined };
const gateway = connectorGateway({
  models,
  load: loadConnectorPackage,
  settings,
  digest: environment.digest,
  now: () => performance.now(),
});
const orders = coalescedOrders(orderExecutionStore(database, `child-${process.pid}`));
const verifications = coalescedVerifications(verificationStore(database));
const health = connectionHealthStore(database, { firstSeconds: 1, maximumSeconds: 5 });
const leases = leaseKeeper(orders.renew);
const queues = await openQueues({ redisUrl, databaseUrl, log });
const onFault = (fault) => write('error')({ fault: String(fault) }, 'fault');
const provision = { environment, models, orders, leases, health, verifications, gateway, readsBack, onFault };

const workers = startExecution({
  relay: { relays: relayLeadership(database), queues, log },
  sequencer: { sequencers: sequencerLeadership(database) },
  provisioning: {
    provision,
    verify: { environment, models, verifications, health, gateway },
    models,
    packages: gateway,
    leases,
    queues,
    log,
    connections: null,
    concurrency: 8,
  },
  sweep: {
    sweep: { models, sweeps: sweepStore(database), queues },
    probe: { health, gateway },
    waiting: { requests: requestStore(database, models), models },
    log,
    everyMs: 500,
  },
});
process.stdout.write('ready\n');
process.once('SIGTERM', async () => {
  await workers.stop();
  await queues.close();
  await gateway.close();
  await database.close();
});
