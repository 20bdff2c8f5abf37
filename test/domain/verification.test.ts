// Whether what was read is what was wished.
import { describe, expect, test } from '@jest/globals';
import type { ResourceDelta } from '#src/domain/assignment.js';
import { fingerprintText } from '#src/domain/failure.js';
import { conformsTo, mismatchesOf, unreadVerdictOf, verificationOf } from '#src/domain/verification.js';

const update: ResourceDelta = {
  kind: 'UPDATE',
  key: 'ann',
  scalars: [
    { property: 'mail', from: null, to: 'ann@acme.test', rule: null },
    { property: 'phone', from: '1', to: null, rule: null },
  ],
  links: [{ property: 'groups', add: ['editors'], remove: ['readers'], rules: {} }],
};
const remove: ResourceDelta = {
  kind: 'DELETE',
  key: 'ann',
  scalars: [],
  links: [],
};

describe('a read-back', () => {
  test('verifies an update whatever else is in the row', () => {
    const observed = {
      key: 'ann',
      attributes: { mail: 'ann@acme.test', phone: '', other: 5 },
      links: { groups: ['editors', 'staff'] },
    };
    expect(verificationOf(update, observed, 0)).toEqual({ kind: 'verified' });
  });
  test('names each value and link that is different', () => {
    const observed = {
      key: 'ann',
      attributes: { mail: 'bob@acme.test' },
      links: { groups: ['readers'] },
    };
    expect(mismatchesOf(update, observed)).toEqual([
      {
        kind: 'scalar',
        property: 'mail',
        wished: 'ann@acme.test',
        found: 'bob@acme.test',
      },
      { kind: 'link', property: 'groups', wished: 'editors', found: null },
      { kind: 'link', property: 'groups', wished: null, found: 'readers' },
    ]);
  });
  test('verifies a deletion by the absence of the row', () => {
    expect(verificationOf(remove, null, 0).kind).toBe('verified');
    expect(mismatchesOf(remove, { key: 'ann', attributes: {}, links: {} })).toEqual([
      { kind: 'existence', property: 'key', wished: false, found: true },
    ]);
  });
  test('asks a person at the third look that finds another value', () => {
    expect([0, 1, 2].map((before) => verificationOf(update, null, before))).toMatchObject([
      { isFinal: false },
      { isFinal: false },
      { isFinal: true },
    ]);
  });
});

test('a row conforms when it has every expected value and link', () => {
  const expected = {
    key: 'ann',
    rule: 't',
    values: { mail: { value: 'ann@acme.test', rule: 's' } },
    links: { groups: { editors: 'n' } },
  };
  expect(
    conformsTo(expected, {
      key: 'ann',
      attributes: { mail: 'ann@acme.test' },
      links: { groups: ['editors', 'staff'] },
    }),
  ).toBe(true);
  expect(
    conformsTo(expected, {
      key: 'ann',
      attributes: { mail: 'ann@acme.test' },
      links: {},
    }),
  ).toBe(false);
  expect(conformsTo(expected, null)).toBe(false);
});

test('failures with one cause on different rows have one fingerprint', () => {
  const text = (key: string, id: number) =>
    fingerprintText(
      {
        code: 'CONSTRAINT_VIOLATION',
        message: '',
        targetCode: '23505',
        targetMessage: `duplicate key "${key}" in row ${id}`,
      },
      'crm',
    );
  expect(text('ann', 12)).toBe(text('bob', 99));
  expect(text('ann', 12)).not.toBe(fingerprintText({ code: 'INVALID_VALUE', message: 'no' }, 'crm'));
});

test.each([
  ['permanent', 0, { kind: 'later', delayMs: 15_000 }],
  ['permanent', 60_000, { kind: 'later', delayMs: 60_000 }],
  ['transient', 24 * 3_600_000, { kind: 'later', delayMs: 900_000 }],
  ['permanent', 48 * 3_600_000 + 1, { kind: 'expired' }],
  ['transient', 48 * 3_600_000 + 1, { kind: 'expired' }],
  ['connection', 480 * 3_600_000, { kind: 'later', delayMs: 15_000 }],
] as const)('a row that could not be read, %s failure, %d ms after the write', (failureClass, sinceMs, verdict) => {
  expect(unreadVerdictOf(failureClass, sinceMs, 48)).toEqual(verdict);
});

test('a claim expires with its own validity period, and never without one', () => {
  expect(unreadVerdictOf('transient', 2 * 3_600_000, 1)).toEqual({ kind: 'expired' });
  expect(unreadVerdictOf('transient', 1_000 * 3_600_000, 0)).toMatchObject({ kind: 'later' });
});
