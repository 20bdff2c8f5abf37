// By which connections an order's row is read, and what is concluded where its own cannot.
import { describe, expect, test } from '@jest/globals';
import type { ConnectorFailure } from '@joinery/connector-kit';
import type { ResourceDelta } from '#src/domain/assignment.js';
import type { ResourceContent } from '#src/domain/resource.js';
import { blindResumption, isOwnLook, type Look, readersOf, verdictAfterLook } from '#src/domain/sight.js';

const failure: ConnectorFailure = { code: 'UNREACHABLE', message: 'The system is away.' };
const create: ResourceDelta = {
  kind: 'CREATE',
  key: 'ann',
  scalars: [{ property: 'mail', from: null, to: 'ann@acme.test', rule: 'r' }],
  links: [],
};
const row = (mail: string): ResourceContent => ({ key: 'ann', attributes: { mail }, links: {} });
const seen = (content: ResourceContent | null, isElsewhere = true): Look => ({ kind: 'seen', content, isElsewhere });
const failed = (isElsewhere: boolean): Look => ({ kind: 'failed', connection: 'c', isElsewhere, failure });
const nobody: Look = { kind: 'nobody' };

describe('the row of an order is read by', () => {
  test.each([
    ['the connection that writes it, then the one of its entity type', 'drop', 'export', [], ['drop', 'export']],
    ['the one that writes it alone, where that is its entity type’s', 'crm', 'crm', [], ['crm']],
    ['the other one, where the one that writes only writes', 'drop', 'export', ['drop'], ['export']],
    ['its own, where the other one only writes', 'crm', 'drop', ['drop'], ['crm']],
    ['nobody, where both only write', 'drop', 'other', ['drop', 'other'], []],
    ['nobody, where the only one writes', 'drop', 'drop', ['drop'], []],
  ])('%s', (_name, writing, reading, mute, expected) => {
    const readers = readersOf(writing, reading, (connection) => !mute.includes(connection));
    expect(readers.map(({ connection }) => connection)).toEqual(expected);
    for (const { connection, isElsewhere } of readers) expect(isElsewhere).toBe(connection !== writing);
  });
});

test.each([
  [seen(null, false), true],
  [failed(false), true],
  [seen(null), false],
  [failed(true), false],
  [nobody, false],
])('%j speaks for the system itself: %p', (look, expected) => expect(isOwnLook(look)).toBe(expected));

describe('a change that may have been applied', () => {
  test.each([
    ['is done where the wish is seen', seen(row('ann@acme.test')), false, 'executed'],
    ['is sent again under its key where another value is seen', seen(row('old@acme.test')), true, 'write'],
    ['is sent again under its key where nothing is seen yet', seen(null), true, 'write'],
    ['is sent again under its key where the other connection is away', failed(true), true, 'write'],
    ['is sent again under its key where nobody can read', nobody, true, 'write'],
    ['is never sent again to other packages: nothing is seen yet', seen(null), false, 'wait'],
    ['is never sent again to other packages: the other connection is away', failed(true), false, 'wait'],
    ['is never sent again to other packages: nobody can read', nobody, false, 'lost'],
  ])('%s', (_name, look, isIdempotent, expected) => {
    const next = blindResumption(create, look, isIdempotent);
    // Another delta under the same key would be another change.
    expect(next).toEqual(expected === 'write' ? { kind: 'write', delta: create } : { kind: expected });
  });
});

describe('a lost answer', () => {
  const lost = { kind: 'readBack', cause: 'unknown', failure: { ...failure, code: 'OUTCOME_UNKNOWN' } } as const;
  test.each([
    ['is an execution where the wish is seen', seen(row('ann@acme.test')), false, 'executed'],
    ['waits where nothing is seen', seen(null), false, 'waiting unknown'],
    ['waits for the connection where that is away', failed(false), false, 'waiting connection'],
    ['waits where the other connection is away', failed(true), false, 'waiting unknown'],
    ['waits where nobody can read and the same key is the same change', nobody, true, 'waiting unknown'],
    ['is for a person where nobody can read and it is not', nobody, false, 'failed OUTCOME_UNKNOWN'],
  ])('%s', (_name, look, isIdempotent, expected) => {
    expect(said(verdictAfterLook(lost, create, look, isIdempotent))).toBe(expected);
  });
});

describe('a row in the way', () => {
  const exists = { kind: 'readBack', cause: 'exists', failure: { ...failure, code: 'ALREADY_EXISTS' } } as const;
  test.each([
    ['is the wish', seen(row('ann@acme.test')), 'executed'],
    ['is another one', seen(row('bob@acme.test')), 'failed ALREADY_EXISTS'],
    ['cannot be looked at by anybody', nobody, 'failed ALREADY_EXISTS'],
    ['cannot be looked at now', failed(true), 'waiting connection'],
  ])('%s', (_name, look, expected) => expect(said(verdictAfterLook(exists, create, look, true))).toBe(expected));
});

const said = (verdict: ReturnType<typeof verdictAfterLook>): string => {
  switch (verdict.kind) {
    case 'waiting':
      return `waiting ${verdict.reason}`;
    case 'failed':
      return `failed ${verdict.failure.code}`;
    default:
      return verdict.kind;
  }
};
