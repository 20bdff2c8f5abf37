// How an order is gone on with that a former try may have carried out: what its row shows, who shows it, how often workers died.
import { describe, expect, test } from '@jest/globals';
import type { ConnectorErrorCode, ConnectorFailure } from '@joinery/connector-kit';
import type { ResourceDelta } from '#src/domain/assignment.js';
import type { ResourceContent } from '#src/domain/resource.js';
import { actAfterLook, type ResumedAct } from '#src/domain/resumption.js';
import type { Look } from '#src/domain/sight.js';

const scalar = (property: string, to: string, from: string | null = null) => ({ property, from, to, rule: 'r' });
const editors = { property: 'groups', add: ['editors'], remove: [], rules: {} };
const create: ResourceDelta = {
  kind: 'CREATE',
  key: 'ann',
  scalars: [scalar('login', 'ann'), scalar('mail', 'ann@acme.test')],
  links: [editors],
};
const update: ResourceDelta = {
  kind: 'UPDATE',
  key: 'ann',
  scalars: [scalar('mail', 'ann@acme.test', 'old@acme.test')],
  links: [],
};
const remove: ResourceDelta = { kind: 'DELETE', key: 'ann', scalars: [], links: [] };
/** Of a property that the system never shows. */
const blind: ResourceDelta = { ...update, scalars: [{ ...scalar('password', 'secret'), isMapped: false }] };

const row = (attributes: ResourceContent['attributes'], groups: readonly string[] = []): ResourceContent => ({
  key: 'K-1',
  attributes,
  links: { groups },
});
const whole = row({ login: 'ann', mail: 'ann@acme.test' }, ['editors']);
const older = row({ login: 'ann', mail: 'old@acme.test' });

const seen = (content: ResourceContent | null, isElsewhere = false): Look => ({ kind: 'seen', content, isElsewhere });
const failed = (code: ConnectorErrorCode, isElsewhere = false): Look => {
  const failure: ConnectorFailure = { code, message: 'It could not be read.' };
  return { kind: 'failed', connection: 'c', isElsewhere, failure };
};
const nobody: Look = { kind: 'nobody' };

const after = (delta: ResourceDelta, look: Look, isIdempotent = false, interruptions = 0): ResumedAct =>
  actAfterLook({ delta, interruptions }, look, isIdempotent);

/** In a word or two; the delta is asked for apart. */
function said(act: ResumedAct): string {
  if (act.kind === 'write') return `write ${act.delta.kind}`;
  const { verdict } = act;
  switch (verdict.kind) {
    case 'executed':
      return `executed ${verdict.how} ${verdict.key ?? 'no key'}`;
    case 'failed':
      return `failed ${verdict.failure.code}`;
    case 'waiting':
      return `waiting ${verdict.reason}`;
    case 'readBack':
      return 'readBack';
    default:
      return verdict satisfies never;
  }
}

describe('where the connection that writes shows the row', () => {
  test.each<[string, ResourceDelta, Look, string]>([
    [
      'a creation is done when the row is as wished, under the key it bears',
      create,
      seen(whole),
      'executed applied K-1',
    ],
    ['a change is done when the row is as wished', update, seen(whole), 'executed applied K-1'],
    ['a removal is done when there is no row', remove, seen(null), 'executed applied no key'],
    ['a creation is sent when there is no row', create, seen(null), 'write CREATE'],
    ['a creation of which a part is there goes on as a change', create, seen(row({ login: 'ann' })), 'write UPDATE'],
    ['a creation never overwrites other values', create, seen(older), 'failed ALREADY_EXISTS'],
    ['a change is sent when the former value is there', update, seen(older), 'write UPDATE'],
    ['a change is sent when there is no row: the system says so itself', update, seen(null), 'write UPDATE'],
    ['a removal is sent when the row is there', remove, seen(whole), 'write DELETE'],
    ['what cannot be seen is sent again', blind, seen(whole), 'write UPDATE'],
  ])('%s', (_name, delta, look, expected) => {
    expect(said(after(delta, look))).toBe(expected);
    // A row that its own system shows leaves nothing to be asked of the package.
    expect(after(delta, look, true)).toEqual(after(delta, look, false));
  });

  test('only what is missing is sent', () => {
    expect(after(create, seen(row({ login: 'ann' }, ['editors'])))).toMatchObject({
      delta: { kind: 'UPDATE', key: 'ann', scalars: [scalar('mail', 'ann@acme.test')], links: [{ add: [] }] },
    });
    expect(after(create, seen(row({ login: 'ann', mail: 'ann@acme.test' })))).toMatchObject({
      delta: { kind: 'UPDATE', scalars: [], links: [editors] },
    });
    expect(after(create, seen(null))).toMatchObject({ delta: create });
  });

  test('a refused creation says what was wished and what is there, and adds no step to the history', () => {
    const act = after(create, seen(older));
    expect(act).toMatchObject({ kind: 'decided', step: null });
    expect(act).toHaveProperty(
      'verdict.failure.message',
      'Could not create "ann": there is a row with this key and other values (mail: wished "ann@acme.test", found "old@acme.test").',
    );
  });
});

