// Which tasks run, which are skipped, and what they end in together.
import { describe, expect, test } from '@jest/globals';
import type { JobDefinition, TaskKind } from '../../src/domain/configuration.js';
import type { JobExecutionState } from '../../src/domain/job.js';
import {
  computationTasks,
  endState,
  jobTasks,
  neededTasks,
  nextTasks,
  rootFailure,
  scopeText,
  type TaskStatus,
} from '../../src/domain/job-execution.js';

const task = (
  identifier: string,
  kind: TaskKind,
  level: number,
  state: JobExecutionState,
  connector: string | null = null,
): TaskStatus => ({
  id: identifier,
  identifier,
  kind,
  level,
  state,
  connector,
  mode: 'COMPLETE',
  isReleased: false,
});
const states = (over: Readonly<Record<string, JobExecutionState>> = {}): readonly TaskStatus[] =>
  [
    task('export-hr', 'EXPORT', 1, 'QUEUED', 'hr'),
    task('export-crm', 'EXPORT', 1, 'QUEUED', 'crm'),
    task('sync-hr', 'SYNCHRONIZE', 2, 'QUEUED', 'hr'),
    task('sync-crm', 'SYNCHRONIZE', 2, 'QUEUED', 'crm'),
    task('compute', 'COMPUTE_ROLE_MODEL', 3, 'QUEUED'),
    task('generate', 'GENERATE_PROVISIONING_ORDERS', 4, 'QUEUED'),
    task('fulfill', 'FULFILL', 5, 'QUEUED'),
    task('verify', 'VERIFY', 6, 'QUEUED'),
  ].map((each) => ({ ...each, state: over[each.identifier] ?? each.state }));
const exported = { 'export-hr': 'COMPLETED', 'export-crm': 'COMPLETED' } as const;
const synchronized = { ...exported, 'sync-hr': 'COMPLETED', 'sync-crm': 'COMPLETED' } as const;
const computed = { ...synchronized, compute: 'COMPLETED' } as const;

describe('what comes next', () => {
  test.each([
    ['the first level together', {}, ['export-hr', 'export-crm'], []],
    ['the next level only after all of this one', { 'export-hr': 'COMPLETED' }, ['export-crm'], []],
    [
      'a task whose holder is gone again',
      { ...exported, 'sync-hr': 'RUNNING', 'sync-crm': 'COMPLETED' },
      ['sync-hr'],
      [],
    ],
    [
      'the other connectors when one is unreachable',
      { ...exported, 'export-crm': 'ERRORED' },
      ['sync-hr'],
      ['sync-crm'],
    ],
    ['the computation though a reading failed', { ...synchronized, 'sync-hr': 'ERRORED' }, ['compute'], []],
    ['the computation though a reading is blocked', { ...synchronized, 'sync-hr': 'BLOCKED' }, ['compute'], []],
    ['no orders from a failed computation', { ...computed, compute: 'ERRORED' }, [], ['generate']],
    ['no orders from a blocked computation', { ...computed, compute: 'BLOCKED' }, [], ['generate']],
    ['the orders that were not blocked', { ...computed, generate: 'BLOCKED' }, ['fulfill'], []],
    [
      'nothing after a skipped task that is needed',
      { ...computed, compute: 'ERRORED', generate: 'ABORTED' },
      [],
      ['fulfill'],
    ],
  ] as const)('is %s', (_name, over, run, skip) => {
    const next = nextTasks(states(over));
    expect(next.run.map(({ identifier }) => identifier)).toEqual(run);
    expect(next.skip.map(({ task: skipped }) => skipped.identifier)).toEqual(skip);
  });

  test('is nothing when every task has ended', () => {
    const ended = states().map((each) => ({ ...each, state: 'COMPLETED' as const }));
    expect(nextTasks(ended)).toEqual({ run: [], skip: [] });
  });
});

