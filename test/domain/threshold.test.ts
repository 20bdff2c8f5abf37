// The arithmetic of one limit: absolute figure, percentage, floor.
import { expect, test } from '@jest/globals';
import { exceededLimit } from '../../src/domain/threshold.js';

const rows = { absolute: 100, percent: 5, percentFloor: 5 };

test.each([
  ['lets nothing through as nothing', 0, 0, rows, null],
  ['lets the floor through, however large its share', 5, 6, rows, null],
  [
    'stops at one more than the floor when the share is passed',
    6,
    100,
    rows,
    { measure: 'percent', limit: 5, actual: 6 },
  ],
  ['lets exactly the share through', 30, 600, rows, null],
  ['stops just above the share', 31, 600, rows, { measure: 'percent', limit: 5, actual: 6 }],
  ['lets exactly the absolute figure through', 100, 100_000, rows, null],
  [
    'stops above the absolute figure whatever the share',
    101,
    100_000,
    rows,
    { measure: 'absolute', limit: 100, actual: 101 },
  ],
  [
    'takes any count above the floor of an empty base as all of it',
    6,
    0,
    rows,
    { measure: 'percent', limit: 5, actual: 100 },
  ],
  ['knows no absolute figure when it is off', 100_000, 1_000_000, { ...rows, absolute: null, percent: 30 }, null],
  ['knows no share when it is off', 90, 90, { ...rows, percent: null }, null],
] as const)('%s', (_name, count, base, limit, expected) => {
  expect(exceededLimit(count, base, limit)).toEqual(expected);
});
