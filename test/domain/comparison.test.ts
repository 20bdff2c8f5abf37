// When two values count as the same.
import { describe, expect, test } from '@jest/globals';
import { matches, traitsOf } from '../../src/domain/comparison.js';

const comparing = (comparison: 'EXACT' | 'IGNORE_CASE' | 'IGNORE_DIACRITICS') =>
  traitsOf({ comparison, isMapped: true });

describe('values', () => {
  test.each([
    ['Émilie', 'Émilie', true, true, true],
    ['Émilie', 'ÉMILIE', false, true, true],
    ['Émilie', 'emilie', false, false, true],
    ['Straße', 'STRASSE', false, true, true],
    ['Émilie', 'Amélie', false, false, false],
    ['', null, true, true, true],
    ['x', null, false, false, false],
    [1, '1', false, false, false],
  ] as const)(
    '%p and %p are the same exactly %p, whatever the case %p, whatever the accents %p',
    (a, b, ...expected) => {
      expect([
        matches(a, b, comparing('EXACT')),
        matches(a, b, comparing('IGNORE_CASE')),
        matches(a, b, comparing('IGNORE_DIACRITICS')),
      ]).toEqual(expected);
    },
  );

  test('a letter with its accent and the same letter in two signs are the same whatever the case', () => {
    expect(matches('\u00e9', 'e\u0301', comparing('IGNORE_CASE'))).toBe(true);
  });

  test('plain rules leave no trace in the documents', () => {
    expect(traitsOf({ comparison: 'EXACT', isMapped: true })).toEqual({});
    expect(traitsOf({ comparison: 'IGNORE_CASE', isMapped: false })).toEqual({
      comparison: 'IGNORE_CASE',
      isMapped: false,
    });
  });
});