test('a task needs the export of its own connector only', () => {
  const tasks = states();
  const names = (identifier: string) =>
    neededTasks(tasks.find((each) => each.identifier === identifier) ?? task('', 'EXPORT', 0, 'QUEUED'), tasks).map(
      (each) => each.identifier,
    );
  expect(names('sync-crm')).toEqual(['export-crm']);
  expect(names('compute')).toEqual([]);
  expect(names('fulfill')).toEqual(['generate']);
});

test.each([
  ['COMPLETED', ['COMPLETED', 'COMPLETED'], false],
  ['WARNING', ['COMPLETED', 'WARNING'], false],
  ['WARNING', ['COMPLETED', 'ABORTED'], false],
  ['ERRORED', ['ERRORED', 'WARNING'], false],
  ['BLOCKED', ['ERRORED', 'BLOCKED', 'WARNING'], false],
  ['ABORTED', ['COMPLETED', 'ERRORED'], true],
  ['COMPLETED', [], false],
] as const)('an execution ends %s with tasks %j', (expected, taskStates, isCanceled) => {
  expect(
    endState(
      taskStates.map((state) => ({ state })),
      isCanceled,
    ),
  ).toBe(expected);
});

test('the root failure is the first error, not what was skipped because of it', () => {
  expect(rootFailure(states({ 'export-crm': 'ERRORED', 'sync-crm': 'ABORTED', fulfill: 'ERRORED' }))?.identifier).toBe(
    'export-crm',
  );
  expect(rootFailure(states({ generate: 'BLOCKED' }))?.identifier).toBe('generate');
  expect(rootFailure(states())).toBeNull();
});

describe('the tasks of a launch', () => {
  const job: JobDefinition = {
    identifier: 'complete',
    displayName: 'Complete',
    mode: 'COMPLETE',
    schedule: null,
    timeZone: 'UTC',
    isEnabled: true,
    steps: [
      { identifier: 'compute', kind: 'COMPUTE_ROLE_MODEL', connector: null, level: 3 },
      { identifier: 'export-hr', kind: 'EXPORT', connector: 'hr', level: 1 },
      { identifier: 'sync-hr', kind: 'SYNCHRONIZE', connector: 'hr', level: 2 },
      { identifier: 'sync-crm', kind: 'SYNCHRONIZE', connector: 'crm', level: 2 },
    ],
  };
  const identifiers = (scope: Parameters<typeof jobTasks>[1]) =>
    jobTasks(job, scope).map(({ identifier }) => identifier);

  test('stand in the order of their levels, whatever the order of the file', () => {
    expect(identifiers({})).toEqual(['export-hr', 'sync-hr', 'sync-crm', 'compute']);
  });
  test('begin at the asked step', () => {
    expect(identifiers({ fromStep: 'sync-hr' })).toEqual(['sync-hr', 'sync-crm', 'compute']);
  });
  test('leave out connectors that were not asked for, and nothing else', () => {
    expect(identifiers({ connectors: ['hr'] })).toEqual(['export-hr', 'sync-hr', 'compute']);
  });
  test('of a computation go as far as asked', () => {
    const kinds = (isDryRun: boolean, isFulfilled: boolean) =>
      computationTasks(isDryRun, isFulfilled).map(({ kind }) => kind);
    expect(kinds(true, true)).toEqual(['COMPUTE_ROLE_MODEL']);
    expect(kinds(false, false)).toEqual(['COMPUTE_ROLE_MODEL', 'GENERATE_PROVISIONING_ORDERS']);
    expect(kinds(false, true)).toEqual(['COMPUTE_ROLE_MODEL', 'GENERATE_PROVISIONING_ORDERS', 'FULFILL', 'VERIFY']);
  });
  test('are the same question whatever the order of the ids', () => {
    expect(scopeText({ identityIds: ['a', 'b'] }, false, true)).toBe(
      scopeText({ identityIds: ['b', 'a'] }, false, true),
    );
    expect(scopeText({ identityIds: [] }, false, true)).not.toBe(scopeText({}, false, true));
    expect(scopeText({}, true, true)).not.toBe(scopeText({}, false, true));
  });
});
