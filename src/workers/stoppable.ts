// What every worker gives back, and the loop that most of them are.
import { setTimeout as delay } from 'node:timers/promises';

export interface Stoppable {
  /** Takes nothing new; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** Runs `work` until its signal is aborted; stopping aborts it and waits for it. */
export function runUntilStopped(work: (signal: AbortSignal) => Promise<void>): Stoppable {
  const controller = new AbortController();
  const running = work(controller.signal);
  return {
    stop: async () => {
      controller.abort();
      await running;
    },
  };
}

/** Waits, or returns at once when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Waits; rejects at once when the signal is or gets aborted. */
export async function waitUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
