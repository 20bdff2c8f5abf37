// How many identities a second the role model is computed for: the first time with orders and outbox, a complete run that
// changes nothing (against just reading the same rows, in the same run), and an incremental run of 100.
// `--identities` (10,000), `--model` (rich; plain leaves contexts, offsets and unique values out), `--json`.
import { performance } from 'node:perf_hooks';
import { processEnvironment } from '#src/adapters/environment.js';
import { celCompiler } from '#src/adapters/expression.js';
import { compileModel } from '#src/domain/role-model/compile.js';
import { computeRoleModel } from '#src/steps/compute-role-model.js';
import { dispatchOrders } from '#src/steps/dispatch-orders.js';
import { generateOrders } from '#src/steps/generate-orders.js';
import { openDatabase } from '#src/store/data-source.js';
import type { Database } from '#src/store/database.js';
import { orderDispatchStore } from '#src/store/order-dispatch.js';
import { orderGenerationStore } from '#src/store/order-generation.js';
import { roleModelStore } from '#src/store/role-model.js';
import { choiceOption, machine, numberOption, openPostgres, report } from './ground.js';
import { carryOut, configurations, makePeople, type ModelName, models, touchPeople } from './role-model-company.js';

const floors = { first: 300, unchanged: 1_500, incrementalSeconds: 2 } as const;
const goals = { first: 1_000, unchanged: 5_000 } as const;
const dirtyCount = 100;
const rounds = 3;

export async function run(options: readonly string[]): Promise<boolean> {
  const count = numberOption(options, 'identities', 10_000);
  const ground = await openPostgres();
  const database = await openDatabase({ url: ground.databaseUrl, poolSize: 6 }, Math.random);
  try {
    await makePeople(database, count);
    const model = choiceOption(options, 'model', models);
    const figures = await measure(database, count, model);
    const shared = { n: count, model: `1s-50m-5t-100a ${model}`, machine: machine(), versions: ground.versions };
    for (const figure of figures) report(options, { ...figure, rssMb: peakRss(), ...shared });
    return figures.every(({ isFloorReached }) => isFloorReached);
  } finally {
    await database.close();
    await ground.stop();
  }
}

interface Figure extends Readonly<Record<string, unknown>> {
  readonly isFloorReached: boolean;
}

async function measure(database: Database, count: number, modelName: ModelName): Promise<readonly Figure[]> {
  const ports = portsOf(database, modelName);
  const first = await firstRun(ports, count);
  await carryOut(database);
  const unchanged = await unchangedRuns(ports, count);
  await touchPeople(database, Math.min(dirtyCount, count));
  return [first, unchanged, await incrementalRun(ports)];
}

function portsOf(database: Database, modelName: ModelName) {
  const model = compileModel(1, configurations[modelName], celCompiler());
  return {
    database,
    environment: processEnvironment('UTC'),
    models: { current: () => Promise.resolve(model) },
    roleModel: roleModelStore(database),
    orderGeneration: orderGenerationStore(database),
    dispatch: orderDispatchStore(database),
    gateway: { packageOf: () => Promise.resolve({ ...benchPackage }) },
  };
}
type Ports = ReturnType<typeof portsOf>;

const benchPackage = {
  name: 'bench',
  version: '0',
  displayName: 'bench',
  capabilities: [],
  settingsSchema: {},
  open: () => Promise.reject(new Error('Nothing is written to a target here.')),
};

async function firstRun(ports: Ports, count: number): Promise<Figure> {
  const compute = await timed(() => computeRoleModel(ports, { scope: { kind: 'all' } }));
  const generate = await timed(() => generateOrders(ports));
  const dispatch = await timed(() => dispatchOrders(ports));
  const identitiesPerSecond = count / (compute.seconds + generate.seconds + dispatch.seconds);
  return {
    benchmark: 'compute.first',
    identitiesPerSecond: Math.round(identitiesPerSecond),
    computePerSecond: Math.round(count / compute.seconds),
    orders: generate.result.counters.created,
    floor: floors.first,
    goal: goals.first,
    isFloorReached: identitiesPerSecond >= floors.first,
  };
}

/** The controls do nothing with what they read. Rounds alternate; the middle one counts. */
async function unchangedRuns(ports: Ports, count: number): Promise<Figure> {
  const control: number[] = [];
  const ownRead: number[] = [];
  const compute: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    control.push((await timed(() => readRows(ports.database))).seconds);
    ownRead.push((await timed(() => readPages(ports))).seconds);
    const { seconds, result } = await timed(() => computeRoleModel(ports, { scope: { kind: 'all' } }));
    if (result.counters.skipped !== count) throw new Error(`A run was to change nothing: ${JSON.stringify(result)}`);
    compute.push(seconds);
  }
  const identitiesPerSecond = count / middle(compute);
  const controlPerSecond = count / middle(control);
  return {
    benchmark: 'compute.unchanged',
    identitiesPerSecond: Math.round(identitiesPerSecond),
    controlPerSecond: Math.round(controlPerSecond),
    ratioToControl: rounded(identitiesPerSecond / controlPerSecond),
    ratioToOwnStatements: rounded(identitiesPerSecond / (count / middle(ownRead))),
    floor: floors.unchanged,
    goal: goals.unchanged,
    isFloorReached: identitiesPerSecond >= floors.unchanged,
  };
}

/** The same rows, each as a row, in pages of the same size: identities, their states and roles, accounts with the hash of what they own. */
async function readRows(database: Database): Promise<number> {
  let read = 0;
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: readonly { readonly id: string }[] } = await database.query(
      `select r.id, r.key, r.attributes, r.hash, s.* from resource r left join identity_state s on s.identity_id = r.id
       where r.entity_type = 'person' and ($1::uuid is null or r.id > $1) order by r.id limit 500`,
      [after],
    );
    const ids = rows.map(({ id }) => id);
    const accounts = await database.query(
      `select a.id, a.identity_id, a.resource_type, a.resource_key, a.resource_id, a.is_due, a.expected_hash, a.observed_hash, a.base_hash,
         a.workflow_state, a.provisioning_state, a.desired_version, a.ordered_version, o.hash
       from resource_assignment a left join resource o on o.id = a.resource_id where a.identity_id = any($1::uuid[])`,
      [ids],
    );
    await database.query('select * from role_assignment where identity_id = any($1::uuid[])', [ids]);
    read += rows.length + accounts.rows.length;
    if (rows.length < 500) return read;
    after = ids.at(-1) ?? null;
  }
}

/** By the computation's own statements, which answer one row an identity. */
async function readPages({ roleModel }: Ports): Promise<number> {
  let read = 0;
  for await (const page of roleModel.pages(
    { entityType: 'person', positions: null, hierarchies: [] },
    { kind: 'all' },
    '2031-01-01',
  ))
    read += page.length;
  return read;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

async function incrementalRun(ports: Ports): Promise<Figure> {
  const { seconds, result } = await timed(() => computeRoleModel(ports, { scope: { kind: 'dirty' } }));
  return {
    benchmark: 'compute.incremental',
    seconds: Math.round(seconds * 1_000) / 1_000,
    dirty: result.counters.read,
    changed: result.counters.updated,
    floorSeconds: floors.incrementalSeconds,
    isFloorReached: seconds <= floors.incrementalSeconds,
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly result: T }> {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1_000, result };
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const peakRss = (): number => Math.round(process.resourceUsage().maxRSS / 1_024);
