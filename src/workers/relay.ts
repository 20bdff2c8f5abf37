// Moves outbox entries to their queues: read, add, forget. A crash in between adds a job twice, never loses one.
import type { Leadership, OutboxReader, WaitingEntry } from '../steps/ports/outbox.js';
import type { WorkerLog } from './log.js';
import type { Queues } from './queue.js';
import { pause, runUntilStopped, type Stoppable } from './stoppable.js';

export interface RelayPorts {
  readonly relays: Leadership<OutboxReader>;
  readonly queues: Queues;
  readonly log: WorkerLog;
}

const batchSize = 1_000;
/** Between two looks into an empty outbox; shortly after work there is more to come. */
const lookAgainMs = { soon: 10, later: 50 } as const;
const looksSoon = 100;
const afterFailureMs = 1_000;

export function startRelay(ports: RelayPorts): Stoppable {
  const onFault = (fault: unknown): void =>
    ports.log.error({ err: fault }, 'The relay failed; entries stay in the outbox until it leads again');
  return runUntilStopped((signal) => ports.relays.lead(signal, (outbox, lost) => relay(ports, outbox, lost), onFault));
}

async function relay(ports: RelayPorts, outbox: OutboxReader, signal: AbortSignal): Promise<void> {
  let emptyLooks = 0;
  while (!signal.aborted) {
    const moved = await moveOnce(ports, outbox, signal);
    emptyLooks = moved > 0 ? 0 : emptyLooks + 1;
    // A full batch means more is waiting; a small one, that the next entries are still gathering.
    if (moved < batchSize) await pause(emptyLooks < looksSoon ? lookAgainMs.soon : lookAgainMs.later, signal);
  }
}

async function moveOnce({ queues, log }: RelayPorts, outbox: OutboxReader, signal: AbortSignal): Promise<number> {
  const entries = await outbox.next(batchSize);
  if (entries.length === 0) return 0;
  try {
    await Promise.all(byQueue(entries).map(([name, group]) => addJobs(queues, name, group)));
  } catch (error) {
    log.warn({ err: error, entries: entries.length }, 'The queues cannot be reached; entries stay in the outbox');
    await pause(afterFailureMs, signal);
    return 0;
  }
  await outbox.remove(entries.map(({ id }) => id));
  return entries.length;
}

const byQueue = (entries: readonly WaitingEntry[]): readonly (readonly [string, readonly WaitingEntry[]])[] => {
  const names = [...new Set(entries.map(({ queue }) => queue))];
  return names.map((name) => [name, entries.filter(({ queue }) => queue === name)] as const);
};

async function addJobs(queues: Queues, name: string, entries: readonly WaitingEntry[]): Promise<void> {
  await queues.queue(name).addBulk(
    entries.map((entry) => ({
      name: entry.name,
      data: { id: entry.rowId },
      opts: { jobId: entry.jobId, ...(entry.priority > 0 ? { priority: entry.priority } : {}) },
    })),
  );
}
