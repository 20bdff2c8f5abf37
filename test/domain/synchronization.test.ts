// Which readings are blocked, and which rows are not taken.
import { describe, expect, test } from '@jest/globals';
import {
  contentProblem,
  type EntityTypeDifference,
  isUnchanged,
  repeatedKey,
  synchronizationViolations,
} from '../../src/domain/synchronization.js';

const thresholds = { rows: 100, percent: 5, percentFloor: 5, links: 1000, linkPercent: 5, linkPercentFloor: 20 };
const quiet: EntityTypeDifference = {
  entityType: 'person',
  isFirstLoad: false,
  rowsRead: 600,
  rowsBefore: 600,
  linksBefore: 2000,
  inserted: 0,
  updated: 0,
  deleted: 0,
  linksAdded: 0,
  linksRemoved: 0,
};
const names = (...differences: EntityTypeDifference[]) =>
  synchronizationViolations('hr', differences, thresholds).map(({ name }) => name);

describe('thresholds of a reading', () => {
  test.each([
    ['lets an unchanged reading through', [quiet], []],
    ['lets five rows through', [{ ...quiet, rowsBefore: 10, deleted: 5 }], []],
    ['lets 5 % through', [{ ...quiet, deleted: 30 }], []],
    ['blocks more than 5 % of deletions', [{ ...quiet, deleted: 31 }], ['synchronization.delete.percent']],
    [
      'blocks more than 100 insertions',
      [{ ...quiet, rowsBefore: 100_000, inserted: 101 }],
      ['synchronization.insert.absolute'],
    ],
    [
      'blocks each kind by itself',
      [{ ...quiet, updated: 40, deleted: 40 }],
      ['synchronization.update.percent', 'synchronization.delete.percent'],
    ],
    ['does not add up kinds', [{ ...quiet, inserted: 25, updated: 25, deleted: 25 }], []],
    [
      'adds up the entity types of the connector',
      [
        { ...quiet, deleted: 50 },
        { ...quiet, entityType: 'site', deleted: 50 },
      ],
      ['synchronization.delete.percent'],
    ],
    ['exempts a first load', [{ ...quiet, isFirstLoad: true, rowsBefore: 0, inserted: 600 }], []],
    [
      'does not let a first load widen the base of the others',
      [
        { ...quiet, rowsBefore: 20, deleted: 10 },
        { ...quiet, isFirstLoad: true },
      ],
      ['synchronization.delete.percent'],
    ],
    ['lets 20 links through', [{ ...quiet, linksBefore: 20, linksRemoved: 20 }], []],
    [
      'blocks more than 5 % of links',
      [{ ...quiet, linksBefore: 400, linksRemoved: 21 }],
      ['synchronization.link-remove.percent'],
    ],
    [
      'blocks more than 1,000 links',
      [{ ...quiet, linksBefore: 1_000_000, linksAdded: 1001 }],
      ['synchronization.link-add.absolute'],
    ],
  ] as const)('%s', (_name, differences, expected) => {
    expect(names(...differences)).toEqual(expected);
  });

  test('says limit, figure and connector', () => {
    expect(synchronizationViolations('hr', [{ ...quiet, deleted: 360 }], thresholds)).toEqual([
      { name: 'synchronization.delete.absolute', limit: 100, actual: 360, scope: 'hr', scopeKind: 'connector' },
    ]);
  });
});

test('is unchanged only without any row that differs', () => {
  expect(isUnchanged([quiet, quiet])).toBe(true);
  expect(isUnchanged([quiet, { ...quiet, deleted: 1 }])).toBe(false);
});

test.each([
  [
    'takes a plain row',
    { key: 'a', attributes: { name: 'Zoë 😀', none: null, many: 3 }, links: { groups: ['x'] } },
    null,
  ],
  ['refuses an empty key', { key: ' ', attributes: {}, links: {} }, 'has no key'],
  [
    'refuses NUL in a value',
    { key: 'a', attributes: { name: 'a\0b' }, links: {} },
    'has characters in "name" that are not text',
  ],
  [
    'refuses half a character',
    { key: 'a', attributes: { name: 'a\ud83d' }, links: {} },
    'has characters in "name" that are not text',
  ],
  [
    'refuses it in a link',
    { key: 'a', attributes: {}, links: { groups: ['\ude00'] } },
    'has a link in "groups" with characters that are not text',
  ],
  ['refuses it in a key', { key: '\0', attributes: {}, links: {} }, 'has a key with characters that are not text'],
] as const)('%s', (_name, content, expected) => {
  expect(contentProblem(content)).toBe(expected);
});

test('finds a key given twice', () => {
  expect(repeatedKey(['a', 'b', 'a'])).toBe('a');
  expect(repeatedKey(['a', 'b'])).toBeNull();
});
