// How executions go from task to task, on a real PostgreSQL: order, failures, cancellation, and what a crash leaves behind.
import { LeaseLost } from '../../src/domain/lease.js';
import { describe, expect, test } from '@jest/globals';
import { taskKinds } from '../../src/domain/configuration.js';
import { completedTask, failedTask, type TaskResult, type TaskRun } from '../../src/domain/job.js';
import { cancelExecution } from '../../src/steps/cancel-execution.js';
import { launchJob } from '../../src/steps/launch-job.js';
import type { TaskContext, TaskRunner } from '../../src/steps/ports/task.js';
import { type RunPorts, runExecution } from '../../src/steps/run-execution.js';
import { executionHolder } from '../../src/workers/execution-holder.js';
import { waitFor } from '../support/wait-for.js';
import { ExecutionFixture, operator } from './execution-fixture.js';

const jobs = new ExecutionFixture('run_execution');

const launched = async (): Promise<string> => {
  const decision = await launchJob(jobs.ports, operator, {
    job: 'complete',
    isDryRun: false,
    fromStep: null,
    connectors: null,
    trigger: 'API',
  });
  if (!decision.ok) throw new Error('The launch was refused.');
  return decision.value;
};
const nameOf = ({ kind, connector }: TaskRun): string => (connector === null ? kind : `${kind} ${connector}`);

/** Runners that note what ran and answer what the test says, by name; COMPLETED otherwise. */
function portsWith(
  ran: string[],
  answers: Readonly<Record<string, (context: TaskContext) => Promise<TaskResult>>>,
  stop = new AbortController().signal,
  renewEveryMs = 20,
) {
  const faults: unknown[] = [];
  const runner: TaskRunner = (run, context) => {
    ran.push(nameOf(run));
    return answers[nameOf(run)]?.(context) ?? Promise.resolve(completedTask);
  };
  const runners = Object.fromEntries(taskKinds.map((kind) => [kind, runner])) as RunPorts['runners'];
  const holder = executionHolder({ executions: jobs.executions, stop, renewEveryMs, recordEveryMs: 20 });
  const ports: RunPorts = { executions: jobs.executions, holder, runners, onFault: (fault) => faults.push(fault) };
  return { ports, faults };
}
const unreachable = failedTask({ code: 'UNREACHABLE', message: 'CRM does not answer.', hint: 'Start it.' });
const untilAborted = (context: TaskContext): Promise<never> =>
  new Promise((_, reject) =>
    context.signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
  );

describe('an execution', () => {
  test('runs level by level to its end', async () => {
    const id = await launched();
    const ran: string[] = [];
    expect(await runExecution(portsWith(ran, {}).ports, id)).toBe('ended');
    expect(ran.slice(0, 2).sort()).toEqual(['EXPORT crm', 'EXPORT hr']);
    expect(ran.slice(2, 4).sort()).toEqual(['SYNCHRONIZE crm', 'SYNCHRONIZE hr']);
    expect(ran.slice(4)).toEqual(['COMPUTE_ROLE_MODEL', 'GENERATE_PROVISIONING_ORDERS']);
    expect(await jobs.told(id)).toEqual(['QUEUED', 'RUNNING', 'COMPLETED']);
  });

  test('names an unreachable system and goes on with the others', async () => {
    const id = await launched();
    const ran: string[] = [];
    await runExecution(portsWith(ran, { 'EXPORT crm': () => Promise.resolve(unreachable) }).ports, id);
    expect(await jobs.taskStates(id)).toEqual({
      'export-hr': 'COMPLETED',
      'export-crm': 'ERRORED',
      'sync-hr': 'COMPLETED',
      'sync-crm': 'ABORTED',
      compute: 'COMPLETED',
      generate: 'COMPLETED',
    });
    expect(await jobs.state(id)).toBe('ERRORED');
    const log = await jobs.rows<{ message: string }>(
      `select message from log_entry where execution_id = $1 and level in ('WARN', 'ERROR') order by id`,
      [id],
    );
    expect(log.map(({ message }) => message)).toEqual([
      'CRM does not answer. Start it.',
      'Skipped: it needs export-crm, which ended ERRORED.',
    ]);
    expect(await jobs.rows('select warning_count, error_count from job_execution where id = $1', [id])).toEqual([
      { warning_count: 1, error_count: 1 },
    ]);
  });

  test('ends BLOCKED with the violations of its tasks', async () => {
    const id = await launched();
    const violation = {
      name: 'synchronization.delete.percent',
      limit: 5,
      actual: 60,
      scope: 'hr',
      scopeKind: 'connector',
    } as const;
    await runExecution(
      portsWith([], {
        'SYNCHRONIZE hr': () => Promise.resolve({ ...completedTask, state: 'BLOCKED', violations: [violation] }),
      }).ports,
      id,
    );
    expect(await jobs.rows('select state, violations from job_execution where id = $1', [id])).toEqual([
      { state: 'BLOCKED', violations: [violation] },
    ]);
  });

  test('says of a fault of ours only that there was one', async () => {
    const id = await launched();
    const secret = new Error('connect ldaps://svc:S3cret@dc1:636 failed');
    const { ports, faults } = portsWith([], { COMPUTE_ROLE_MODEL: () => Promise.reject(secret) });
    await runExecution(ports, id);
    expect(faults).toEqual([secret]);
    expect((await jobs.taskStates(id)).generate).toBe('ABORTED');
    const stored = await jobs.rows(
      `select t.error::text, l.message from task_execution t left join log_entry l on l.task_id = t.id where t.execution_id = $1`,
      [id],
    );
    expect(JSON.stringify(stored)).not.toContain('S3cret');
  });

  test('writes progress merged, and the log before the task ends', async () => {
    const id = await launched();
    const compute = async (context: TaskContext) => {
      for (let done = 1; done <= 500; done += 1) context.progress({ done, total: 500 });
      context.log('INFO', 'half', { at: 250 });
      return completedTask;
    };
    await runExecution(portsWith([], { COMPUTE_ROLE_MODEL: compute }).ports, id);
    const facts = await jobs.rows(`select 1 from event where execution_id = $1 and body->'detail' ? 'progress'`, [id]);
    expect(facts.length).toBeGreaterThan(0);
    expect(facts.length).toBeLessThan(10);
    expect(
      await jobs.rows(`select done, total from task_execution where execution_id = $1 and identifier = 'compute'`, [
        id,
      ]),
    ).toEqual([{ done: 500, total: 500 }]);
    expect(await jobs.rows(`select fields from log_entry where execution_id = $1 and message = 'half'`, [id])).toEqual([
      { fields: { at: 250 } },
    ]);
  });

  test('is canceled between two acts', async () => {
    const id = await launched();
    const ran: string[] = [];
    const running = runExecution(portsWith(ran, { 'EXPORT hr': untilAborted }).ports, id);
    await waitFor(() => ran.length === 2, { what: 'both exports to run' });
    await cancelExecution(jobs.ports, operator, id);
    expect(await running).toBe('ended');
    expect(await jobs.state(id)).toBe('ABORTED');
    expect(await jobs.told(id)).toEqual(['QUEUED', 'RUNNING', 'CANCELING', 'ABORTED']);
    expect(
      Object.values(await jobs.taskStates(id)).filter((state) => state !== 'COMPLETED' && state !== 'ABORTED'),
    ).toEqual([]);
  });

  test.each(['EXPORT hr', 'GENERATE_PROVISIONING_ORDERS'])(
    'is canceled during %s though its holder has not renewed its lease since',
    async (last) => {
      const id = await launched();
      const ran: string[] = [];
      const cancel = async () => {
        await cancelExecution(jobs.ports, operator, id);
        return completedTask;
      };
      const never = 3_600_000;
      const { ports } = portsWith(ran, { [last]: cancel }, new AbortController().signal, never);
      expect(await runExecution(ports, id)).toBe('ended');
      expect(await jobs.told(id)).toEqual(['QUEUED', 'RUNNING', 'CANCELING', 'ABORTED']);
      expect(ran.includes('SYNCHRONIZE hr')).toBe(last !== 'EXPORT hr');
    },
  );
});

