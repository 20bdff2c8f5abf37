// Who may let a blocked execution go on, with which proof, and what of a failed one is run again.
import { describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import type { JobExecutionState } from '../../src/domain/job.js';
import {
  type BlockedExecution,
  checkRetry,
  decideDecline,
  decideRelease,
  releaseDigest,
  tasksToRetry,
} from '../../src/domain/release.js';

const person = (id: string): Actor => ({
  kind: 'identity',
  identityId: id,
  identifier: id,
  displayName: id,
  profiles: ['operator'],
});
const script: Actor = { kind: 'service', identifier: 'ci', displayName: 'CI', profiles: ['operator'] };
const blocked: BlockedExecution = {
  id: '00000000-0000-7000-8000-000000000001',
  number: 'EXE-7',
  state: 'BLOCKED',
  launchedBy: 'identity:omar',
  launchers: ['omar', 'omar-admin'],
  parts: [{ kind: 'SYNCHRONIZE', digest: 'a' }],
  planDigest: null,
};
const release = { seenDigest: 'now', comment: 'looked' };
const ruleOf = (decision: ReturnType<typeof decideRelease>): string | null =>
  decision.ok ? null : (decision.refusals[0]?.rule ?? '');

describe('a blocked execution', () => {
  test('is released by somebody else who has seen what it holds back', () => {
    expect(decideRelease(person('ada'), blocked, release, 'now')).toEqual({ ok: true, value: 'identity:ada' });
  });

  test.each([
    ['by whoever launched it', person('omar'), blocked, release, 'execution.not-the-launcher'],
    ['by another identity of the same person', person('omar-admin'), blocked, release, 'execution.not-the-launcher'],
    ['by a script', script, blocked, release, 'execution.released-by-a-person'],
    ['without a comment', person('ada'), blocked, { ...release, comment: ' ' }, 'execution.release-comment'],
    ['with an old digest', person('ada'), blocked, { ...release, seenDigest: 'then' }, 'execution.release-as-seen'],
    ['when it is not blocked', person('ada'), { ...blocked, state: 'RUNNING' as const }, release, 'execution.blocked'],
  ])('is not released %s', (_, actor, execution, given, rule) => {
    expect(ruleOf(decideRelease(actor, execution, given, 'now'))).toBe(rule);
  });

  test('is declined by whoever launched it, too: saying no takes one person', () => {
    expect(decideDecline(person('omar'), blocked, 'wrong file').ok).toBe(true);
    expect(ruleOf(decideDecline(person('omar'), blocked, ''))).toBe('execution.release-comment');
  });

  test('is proven by its plan when a computation alone is stopped, else by all that is held back', () => {
    const digest = (text: string): string => `digest of ${text}`;
    const computed = { parts: [{ kind: 'COMPUTE_ROLE_MODEL' as const, digest: 'p' }], planDigest: 'p' };
    expect(releaseDigest(computed, digest)).toBe('p');
    expect(releaseDigest({ ...computed, parts: [...computed.parts, ...blocked.parts] }, digest)).toContain(
      'SYNCHRONIZE=a',
    );
  });
});

describe('a failed execution', () => {
  const task = (name: string, level: number, state: JobExecutionState) => ({ name, level, state });
  const tasks = [
    task('read hr', 1, 'COMPLETED'),
    task('read crm', 1, 'ERRORED'),
    task('compute', 2, 'COMPLETED'),
    task('order', 3, 'COMPLETED'),
  ];

  test('runs again what failed and all that comes after it', () => {
    expect(tasksToRetry(tasks, 'FAILED_TASKS').map(({ name }) => name)).toEqual(['read crm', 'compute', 'order']);
    expect(tasksToRetry(tasks, 'START')).toEqual(tasks);
  });

  test.each<[JobExecutionState, boolean]>([
    ['ERRORED', true],
    ['WARNING', true],
    ['ABORTED', true],
    ['COMPLETED', false],
    ['BLOCKED', false],
    ['RUNNING', false],
  ])('in state %s: %s', (state, isAllowed) => {
    expect(checkRetry({ ...blocked, state }) === null).toBe(isAllowed);
  });
});
