// The schedule of tries: domain.md §2 as a table.
import { describe, expect, test } from '@jest/globals';
import { circuitStatuses, closedCircuit } from '#src/domain/circuit.js';
import { circuitWait, connectionWait, nextTry, releaseSpreadMs } from '#src/domain/retry.js';

const day = 24 * 60 * 60 * 1_000;
const minute = 60_000;

describe('the next try of an order', () => {
  test.each([
    [1, 1_000],
    [2, 3_000],
    [3, 8_000],
    [4, 22_000],
    [5, 60_000],
  ])('waits at most the jittered time after try %i', (triesUsed, most) => {
    expect(nextTry(triesUsed, 0, 0)).toEqual({ kind: 'later', delayMs: 0 });
    expect(nextTry(triesUsed, 0, 0.5)).toEqual({
      kind: 'later',
      delayMs: most / 2,
    });
    expect(nextTry(triesUsed, 0, 1)).toEqual({ kind: 'later', delayMs: most });
  });

  test.each([
    [6, 15 * minute],
    [7, 60 * minute],
    [8, 6 * 60 * minute],
    [9, day],
    [10, day],
    [30, day],
  ])('waits exactly the fixed time after try %i', (triesUsed, delayMs) => {
    expect(nextTry(triesUsed, day, 0.3)).toEqual({ kind: 'later', delayMs });
  });

  test('is given up when it would come later than 28 days after the first failure', () => {
    expect(nextTry(30, 27 * day, 0.5)).toEqual({ kind: 'later', delayMs: day });
    expect(nextTry(31, 27 * day + 1, 0.5)).toEqual({ kind: 'usedUp' });
  });
});

test('a failing connection is called again soon, longer after each failure', () => {
  expect([0, 1, 2, 9].map((failures) => connectionWait(failures, 1))).toEqual([1_000, 1_000, 3_000, 60_000]);
});

describe('an order whose connection failed waits', () => {
  test.each([
    ['as short as one call’s failure, while the circuit is closed', { connectFailures: 1 }, 0.5, 500],
    ['longer after each failure in a row', { connectFailures: 2 }, 0.5, 1_500],
    ['as after one failure when none is counted: it was the first', { connectFailures: 0 }, 1, 1_000],
    ['a minute at most', { connectFailures: 50 }, 1, 60_000],
    ['until the probe, whatever its chance', { status: 'OPEN', probeIntervalSeconds: 30 }, 0.1, 30_000],
    [
      'until the probe, however often it failed',
      { status: 'OPEN', connectFailures: 9, probeIntervalSeconds: 900 },
      0.9,
      900_000,
    ],
    ['not at all where no probe is planned', { status: 'OPEN' }, 0.5, 0],
    ['for a person, when the credentials were refused', { status: 'QUARANTINED' }, 0.5, day],
    ['for a person, when its connector is switched off', { status: 'DISABLED', probeIntervalSeconds: 30 }, 0.5, day],
  ] as const)('%s', (_name, circuit, chance, delayMs) => {
    expect(circuitWait({ ...closedCircuit, ...circuit }, chance)).toBe(delayMs);
  });

  test.each(circuitStatuses)('never longer than a day, never less than nothing: %s', (status) => {
    for (const chance of [0, 0.5, 0.999]) {
      const delayMs = circuitWait({ ...closedCircuit, status, connectFailures: 4, probeIntervalSeconds: 900 }, chance);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(day);
    }
  });
});

test('the waiting orders of a connection that came back are due within 30 s, few of them at once', () => {
  expect([1, 100, 600, 100_000].map(releaseSpreadMs)).toEqual([0, 5_000, 30_000, 30_000]);
});