describe('a holder that goes', () => {
  test('is followed by one that repeats no finished task', async () => {
    const id = await launched();
    const first: string[] = [];
    let letGo: (result: TaskResult) => void = () => undefined;
    const hanging = new Promise<TaskResult>((resolve) => {
      letGo = resolve;
    });
    // Its renewals are lost, as those of a process that was stopped or killed.
    const { ports } = portsWith(first, { COMPUTE_ROLE_MODEL: () => hanging });
    const zombie = runExecution(
      {
        ...ports,
        holder: executionHolder({
          executions: jobs.executions,
          stop: new AbortController().signal,
          renewEveryMs: 3_600_000,
        }),
      },
      id,
    );
    await waitFor(() => first.includes('COMPUTE_ROLE_MODEL'), { what: 'the first holder to compute' });
    const second: string[] = [];
    expect(await runExecution(portsWith(second, {}).ports, id)).toBe('left');
    await jobs.expireLease(id);
    expect(await jobs.executions.requeue()).toBe(1);
    expect(await runExecution(portsWith(second, {}).ports, id)).toBe('ended');
    expect(second).toEqual(['COMPUTE_ROLE_MODEL', 'GENERATE_PROVISIONING_ORDERS']);
    letGo(unreachable);
    expect(await zombie).toBe('left');
    expect(await jobs.state(id)).toBe('COMPLETED');
    expect((await jobs.taskStates(id)).compute).toBe('COMPLETED');
  });

  test('may write nothing under its old token', async () => {
    const id = await launched();
    const old = await jobs.executions.claim(id);
    await jobs.expireLease(id);
    await jobs.executions.claim(id);
    if (old === null) throw new Error('The execution could not be claimed.');
    expect(await jobs.executions.renew(old)).toBe('lost');
    await expect(jobs.executions.finish(old, 'COMPLETED')).rejects.toThrow(LeaseLost);
    expect(await jobs.state(id)).toBe('RUNNING');
  });

  test('because its process stops gives the execution back at once', async () => {
    const id = await launched();
    const stop = new AbortController();
    const ran: string[] = [];
    const running = runExecution(portsWith(ran, { 'EXPORT hr': untilAborted }, stop.signal).ports, id);
    await waitFor(() => ran.length === 2, { what: 'both exports to run' });
    stop.abort();
    expect(await running).toBe('handed back');
    expect(await jobs.rows(`select count(*)::int as n from outbox where queue = 'jobs'`)).toEqual([{ n: 2 }]);
    const next: string[] = [];
    expect(await runExecution(portsWith(next, {}).ports, id)).toBe('ended');
    expect(next).not.toContain('EXPORT crm');
    expect(next).toContain('EXPORT hr');
  });

  test('leaves nothing that a requeue finds twice in the queue', async () => {
    const id = await launched();
    await jobs.database.query(`update job_execution set queued_at = queued_at - interval '1 minute' where id = $1`, [
      id,
    ]);
    await jobs.executions.requeue();
    await jobs.executions.requeue();
    const entries = await jobs.rows<{ job_id: string }>(`select distinct job_id from outbox where queue = 'jobs'`);
    expect(entries.length).toBeLessThanOrEqual(3);
    await jobs.executions.claim(id);
    expect(await jobs.executions.requeue()).toBe(0);
  });
});
