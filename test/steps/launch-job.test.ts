// When a launch makes an execution, joins one, or is refused.
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../src/domain/refusal.js';
import { systemActor } from '../../src/domain/actor.js';
import { cancelExecution } from '../../src/steps/cancel-execution.js';
import { type JobLaunch, launchComputation, launchJob } from '../../src/steps/launch-job.js';
import { employee, environment, ExecutionFixture, operator } from './execution-fixture.js';

const jobs = new ExecutionFixture('launch_job');

const launch = (over: Partial<JobLaunch> = {}, actor = operator) =>
  launchJob(jobs.ports, actor, {
    job: 'complete',
    isDryRun: false,
    fromStep: null,
    connectors: null,
    trigger: 'API',
    ...over,
  });
const compute = (over: Partial<Parameters<typeof launchComputation>[2]> = {}, actor = operator) =>
  launchComputation(jobs.ports, actor, {
    identityIds: null,
    resourceTypes: null,
    isDryRun: false,
    isFulfilled: true,
    trigger: 'API',
    ...over,
  });
const valueOf = <T>(decision: Decision<T>): T => {
  if (!decision.ok) throw new Error(decision.refusals.map(({ message }) => message).join(' '));
  return decision.value;
};
const codeOf = (decision: Decision<unknown>) => (decision.ok ? 'granted' : decision.refusals[0]?.code);

describe('a job', () => {
  test('is launched with its tasks, a fact, a queue entry and an audit entry', async () => {
    const id = valueOf(await launch());
    expect(await jobs.taskStates(id)).toEqual({
      'export-hr': 'QUEUED',
      'export-crm': 'QUEUED',
      'sync-hr': 'QUEUED',
      'sync-crm': 'QUEUED',
      compute: 'QUEUED',
      generate: 'QUEUED',
    });
    expect(await jobs.told(id)).toEqual(['QUEUED']);
    expect(await jobs.rows('select queue, row_id from outbox')).toEqual([{ queue: 'jobs', row_id: id }]);
    expect(await jobs.rows('select actor, action from audit_entry')).toEqual([
      { actor: 'service:batch', action: 'job.launch' },
    ]);
  });

  test('is refused a second time while it waits or runs, and granted after it ended', async () => {
    const id = valueOf(await launch());
    expect(codeOf(await launch())).toBe('JOB_ALREADY_RUNNING');
    const claim = await jobs.executions.claim(id);
    expect(codeOf(await launch())).toBe('JOB_ALREADY_RUNNING');
    if (claim !== null) await jobs.executions.finish(claim, 'COMPLETED');
    expect(codeOf(await launch())).toBe('granted');
  });

  test('runs beside another job', async () => {
    await launch();
    expect(codeOf(await launch({ job: 'incremental' }))).toBe('granted');
  });

  test('of fifty launches at once wins one', async () => {
    const decisions = await Promise.all(Array.from({ length: 50 }, () => launch()));
    expect(decisions.filter(({ ok }) => ok)).toHaveLength(1);
    expect(decisions.filter((each) => codeOf(each) === 'JOB_ALREADY_RUNNING')).toHaveLength(49);
  });

  test('is launched once for a planned moment, though it is delivered twice', async () => {
    const planned = { trigger: 'SCHEDULE', occurrence: '1900000000000' } as const;
    const id = valueOf(await launch(planned, systemActor));
    const claim = await jobs.executions.claim(id);
    if (claim !== null) await jobs.executions.finish(claim, 'COMPLETED');
    expect(codeOf(await launch(planned, systemActor))).toBe('DUPLICATE');
    expect(codeOf(await launch({ ...planned, occurrence: '1900000060000' }, systemActor))).toBe('granted');
  });

  test.each([
    ['NOT_FOUND', { job: 'unknown' }, operator],
    ['NOT_FOUND', { job: null }, operator],
    ['STATE_CONFLICT', { job: 'retired' }, operator],
    ['NOT_FOUND', { fromStep: 'no-such-step' }, operator],
    ['NOT_FOUND', { connectors: ['hr', 'erp'] }, operator],
    ['NOT_FOUND', { connectors: [null] }, operator],
    ['FORBIDDEN', {}, employee],
  ] as const)('is refused with %s for %j', async (code, over, actor) => {
    expect(codeOf(await launch(over, actor))).toBe(code);
    expect(await jobs.rows('select id from job_execution')).toEqual([]);
  });

  test('names the connector that is not one of its own by its place in the input', async () => {
    const decision = await launch({ connectors: ['hr', 'erp'] });
    expect(decision.ok ? null : decision.refusals[0]).toMatchObject({
      field: ['input', 'connectorIds', '1'],
      hint: expect.stringContaining('hr, crm'),
    });
  });

  test('can be launched in part', async () => {
    const id = valueOf(await launch({ fromStep: 'sync-hr', connectors: ['hr'] }));
    expect(Object.keys(await jobs.taskStates(id))).toEqual(['sync-hr', 'compute', 'generate']);
  });
});

describe('a computation', () => {
  test('joins an identical one that is queued, and none that runs or differs', async () => {
    const first = valueOf(await compute());
    expect(valueOf(await compute())).toBe(first);
    expect(valueOf(await compute({ isDryRun: true }))).not.toBe(first);
    expect(valueOf(await compute({ identityIds: [environment.newId()] }))).not.toBe(first);
    await jobs.executions.claim(first);
    expect(valueOf(await compute())).not.toBe(first);
  });

  test('of thirty identical launches at once is one', async () => {
    const decisions = await Promise.all(Array.from({ length: 30 }, () => compute()));
    expect(new Set(decisions.map(valueOf)).size).toBe(1);
  });

  test.each([
    ['FORBIDDEN', {}, employee],
    ['NOT_FOUND', { identityIds: [null] }, operator],
    ['NOT_FOUND', { resourceTypes: ['erp-account'] }, operator],
  ] as const)('is refused with %s for %j', async (code, over, actor) => {
    expect(codeOf(await compute(over, actor))).toBe(code);
  });
});

describe('canceling', () => {
  test('ends a queued execution at once, and its job can be launched again', async () => {
    const id = valueOf(await launch());
    valueOf(await cancelExecution(jobs.ports, operator, id));
    expect(await jobs.state(id)).toBe('ABORTED');
    expect(await jobs.told(id)).toEqual(['QUEUED', 'ABORTED']);
    expect(await jobs.executions.claim(id)).toBeNull();
    expect(codeOf(await launch())).toBe('granted');
  });

  test('tells the holder of a running one', async () => {
    const id = valueOf(await launch());
    const claim = await jobs.executions.claim(id);
    valueOf(await cancelExecution(jobs.ports, operator, id));
    expect(await jobs.state(id)).toBe('CANCELING');
    expect(claim === null ? null : await jobs.executions.renew(claim)).toBe('canceled');
  });

  test('is refused after the end, for what does not exist, and to those who may not', async () => {
    const id = valueOf(await launch());
    const claim = await jobs.executions.claim(id);
    if (claim !== null) await jobs.executions.finish(claim, 'COMPLETED');
    expect(codeOf(await cancelExecution(jobs.ports, operator, id))).toBe('STATE_CONFLICT');
    expect(codeOf(await cancelExecution(jobs.ports, operator, environment.newId()))).toBe('NOT_FOUND');
    expect(codeOf(await cancelExecution(jobs.ports, operator, null))).toBe('NOT_FOUND');
    expect(codeOf(await cancelExecution(jobs.ports, employee, id))).toBe('FORBIDDEN');
  });
});
