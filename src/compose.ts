// The composition root: which part is made of what. Wires, decides nothing; the order of starting is program.ts'.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { coalescedOrders, coalescedVerifications } from './adapters/coalescing.js';
import { configurationReader } from './adapters/configuration.js';
import { connectorGateway } from './adapters/connector.js';
import { configuredLoader } from './adapters/connector-isolation.js';
import { connectorPackages } from './adapters/connector-package.js';
import { processEnvironment } from './adapters/environment.js';
import { celCompiler } from './adapters/expression.js';
import { keyedDigest } from './adapters/installation-key.js';
import { exportWriters } from './adapters/export-writer.js';
import { leaseKeeper } from './adapters/lease.js';
import { pauseFor } from './adapters/pause.js';
import { resourceHost } from './adapters/resource-host.js';
import { scheduleReader } from './adapters/schedule.js';
import { keyRing } from './adapters/secret-key.js';
import { secretSeals } from './adapters/secret-seal.js';
import type { Config } from './config.js';
import { planComputer, planner } from './steps/plan-role-model.js';
import type { ApiPorts } from './steps/ports/api.js';
import type { FeedBell } from './steps/ports/feed.js';
import { configurationStore, modelSource } from './store/configuration.js';
import { overlaySource } from './store/connection.js';
import { candidateStore } from './store/configuration-candidate.js';
import { connectionHealthStore } from './store/connection-health.js';
import type { Database } from './store/database.js';
import { relayLeadership, sequencerLeadership } from './store/leadership.js';
import { leftoverStore } from './store/leftover.js';
import { orderDispatchStore } from './store/order-dispatch.js';
import { ownedResourceStore } from './store/owned-resource.js';
import { partitionStore } from './store/partition.js';
import { orderExecutionStore } from './store/provisioning-order.js';
import { stepStores } from './store/step.js';
import { sweepStore } from './store/sweep.js';
import { synchronizationStore } from './store/synchronization.js';
import { taskPartStore } from './store/task-part.js';
import { verificationStore } from './store/verification.js';
import { actorDirectory } from './store/views/actor.js';
import { apiViews } from './store/views/api.js';
import { demoDirectory } from './store/views/demo.js';
import { orderProgressView } from './store/views/order-progress.js';
import type { WorkerLog } from './workers/log.js';
import type { Queues } from './workers/queue.js';
import { workerPorts } from './workers/part.js';
import type { WorkerPorts } from './workers/worker.js';

/** What both roles stand on. */
export type Ground = ReturnType<typeof composeGround>;

export function composeGround(config: Config, database: Database, now?: () => Date) {
  const environment = processEnvironment(config.timeZone, now);
  const configurations = configurationStore(database);
  const elapsed = () => performance.now();
  const models = modelSource(configurations, { compiler: celCompiler, elapsed, overlays: overlaySource(database) });
  const seals = secretSeals(keyRing(config));
  return { config, database, environment, configurations, models, seals, loadPackage: configuredLoader(config) };
}

/** What files of the configuration are read against. */
export const readingOptions = ({ config, database, loadPackage }: Ground) => ({
  timeZone: config.timeZone,
  loadPackage,
  keptConnections: async () => (await overlaySource(database).read()).connections,
});

/** Ports that the API and the workers use alike: a step is the same whoever calls it. */
function composeSteps({ database, environment, models, configurations }: Ground) {
  const candidates = { ...candidateStore(database), compile: models.compile, expire: models.expire };
  const steps = { ...stepStores(database, models, environment), configurations, candidates };
  return { ...steps, computer: planComputer(steps) };
}

export function composeApi(
  ground: Ground,
  bell: FeedBell,
  queueBackend: 'redis' | 'postgres',
  version: string,
): ApiPorts {
  const { config, database, environment, models, seals } = ground;
  const steps = composeSteps(ground);
  return {
    ...steps,
    seals,
    modelRefresh: models,
    ...apiViews(database, models, environment),
    server: { version, isDemo: config.demo, queueBackend },
    schedules: scheduleReader,
    planner: planner(steps),
    connectorPackages: connectorPackages(ground.loadPackage),
    configurationReader: configurationReader(readingOptions(ground)),
    expressions: celCompiler,
    pause: pauseFor,
    bell,
  };
}

export const composeSignIn = ({ database, models, environment }: Ground) => ({
  actors: actorDirectory(database, models, environment),
  demo: demoDirectory(database, models, environment),
});

/** `leading`: a pool of its own for the relay and the sequencer, which hold a connection each as long as they lead. */
export function composeWorkers(ground: Ground, leading: Database, queues: Queues, log: WorkerLog): WorkerPorts {
  const { config, database, environment, models } = ground;
  const steps = composeSteps(ground);
  const orders = coalescedOrders(
    orderExecutionStore(database, `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`, environment.digest),
  );
  const circuitPace = { firstSeconds: config.circuitProbeSeconds, maximumSeconds: config.circuitProbeMaxSeconds };
  return workerPorts({
    ...steps,
    environment,
    models,
    modelRefresh: models,
    gateway: composeGateway(ground),
    orders,
    leases: leaseKeeper(orders.renew),
    verifications: coalescedVerifications(verificationStore(database)),
    health: connectionHealthStore(database, circuitPace),
    elapsed: () => performance.now(),
    progress: orderProgressView(database),
    dispatch: orderDispatchStore(database),
    parts: taskPartStore(database, environment),
    synchronizations: synchronizationStore(database),
    exporting: { ...steps, ...apiViews(database, models, environment), writers: exportWriters },
    sweeps: sweepStore(database),
    relays: relayLeadership(leading),
    sequencers: sequencerLeadership(leading),
    partitions: partitionStore(database),
    leftovers: leftoverStore(database),
    queues,
    log,
    served: config.queues,
    concurrency: { orders: config.queueConcurrency, computations: config.computeConcurrency },
  });
}

/** Settings of connections are resolved here and nowhere else; only they see the environment's secrets. */
export function composeGateway({ config, database, environment, models, seals, loadPackage }: Ground) {
  return connectorGateway({
    models,
    load: loadPackage,
    host: resourceHost({ models, resources: ownedResourceStore(database, environment) }),
    digest: keyedDigest(config),
    now: () => performance.now(),
    settings: { dataFolder: config.home, environment: config.variable, seals },
  });
}
