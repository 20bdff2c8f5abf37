// The schedule of tries: domain.md §2 as a table.
import { describe, expect, test } from '@jest/globals';
import { connectionWait, nextTry, releaseSpreadMs } from '#src/domain/retry.js';

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

test('the waiting orders of a connection that came back are due within 30 s, few of them at once', () => {
  expect([1, 100, 600, 100_000].map(releaseSpreadMs)).toEqual([0, 5_000, 30_000, 30_000]);
});
