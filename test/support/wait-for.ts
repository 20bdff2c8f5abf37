// Waiting for a fact instead of for time: asks again until it holds, and says what was missing when it never does.
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 10,000. */
  readonly deadlineMs?: number;
  /** What is waited for, for the message. */
  readonly what: string;
}

/** The first value of `fact` that is neither undefined, null nor false. A fact that throws does not hold yet. */
export async function waitFor<T>(
  fact: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, undefined | null | false>> {
  const { deadlineMs = 10_000, what } = options;
  const deadline = Date.now() + deadlineMs;
  let last: unknown;
  do {
    try {
      const value = await fact();
      if (holds(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await delay(20);
  } while (Date.now() < deadline);
  throw new Error(`Waited ${deadlineMs} ms for ${what}; last: ${String(last)}.`, { cause: last });
}

function holds<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false;
}
