// Holds the lease of an execution while its tasks run: renews it, finds out about cancellation, and writes progress and
// log merged. Owns timers and merging; what is written, and under which lease, is the store's.
import { LeaseLost } from '../domain/lease.js';
import { performance } from 'node:perf_hooks';
import type {
  ExecutionClaim,
  ExecutionHolder,
  HeldExecution,
  JobExecutionStore,
  LogLine,
  TaskProgressLine,
} from '../steps/ports/job-execution.js';

export interface HolderOptions {
  readonly executions: Pick<JobExecutionStore, 'renew' | 'record'>;
  /** Aborted when this process stops. */
  readonly stop: AbortSignal;
  /** Default 2,000. Also how fast a cancellation is noticed. */
  readonly renewEveryMs?: number;
  /** Default 250: four messages a second. */
  readonly recordEveryMs?: number;
}

/** The database counts 15 s; giving up earlier leaves no moment in which two hold. */
const giveUpAfterMs = 12_000;
const linesPerTask = 1000;

type End = 'canceled' | 'lost' | 'stopping';

export const executionHolder = (options: HolderOptions): ExecutionHolder => ({
  hold: async (claim, work) => {
    const holding = beginHolding(options, claim);
    try {
      return await work(holding.held);
    } finally {
      holding.end();
    }
  },
});

interface Holding {
  readonly held: HeldExecution;
  end(): void;
}

function beginHolding(options: HolderOptions, claim: ExecutionClaim): Holding {
  const ending = endingOf(options.stop);
  const writer = mergingWriter(options, claim, ending.end);
  const renewal = setInterval(() => void renew(), options.renewEveryMs ?? 2000);
  let renewedAt = performance.now();
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const answer = await options.executions.renew(claim).catch(() => null);
    if (answer === 'lost' || answer === 'canceled') ending.end(answer);
    if (answer !== null) renewedAt = asked;
    else if (asked - renewedAt > giveUpAfterMs) ending.end('lost');
  };
  return {
    held: { signal: ending.signal, ended: ending.reason, ...writer },
    end: () => {
      clearInterval(renewal);
      writer.close();
      ending.forget();
    },
  };
}

function endingOf(stop: AbortSignal) {
  const controller = new AbortController();
  let reason: End | null = null;
  const end = (why: End): void => {
    // A lost lease overrides all: whoever lost it may not even hand the execution back.
    if (reason === null || why === 'lost') reason = why;
    controller.abort();
  };
  const onStop = (): void => end('stopping');
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  return {
    signal: controller.signal,
    end,
    reason: () => reason,
    forget: () => stop.removeEventListener('abort', onStop),
  };
}

function mergingWriter(
  { executions, recordEveryMs = 250 }: HolderOptions,
  claim: ExecutionClaim,
  end: (why: End) => void,
) {
  const progress = new Map<string, TaskProgressLine>();
  let log: LogLine[] = [];
  const lineCounts = new Map<string | null, number>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    if (progress.size === 0 && log.length === 0) return;
    const [lines, entries] = [[...progress.values()], log];
    progress.clear();
    log = [];
    await executions.record(claim, lines, entries);
  };
  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.catch(() => undefined).then(write);
    return writing;
  };
  const later = (): void => {
    timer ??= setTimeout(
      () => void flush().catch((error) => (error instanceof LeaseLost ? end('lost') : undefined)),
      recordEveryMs,
    );
  };
  return {
    progress: (line: TaskProgressLine) => {
      progress.set(line.taskId, line);
      later();
    },
    log: (line: LogLine) => {
      const count = (lineCounts.get(line.taskId) ?? 0) + 1;
      lineCounts.set(line.taskId, count);
      if (count <= linesPerTask) log.push(line);
      if (count === linesPerTask + 1)
        log.push({ ...line, message: `More than ${linesPerTask} lines: the rest is left out.`, fields: null });
      later();
    },
    flush,
    close: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