describe('where the row cannot be read now', () => {
  test.each<[ConnectorErrorCode, string]>([
    ['UNREACHABLE', 'waiting connection'],
    ['UNAUTHENTICATED', 'waiting connection'],
    ['TIMEOUT', 'waiting transient'],
    ['RATE_LIMITED', 'waiting throttled'],
    ['FORBIDDEN', 'failed FORBIDDEN'],
  ])('%s decides, whatever the package promises, and nothing is sent', (code, expected) => {
    for (const isIdempotent of [true, false]) {
      const act = after(create, failed(code), isIdempotent);
      expect(said(act)).toBe(expected);
      expect(act).toMatchObject({ kind: 'decided', step: null });
    }
  });
});

describe('where the connection that writes cannot read', () => {
  test.each<[string, ResourceDelta, Look, boolean, string]>([
    ['another one shows that it was done', create, seen(whole, true), false, 'executed applied K-1'],
    ['another one shows that the row is gone', remove, seen(null, true), false, 'executed applied no key'],
    ['another one shows no row yet', create, seen(null, true), false, 'waiting unknown'],
    [
      'another one shows other values: no row in the way, it may be late',
      create,
      seen(older, true),
      false,
      'waiting unknown',
    ],
    ['another one is away', create, failed('UNREACHABLE', true), false, 'waiting unknown'],
    ['another one may not read it', create, failed('FORBIDDEN', true), false, 'waiting unknown'],
    ['nobody reads it', create, nobody, false, 'failed OUTCOME_UNKNOWN'],
    ['nobody reads it, and the same key is the same change', create, nobody, true, 'write CREATE'],
    ['it is not shown yet, and the same key is the same change', create, seen(null, true), true, 'write CREATE'],
    [
      'another one is away, and the same key is the same change',
      update,
      failed('UNREACHABLE', true),
      true,
      'write UPDATE',
    ],
    ['it was done, and the same key is the same change', create, seen(whole, true), true, 'executed applied K-1'],
    ['nothing of it can be seen', blind, seen(whole, true), false, 'waiting unknown'],
  ])('%s', (_name, delta, look, isIdempotent, expected) =>
    expect(said(after(delta, look, isIdempotent))).toBe(expected),
  );

  test('what is sent again under its key is the whole change, also where a part is seen elsewhere', () => {
    const act = after(create, seen(row({ login: 'ann' }), true), true);
    expect(act).toMatchObject({ kind: 'write', delta: create });
    expect(act.step).toMatchObject({ outcome: 'SKIPPED', reason: 'The same change is sent again under its key.' });
  });
});

describe('the history says', () => {
  test.each<[string, Look, string, string]>([
    ['that the wish is there', seen(whole), 'SUCCEEDED', 'The target already holds the wish.'],
    ['that the wish is seen elsewhere', seen(whole, true), 'SUCCEEDED', 'The target already holds the wish.'],
    ['that the wish, or a part, is lacking', seen(null), 'SUCCEEDED', 'The target lacks the wish or a part of it.'],
  ])('%s', (_name, look, outcome, detail) =>
    expect(after(create, look).step).toEqual({ kind: 'MATCH', outcome, durationMs: 0, detail, reason: null }),
  );
});

describe('an order over which workers died', () => {
  test.each<[string, number, Look, boolean, string]>([
    ['is sent again after two of them', 2, seen(null), false, 'write CREATE'],
    ['is for a person after three', 3, seen(null), false, 'failed CONNECTOR_BUG'],
    ['is for a person after more', 7, seen(row({ login: 'ann' })), false, 'failed CONNECTOR_BUG'],
    ['is for a person, although the same key is the same change', 3, nobody, true, 'failed CONNECTOR_BUG'],
    ['is done all the same when the row is as wished', 3, seen(whole), false, 'executed applied K-1'],
    ['waits all the same when the row cannot be read', 3, failed('UNREACHABLE'), false, 'waiting connection'],
    ['is another’s row all the same', 3, seen(older), false, 'failed ALREADY_EXISTS'],
  ])('%s', (_name, interruptions, look, isIdempotent, expected) =>
    expect(said(after(create, look, isIdempotent, interruptions))).toBe(expected),
  );

  test('is named, with how many died', () => {
    expect(after(create, seen(row({ login: 'ann' })), false, 3)).toHaveProperty(
      'verdict.failure.message',
      'The worker stopped 3 times in a row while it changed "ann", and the target does not hold the change.',
    );
  });
});
