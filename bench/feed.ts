// How long it takes from a commit until a reader of the feed holds the event: sequencer, wake-up and page included.
// `--count` (2,000 commits), `--rate` (200 a second), `--readers` (20), `--json`.
import { setTimeout as delay } from 'node:timers/promises';
import { processLog } from '#src/adapters/log.js';
import { openDatabase } from '#src/store/data-source.js';
import type { Database } from '#src/store/database.js';
import { appendFacts } from '#src/store/event.js';
import { openFeedBell } from '#src/store/feed-bell.js';
import { sequencerLeadership } from '#src/store/leadership.js';
import { feedView } from '#src/store/views/feed.js';
import { startSequencer } from '#src/workers/sequencer.js';
import { type BenchGround, machine, numberOption, openGround, report } from './ground.js';

const floorMs = 250;
const goalMs = 50;

export async function run(options: readonly string[]): Promise<boolean> {
  const [count, rate, readers] = [
    numberOption(options, 'count', 2_000),
    numberOption(options, 'rate', 200),
    numberOption(options, 'readers', 20),
  ];
  const ground = await openGround();
  try {
    const latencies = (await measure(ground, count, rate, readers)).toSorted((a, b) => a - b);
    const quantile = (share: number): number => Math.round(latencies[Math.floor((latencies.length - 1) * share)] ?? 0);
    report(options, {
      benchmark: 'feed',
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      floorMs,
      goalMs,
      isFloorReached: quantile(0.99) <= floorMs,
      received: latencies.length,
      n: count,
      rate,
      readers,
      rssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      machine: machine(),
      versions: ground.versions,
    });
    return quantile(0.99) <= floorMs && latencies.length === count * readers;
  } finally {
    await ground.stop();
  }
}

/** One latency for each event and reader, in milliseconds. */
async function measure(
  { databaseUrl }: BenchGround,
  count: number,
  rate: number,
  readers: number,
): Promise<readonly number[]> {
  const database = await openDatabase({ url: databaseUrl }, Math.random);
  const leading = await openDatabase({ url: databaseUrl, poolSize: 2 }, Math.random);
  const bell = await openFeedBell({ url: databaseUrl });
  const sequencer = startSequencer({ sequencers: sequencerLeadership(leading), log: processLog('warn', 'bench') });
  const committedAt: number[] = [];
  const feed = feedView(database);
  const reading = Array.from({ length: readers }, () => read(feed, bell, committedAt, count));
  await delay(500);
  await commitAt(database, committedAt, count, rate);
  const latencies = (await Promise.all(reading)).flat();
  await bell.close();
  await sequencer.stop();
  await database.close();
  await leading.close();
  return latencies;
}

/** Commits at a steady rate, whatever each one takes. */
async function commitAt(database: Database, committedAt: number[], count: number, rate: number): Promise<void> {
  const started = performance.now();
  const commits: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    await delay(Math.max(0, started + (n * 1_000) / rate - performance.now()));
    commits.push(commit(database, committedAt, n));
  }
  await Promise.all(commits);
}

async function commit(database: Database, committedAt: number[], n: number): Promise<void> {
  await database.transaction((sql) => appendFacts(sql, [{ kind: 'OrderExecuted', detail: { n } }]));
  committedAt[n] = performance.now();
}

type Feed = ReturnType<typeof feedView>;
type Bell = Awaited<ReturnType<typeof openFeedBell>>;

async function read(feed: Feed, bell: Bell, committedAt: readonly number[], count: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  const never = new AbortController().signal;
  for (let position = 0n; latencies.length < count; ) {
    const page = await feed.page({ from: position + 1n, kinds: ['OrderExecuted'], limit: 500 });
    const at = performance.now();
    // A commit may be seen before its own writer hears of it.
    for (const { detail } of page.facts) latencies.push(Math.max(0, at - (committedAt[Number(detail?.n)] ?? at)));
    if (page.facts.length === 0) await bell.wait(position, never);
    else position = page.until;
  }
  return latencies;
}
