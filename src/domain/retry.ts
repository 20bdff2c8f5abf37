// When an order that failed is tried again. Owns the schedule of domain.md §2; leaves which failures cost a try to outcome.ts.
import type { Circuit } from './circuit.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Upper ends of the first waits; each wait is drawn from zero to its end, so that many orders do not come back at once. */
const jitteredWaits = [1 * second, 3 * second, 8 * second, 22 * second, 60 * second] as const;
const fixedWaits = [15 * minute, 1 * hour, 6 * hour, 24 * hour] as const;
const lastWait = 1 * day;
/** Since the first failure. */
const givenUpAfter = 28 * day;
const untilSomebodyActs = 1 * day;

export type NextTry = { readonly kind: 'later'; readonly delayMs: number } | { readonly kind: 'usedUp' };

/**
 * `triesUsed`: tries that failed, the present one included (from 1). `sinceFirstFailureMs`: 0 at the first failure.
 * `chance`: from 0 (included) to 1 (excluded).
 */
export function nextTry(triesUsed: number, sinceFirstFailureMs: number, chance: number): NextTry {
  const delayMs = waitOf(triesUsed, chance);
  return sinceFirstFailureMs + delayMs > givenUpAfter ? { kind: 'usedUp' } : { kind: 'later', delayMs };
}

function waitOf(triesUsed: number, chance: number): number {
  const jittered = jitteredWaits[triesUsed - 1];
  if (jittered !== undefined) return Math.ceil(jittered * chance);
  return fixedWaits[triesUsed - 1 - jitteredWaits.length] ?? lastWait;
}

/** The wait before a connection's circuit opens: short, because nothing is known yet. It costs no try. */
export function connectionWait(connectFailures: number, chance: number): number {
  return waitOf(Math.min(Math.max(connectFailures, 1), jitteredWaits.length), chance);
}

/** Of an order of that connection. Only what is shown: a connection that comes back makes its orders due earlier. */
export function circuitWait({ status, connectFailures, probeIntervalSeconds }: Circuit, chance: number): number {
  switch (status) {
    case 'CLOSED':
      return connectionWait(connectFailures, chance);
    case 'OPEN':
      return (probeIntervalSeconds ?? 0) * second;
    case 'QUARANTINED':
    case 'DISABLED':
      return untilSomebodyActs;
    default:
      return status satisfies never;
  }
}

/** Over how many milliseconds the waiting orders of a connection that came back become due: at most 30 s. */
export const releaseSpreadMs = (waiting: number): number => Math.min(30 * second, Math.floor(waiting / 20) * second);
