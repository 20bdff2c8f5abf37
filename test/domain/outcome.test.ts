// What an outcome means, and what reading back decides.
import { describe, expect, test } from '@jest/globals';
import type { ApplyOutcome, ConnectorErrorCode, ConnectorFailure } from '@joinery/connector-kit';
import type { ResourceDelta } from '#src/domain/assignment.js';
import { resumptionOf, verdictAfterReading, verdictOf } from '#src/domain/outcome.js';
import type { ResourceContent } from '#src/domain/resource.js';

const failure = (code: ConnectorErrorCode): ConnectorFailure => ({
  code,
  message: 'It did not work.',
});
const refused = (code: ConnectorErrorCode): ApplyOutcome => ({
  kind: 'refused',
  failure: failure(code),
});
const unreachable = (code: ConnectorErrorCode): ApplyOutcome => ({
  kind: 'unreachable',
  failure: failure(code),
});

const create: ResourceDelta = {
  kind: 'CREATE',
  key: 'ann',
  scalars: [
    { property: 'login', from: null, to: 'ann', rule: 'r' },
    { property: 'mail', from: null, to: 'ann@acme.test', rule: 'r' },
  ],
  links: [{ property: 'groups', add: ['editors'], remove: [], rules: {} }],
};
const update: ResourceDelta = {
  kind: 'UPDATE',
  key: 'ann',
  scalars: [{ property: 'mail', from: 'old@acme.test', to: 'ann@acme.test', rule: 'r' }],
  links: [{ property: 'groups', add: ['editors'], remove: ['readers'], rules: {} }],
};
const remove: ResourceDelta = {
  kind: 'DELETE',
  key: 'ann',
  scalars: [],
  links: [],
};
const row = (attributes: ResourceContent['attributes'], groups: readonly string[] = []): ResourceContent => ({
  key: 'ann',
  attributes,
  links: { groups },
});

describe('the first reading of an outcome', () => {
  test.each<[string, ResourceDelta['kind'], ApplyOutcome, string]>([
    ['applied', 'CREATE', { kind: 'applied', key: 'ann' }, 'executed'],
    ['already so', 'UPDATE', { kind: 'alreadySo', key: 'ann' }, 'executed'],
    ['a delete of what is not there', 'DELETE', refused('NOT_FOUND'), 'executed'],
    ['an update of what is not there', 'UPDATE', refused('NOT_FOUND'), 'failed'],
    ['a create of what is there', 'CREATE', refused('ALREADY_EXISTS'), 'readBack'],
    ['an invalid value', 'CREATE', refused('INVALID_VALUE'), 'failed'],
    ['a right that is lacking', 'UPDATE', refused('FORBIDDEN'), 'failed'],
    ['a bug of the package', 'UPDATE', refused('CONNECTOR_BUG'), 'failed'],
    ['a dead host', 'CREATE', unreachable('UNREACHABLE'), 'waiting connection'],
    ['refused credentials', 'CREATE', unreachable('UNAUTHENTICATED'), 'waiting connection'],
    ['a timeout before sending', 'CREATE', unreachable('TIMEOUT'), 'waiting transient'],
    [
      'throttling',
      'CREATE',
      {
        kind: 'throttled',
        failure: failure('RATE_LIMITED'),
        retryAfterMs: 7_000,
      },
      'waiting throttled',
    ],
    ['a lost answer', 'CREATE', { kind: 'unknown', failure: failure('OUTCOME_UNKNOWN') }, 'readBack'],
  ])('%s', (_name, kind, outcome, expected) => {
    const verdict = verdictOf(kind, outcome);
    expect(verdict.kind === 'waiting' ? `waiting ${verdict.reason}` : verdict.kind).toBe(expected);
  });

  test('waits exactly as long as the target asked', () => {
    expect(
      verdictOf('CREATE', {
        kind: 'throttled',
        failure: failure('RATE_LIMITED'),
        retryAfterMs: 7_000,
      }),
    ).toMatchObject({ retryAfterMs: 7_000 });
  });
});

describe('reading back', () => {
  const wished = row({ login: 'ann', mail: 'ann@acme.test', other: 'x' }, ['editors', 'staff']);

  test('a lost answer whose effect is there is executed', () => {
    expect(verdictAfterReading('unknown', failure('OUTCOME_UNKNOWN'), create, wished)).toEqual({
      kind: 'executed',
      how: 'applied',
      key: wished.key,
    });
  });
  test('a lost answer whose effect is not there waits and is never sent again at once', () => {
    expect(verdictAfterReading('unknown', failure('OUTCOME_UNKNOWN'), create, null)).toMatchObject({
      kind: 'waiting',
      reason: 'unknown',
    });
  });
  test('a row in the way that equals the wish is executed', () => {
    expect(verdictAfterReading('exists', failure('ALREADY_EXISTS'), create, wished)).toEqual({
      kind: 'executed',
      how: 'alreadySo',
      key: wished.key,
    });
  });
  test('a row in the way with other values fails and says both', () => {
    const verdict = verdictAfterReading(
      'exists',
      failure('ALREADY_EXISTS'),
      create,
      row({ login: 'ann', mail: 'bob@acme.test' }, ['editors']),
    );
    expect(verdict).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'ALREADY_EXISTS',
        message: expect.stringContaining('mail: wished "ann@acme.test", found "bob@acme.test"'),
      },
    });
  });
  test('a deletion whose row is gone is executed', () => {
    expect(verdictAfterReading('unknown', failure('OUTCOME_UNKNOWN'), remove, null)).toEqual({
      kind: 'executed',
      how: 'applied',
      key: null,
    });
  });
});

describe('going on after a try that may have been applied', () => {
  test.each<[string, ResourceDelta, ResourceContent | null, string]>([
    ['a create that was applied', create, row({ login: 'ann', mail: 'ann@acme.test' }, ['editors']), 'executed'],
    ['a create that was not applied is sent whole', create, null, 'write CREATE 2 scalars 1 links'],
    [
      'a create that was half applied is completed as an update',
      create,
      row({ login: 'ann', mail: null }),
      'write UPDATE 1 scalars 1 links',
    ],
    [
      'a create whose key somebody else took',
      create,
      row({ login: 'ann', mail: 'bob@acme.test' }, ['editors']),
      'failed',
    ],
    ['an update that was applied', update, row({ mail: 'ann@acme.test' }, ['editors']), 'executed'],
    [
      'an update that was half applied',
      update,
      row({ mail: 'ann@acme.test' }, ['readers']),
      'write UPDATE 0 scalars 2 links',
    ],
    ['a deletion that was applied', remove, null, 'executed'],
    ['a deletion that was not applied', remove, row({}), 'write DELETE 0 scalars 0 links'],
  ])('%s', (_name, delta, observed, expected) => {
    const next = resumptionOf(delta, observed);
    const said =
      next.kind === 'write'
        ? `write ${next.delta.kind} ${next.delta.scalars.length} scalars ${next.delta.links.flatMap((link) => [...link.add, ...link.remove]).length} links`
        : next.kind;
    expect(said).toBe(expected);
  });
});
