// One account told step by step: rehearsed from what is known, and in full after a real try.
import { describe, expect, test } from '@jest/globals';
import { type OnDemandAttempt, rehearsal, toldInFull } from '../../src/domain/on-demand.js';
import type { PlannedChange } from '../../src/domain/role-model/plan.js';

const at = new Date('2031-05-15T12:00:00Z');
const account = { connection: 'crm', isKnown: true, isDue: true };
const change: PlannedChange = {
  kind: 'UPDATE',
  resourceType: 'crm-account',
  identityId: '1',
  resourceId: '2',
  resourceKey: 'ada',
  requiresReview: false,
  delta: {
    kind: 'UPDATE',
    key: 'ada',
    scalars: [{ property: 'secret', from: 'old secret', to: 'new secret', rule: 'r' }],
    links: [{ property: 'groups', add: ['a', 'b'], remove: ['c'], rules: {} }],
  },
};
const told = ({ steps }: OnDemandAttempt) => steps.map(({ kind, outcome }) => `${kind} ${outcome}`);
const stepOf = ({ steps }: OnDemandAttempt, kind: string) => steps.find((step) => step.kind === kind);

describe('a rehearsal', () => {
  test('names what would be written, and no value', () => {
    const attempt = rehearsal(account, [change], at);
    expect(stepOf(attempt, 'MATCH')?.detail).toBe('UPDATE ada: secret, groups +2 −1');
    expect(JSON.stringify(attempt)).not.toContain('new secret');
    expect(told(attempt)).toContain('WRITE SKIPPED');
  });

  test('says that there is nothing to write, and why', () => {
    const attempt = rehearsal({ ...account, isKnown: false, isDue: false }, [], at);
    expect(told(attempt)).toEqual([
      'CONNECT SKIPPED',
      'READ SKIPPED',
      'SCOPE SKIPPED',
      'MATCH SUCCEEDED',
      'WRITE SKIPPED',
      'VERIFY SKIPPED',
    ]);
    expect(stepOf(attempt, 'SCOPE')?.reason).toBe('No rule gives the account.');
  });
});

describe('a real try', () => {
  const write = { kind: 'WRITE', outcome: 'SUCCEEDED', durationMs: 7, detail: 'applied', reason: null } as const;
  const tried: OnDemandAttempt = {
    number: 1,
    startedAt: at,
    finishedAt: at,
    outcome: 'SUCCEEDED',
    error: null,
    steps: [write],
  };
  const order = { connection: 'crm', state: 'VERIFIED', verifiedAt: at } as const;

  test('keeps the steps that were done and adds the ones around them', () => {
    const attempt = toldInFull(order, tried);
    expect(told(attempt)).toEqual([
      'CONNECT SUCCEEDED',
      'READ SKIPPED',
      'SCOPE SUCCEEDED',
      'MATCH SUCCEEDED',
      'WRITE SUCCEEDED',
      'VERIFY SUCCEEDED',
    ]);
    expect(stepOf(attempt, 'WRITE')).toEqual(write);
  });

  test('that was not read back yet says so', () => {
    expect(told(toldInFull({ ...order, state: 'EXECUTED', verifiedAt: null }, tried))).toContain('VERIFY UNKNOWN');
  });

  test('that did not reach the system failed to connect', () => {
    const error = {
      code: 'UNREACHABLE',
      message: 'nobody answers',
      hint: null,
      targetCode: null,
      targetMessage: null,
      isRetryable: true,
      fingerprint: 'f',
    } as const;
    const attempt = toldInFull({ ...order, state: 'PENDING' }, { ...tried, outcome: 'FAILED', error, steps: [] });
    expect(stepOf(attempt, 'CONNECT')).toMatchObject({ outcome: 'FAILED', reason: 'nobody answers' });
    expect(told(attempt)).toContain('WRITE SKIPPED');
  });
});
