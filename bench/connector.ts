// How many orders a second go through queue, worker and connector package into real systems, each against that system's own
// tool with the same changes in the same run; and what a listing of a large directory holds in memory.
// `--count` (3,000 accounts a system), `--entries` (100,000 listed), `--concurrency` (8), `--only directory|shop|chat|listing`, `--json`.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectorCompany, enqueue, makeOrders } from './connector-company.js';
import { type Engine, startEngine } from './connector-engine.js';
import { measureListing } from './connector-listing.js';
import { startDirectory } from './connector-openldap.js';
import { startShop } from './connector-postgresql.js';
import { startChat } from './connector-scimmy.js';
import { type BenchSystem, type Round, rounds } from './connector-system.js';
import { type BenchGround, choiceOption, machine, numberOption, openGround, report } from './ground.js';

/**
 * Of the directory, which writes one entry at a time: 1 is a server that is never idle (docs/decisions/0008-busy-directory.md).
 * The other ratios are shown, and have no floor.
 */
const floor = 0.8;
const goal = 1;

interface Plan {
  readonly count: number;
  readonly concurrency: number;
  readonly folder: string;
}

export async function run(options: readonly string[]): Promise<boolean> {
  const only = choiceOption(options, 'only', ['all', 'directory', 'shop', 'chat', 'listing']);
  const count = numberOption(options, 'count', 3_000);
  const concurrency = numberOption(options, 'concurrency', 8);
  const entries = numberOption(options, 'entries', 100_000);
  const loadAtStart = loadavg()[0] ?? 0;
  const folder = await mkdtemp(join(tmpdir(), 'joinery-bench-connectors-'));
  // Servers that give up root's rights must reach what is theirs.
  await chmod(folder, 0o755);
  const ground = await openGround();
  const common = () => ({
    machine: machine(),
    load: { start: round(loadAtStart), now: round(loadavg()[0] ?? 0) },
    versions: ground.versions,
  });
  try {
    const figures = await measureSystems(ground, { count, concurrency, folder }, only);
    for (const figure of figures) report(options, { benchmark: 'connectors', ...figure, ...common() });
    const listing = only === 'all' || only === 'listing' ? await measureListing(ground, folder, entries) : null;
    if (listing !== null) report(options, { benchmark: 'connectors', ...listing, ...common() });
    return [...figures, ...(listing === null ? [] : [listing])].every(({ isFloorReached }) => isFloorReached !== false);
  } finally {
    await ground.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureSystems(ground: BenchGround, plan: Plan, only: string): Promise<readonly Figure[]> {
  const starts: Readonly<Record<string, () => Promise<BenchSystem>>> = {
    directory: () => startDirectory(plan.folder),
    shop: () => startShop(plan.folder),
    chat: () => startChat(plan.concurrency),
  };
  const systems: BenchSystem[] = [];
  try {
    for (const [name, start] of Object.entries(starts))
      if (only === 'all' || only === name) systems.push(await start());
    if (systems.length === 0) return [];
    const engine = await startEngine(ground, connectorCompany(systems, plan.concurrency));
    try {
      const figures: Figure[] = [];
      for (const system of systems) for (const each of rounds) figures.push(await measure(engine, system, each, plan));
      return figures;
    } finally {
      await engine.stop();
    }
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}

interface Figure {
  readonly isFloorReached: boolean | null;
}

/** The tool before and after the orders, so that a machine which gets faster or slower meanwhile favours nobody. */
async function measure(
  engine: Engine,
  system: BenchSystem,
  each: Round,
  { count, concurrency }: Plan,
): Promise<Figure> {
  // The first calls start the package's process and open its connections.
  await carryOut(engine, system, names('warm', 2 * concurrency), each);
  const before = await timed(() => system.change(names('before', count), each));
  const orders = await carryOut(engine, system, names('order', count), each);
  const spent = await engine.timeSpent(count);
  const after = await timed(() => system.change(names('after', count), each));
  const ratioToControl = (before + after) / 2 / orders;
  const hasFloor = system.name === 'directory';
  return {
    system: system.name,
    package: system.package,
    change: each,
    ordersPerSecond: round((count / orders) * 1_000),
    controlPerSecond: round((count / ((before + after) / 2)) * 1_000),
    ratioToControl: round(ratioToControl),
    ...(hasFloor ? { floor, goal } : {}),
    isFloorReached: hasFloor ? ratioToControl >= floor : null,
    ...spent,
    control: system.control,
    controlSeconds: [round(before / 1_000), round(after / 1_000)],
    n: count,
    concurrency,
  } as Figure;
}

/** Milliseconds from the commit that enqueues them until the last is executed. Resolves when all have been read back. */
async function carryOut(
  engine: Engine,
  system: BenchSystem,
  accounts: readonly string[],
  each: Round,
): Promise<number> {
  await makeOrders(engine.database, system, accounts, each);
  const elapsed = await timed(async () => {
    await enqueue(engine.database);
    await engine.untilExecuted();
  });
  await engine.untilVerified();
  return elapsed;
}

const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

async function timed(act: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

const round = (value: number): number => Math.round(value * 100) / 100;
