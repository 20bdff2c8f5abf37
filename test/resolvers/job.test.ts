// Jobs over GraphQL on a real PostgreSQL: launching, repeats with a key, executions, their tasks and their log.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import { scheduleReader } from '../../src/adapters/schedule.js';
import type { Actor } from '../../src/domain/actor.js';
import { taskKinds } from '../../src/domain/configuration.js';
import { completedTask, failedTask } from '../../src/domain/job.js';
import { withIdempotency } from '../../src/resolvers/idempotency.js';
import { resolverClasses } from '../../src/resolvers/list.js';
import { createContext } from '../../src/resolvers/operation.js';
import { buildApiSchema } from '../../src/schema/build.js';
import type { ApiPorts } from '../../src/steps/ports/api.js';
import { type RunPorts, runExecution } from '../../src/steps/run-execution.js';
import { idempotencyStore } from '../../src/store/idempotency-key.js';
import { releaseStore } from '../../src/store/release.js';
import { jobExecutionViews } from '../../src/store/views/job-execution.js';
import { executionHolder } from '../../src/workers/execution-holder.js';
import { employee, ExecutionFixture, operator } from '../steps/execution-fixture.js';

const jobs = new ExecutionFixture('job_api');
let schema: GraphQLSchema;

beforeAll(async () => {
  schema = withIdempotency(await buildApiSchema(resolverClasses));
});

interface Asked {
  readonly actor?: Actor;
  readonly header?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

async function ask(source: string, { actor = operator, header, variables = {} }: Asked = {}) {
  let isReplayed = false;
  const { database, ports } = jobs;
  const own = {
    ...ports,
    jobExecutions: jobExecutionViews(database),
    idempotency: idempotencyStore(database),
    schedules: scheduleReader,
    releases: releaseStore(database, ports.models),
  };
  const contextValue = createContext({
    actor,
    currentActor: () => Promise.resolve(actor),
    // What the nouns of this file ask for.
    ports: own as unknown as ApiPorts,
    idempotencyKey: header ?? null,
    onReplay: () => {
      isReplayed = true;
    },
    traceId: 'trace',
  });
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues: variables });
  // Null prototypes of graphql-js make comparisons fail.
  return {
    data: JSON.parse(JSON.stringify(data ?? null)),
    errors: errors?.map(({ message, extensions }) => ({ message, code: extensions.code })) ?? [],
    isReplayed,
  };
}

const launch = (selection = 'jobExecution { id number state }', key = '') =>
  `mutation L($job: String = "complete") { jobLaunch(input: { jobIdentifier: $job }) ${key} { ${selection} userErrors { code message field subject { id } } } }`;
const executions = async () => (await jobs.rows('select id from job_execution')).length;
const carryOut = async (id: string) => {
  const runners = Object.fromEntries(
    taskKinds.map((kind) => [kind, async () => completedTask]),
  ) as unknown as RunPorts['runners'];
  const unreachable = failedTask({
    code: 'UNREACHABLE',
    message: 'CRM does not answer.',
    hint: 'Start it.',
    targetCode: 'ECONNREFUSED',
  });
  const holder = executionHolder({ executions: jobs.executions, stop: new AbortController().signal });
  await runExecution(
    {
      executions: jobs.executions,
      holder,
      onFault: () => undefined,
      runners: {
        ...runners,
        EXPORT: async ({ connector }, { log }) => {
          log('INFO', 'asked', { connector });
          return connector === 'crm'
            ? unreachable
            : { ...completedTask, counters: { ...completedTask.counters, read: 7 } };
        },
      },
    },
    id,
  );
};
const onlyId = async () => (await jobs.rows<{ id: string }>('select id from job_execution'))[0]?.id ?? '';

describe('launching', () => {
  test('answers the execution; a second launch answers the one that runs', async () => {
    const first = await ask(launch());
    expect(first.data.jobLaunch).toMatchObject({
      jobExecution: { number: expect.stringMatching(/^EXE-\d+$/), state: 'QUEUED' },
      userErrors: [],
    });
    const second = await ask(launch());
    expect(second.data.jobLaunch).toMatchObject({
      jobExecution: null,
      userErrors: [{ code: 'JOB_ALREADY_RUNNING', subject: { id: first.data.jobLaunch.jobExecution.id } }],
    });
  });

  test('is refused to those who may not, without an execution', async () => {
    const { data } = await ask(launch(), { actor: employee });
    expect(data.jobLaunch.userErrors[0].code).toBe('FORBIDDEN');
    expect(await executions()).toBe(0);
  });

  test('needs one way of naming the job', async () => {
    const { errors } = await ask('mutation { jobLaunch(input: {}) { userErrors { code } } }');
    expect(errors).toEqual([{ message: 'Give either jobId or jobIdentifier.', code: 'BAD_USER_INPUT' }]);
  });

  test('of a computation joins an identical queued one', async () => {
    const compute =
      'mutation { roleModelCompute(input: {}) { jobExecution { id job { id } trigger } userErrors { code } } }';
    const [a, b] = [await ask(compute), await ask(compute)];
    expect(a.data.roleModelCompute.jobExecution).toMatchObject({ job: null, trigger: 'API' });
    expect(b.data).toEqual(a.data);
    expect(await executions()).toBe(1);
  });

  test('can be taken back', async () => {
    const { data } = await ask(launch());
    const cancel =
      'mutation C($id: ID!) { jobExecutionCancel(id: $id) { jobExecution { state viewerCanCancel } userErrors { code } } }';
    const canceled = await ask(cancel, { variables: { id: data.jobLaunch.jobExecution.id } });
    expect(canceled.data.jobExecutionCancel).toEqual({
      jobExecution: { state: 'ABORTED', viewerCanCancel: false },
      userErrors: [],
    });
    expect((await ask(cancel, { variables: { id: 'exe_nothing' } })).data.jobExecutionCancel.userErrors).toEqual([
      { code: 'NOT_FOUND' },
    ]);
  });
});

describe('a key', () => {
  const key = '@idempotent(key: "launch-2031-05-01")';

  test('makes a repeat answer the first execution, as it is now and as the repeat selects it', async () => {
    const first = await ask(launch('jobExecution { id }', key));
    await carryOut(await onlyId());
    const repeat = await ask(launch('jobExecution { id state tasks { identifier } }', key));
    expect(repeat.data.jobLaunch.jobExecution).toMatchObject({
      id: first.data.jobLaunch.jobExecution.id,
      state: 'ERRORED',
    });
    expect(repeat.data.jobLaunch.jobExecution.tasks).toHaveLength(6);
    expect([first.isReplayed, repeat.isReplayed]).toEqual([false, true]);
    expect(await executions()).toBe(1);
  });

  test('control: without it a repeat after the end launches again', async () => {
    await ask(launch());
    await carryOut(await onlyId());
    await ask(launch());
    expect(await executions()).toBe(2);
  });

  test('makes a repeat answer the first refusal, too', async () => {
    const unknown = { variables: { job: 'unknown' } };
    const first = await ask(launch(undefined, key), unknown);
    const repeat = await ask(launch(undefined, key), unknown);
    expect(repeat.data).toEqual(first.data);
    expect(repeat.isReplayed).toBe(true);
  });

  test('is refused for another call', async () => {
    await ask(launch(undefined, key));
    const other = await ask(launch(undefined, key), { variables: { job: 'incremental' } });
    expect(other.data.jobLaunch).toMatchObject({
      jobExecution: null,
      userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }],
    });
    expect(await executions()).toBe(1);
  });

  test('of the wrong form is refused', async () => {
    const { data } = await ask(launch(undefined, '@idempotent(key: "short")'));
    expect(data.jobLaunch.userErrors[0].code).toBe('INVALID');
    expect(await executions()).toBe(0);
  });

  test('can be a header of a document with one field, and of no other', async () => {
    const header = 'header-key-1';
    await ask(launch(), { header });
    expect((await ask(launch(), { header })).isReplayed).toBe(true);
    const two =
      'mutation { a: roleModelCompute(input: {}) { userErrors { code } } b: roleModelCompute(input: {}) { userErrors { code } } }';
    expect((await ask(two, { header })).errors[0]).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await executions()).toBe(1);
  });

  test('given with each field of a document stands for that field', async () => {
    const two = (tail: string) => `mutation {
      a: jobLaunch(input: { jobIdentifier: "complete" }) @idempotent(key: "key-a-${tail}") { jobExecution { id } userErrors { code } }
      b: jobLaunch(input: { jobIdentifier: "incremental" }) @idempotent(key: "key-b-${tail}") { jobExecution { id } userErrors { code } } }`;
    const first = await ask(two('first'));
    expect((await ask(two('first'))).data).toEqual(first.data);
    expect(await executions()).toBe(2);
  });

  test('lets 100 repeats at once launch one execution', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(launch(undefined, key))));
    const launched = answers.flatMap(({ data }) => data.jobLaunch.jobExecution?.id ?? []);
    const refused = answers.flatMap(({ data }) => data.jobLaunch.userErrors.map(({ code }: { code: string }) => code));
    expect(new Set(launched).size).toBe(1);
    expect(refused.filter((code) => code !== 'IDEMPOTENCY_IN_PROGRESS')).toEqual([]);
    expect(await executions()).toBe(1);
  });
});

describe('an execution', () => {
  test('shows tasks, needs, failures, counters and who launched it', async () => {
    await ask(launch());
    await carryOut(await onlyId());
    const { data, errors } = await ask(`{ jobExecutions(first: 5) { totalCount nodes {
      state progress { done total } rootFailure { identifier error { code message hint targetCode isRetryable fingerprint } }
      tasks { id identifier state dependsOn progress { done } } counters { read errored } warningCount errorCount
      job { identifier viewerCanLaunch } launchedBy { ... on ServiceAccount { identifier } } viewerCanRetry viewerCanResume queueBoardUrl } } }`);
    expect(errors).toEqual([]);
    const [node] = data.jobExecutions.nodes;
    expect(node).toMatchObject({
      state: 'ERRORED',
      progress: { done: 6, total: 6 },
      counters: { read: 7, errored: 1 },
      warningCount: 1,
      errorCount: 1,
      job: { identifier: 'complete', viewerCanLaunch: true },
      launchedBy: { identifier: 'batch' },
      viewerCanRetry: true,
      viewerCanResume: false,
      rootFailure: {
        identifier: 'export-crm',
        error: { code: 'UNREACHABLE', message: 'CRM does not answer.', targetCode: 'ECONNREFUSED', isRetryable: true },
      },
    });
    const task = (identifier: string) =>
      node.tasks.find((each: { identifier: string }) => each.identifier === identifier);
    expect(task('sync-crm')).toMatchObject({ state: 'ABORTED', dependsOn: [task('export-crm').id] });
    expect(node.queueBoardUrl).toMatch(/^\/queues\/queue\/jobs\//);
    expect(data.jobExecutions.totalCount).toBe(1);
  });

  test('that is under way keeps its job from being launched, and earlier ones from being run again', async () => {
    const flags = async () =>
      (
        await ask(
          '{ job(identifier: "complete") { viewerCanLaunch } jobExecutions(first: 2) { nodes { state viewerCanRetry } } }',
        )
      ).data;
    await ask(launch());
    await jobs.database.query(`update job_execution set state = 'ERRORED', finished_at = now()`);
    expect(await flags()).toEqual({
      job: { viewerCanLaunch: true },
      jobExecutions: { nodes: [{ state: 'ERRORED', viewerCanRetry: true }] },
    });
    await ask(launch());
    expect(await flags()).toEqual({
      job: { viewerCanLaunch: false },
      jobExecutions: {
        nodes: [
          { state: 'QUEUED', viewerCanRetry: false },
          { state: 'ERRORED', viewerCanRetry: false },
        ],
      },
    });
  });

  test('that is blocked offers no act that does not exist', async () => {
    await ask(launch());
    await jobs.database.query(`update job_execution set state = 'BLOCKED', finished_at = now()`);
    const { data } = await ask(
      '{ jobExecutions(first: 1) { nodes { state viewerCanResume viewerCanRetry viewerCanCancel } } }',
    );
    expect(data.jobExecutions.nodes).toEqual([
      { state: 'BLOCKED', viewerCanResume: false, viewerCanRetry: false, viewerCanCancel: false },
    ]);
  });

  test('is found by number, by id, by its tasks, and by what the filter says', async () => {
    const { data } = await ask(launch('jobExecution { id number tasks { id } }'));
    const { id, number, tasks } = data.jobLaunch.jobExecution;
    const found = await ask(
      `query F($id: ID!, $number: String!, $task: ID!) {
        byId: jobExecution(id: $id) { number } byNumber: jobExecution(number: $number) { id } node(id: $task) { ... on TaskExecution { identifier } }
        queued: jobExecutions(filter: { state: [QUEUED], trigger: [API] }) { nodes { id } } ended: jobExecutions(filter: { state: [COMPLETED] }) { nodes { id } } }`,
      { variables: { id, number, task: tasks[0].id } },
    );
    expect(found.data).toEqual({
      byId: { number },
      byNumber: { id },
      node: { identifier: 'export-hr' },
      queued: { nodes: [{ id }] },
      ended: { nodes: [] },
    });
    expect((await ask('{ jobExecution(number: "88x") { id } }')).errors[0]).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('keeps a log that is read in pages, by level, by text and by task', async () => {
    await ask(launch());
    await carryOut(await onlyId());
    const log = (rest: string) =>
      ask(
        `{ jobExecutions { nodes { log(${rest}) { nodes { level message task { identifier } fields } pageInfo { hasNextPage endCursor } totalCount } } } }`,
      );
    const first = (await log('first: 2')).data.jobExecutions.nodes[0].log;
    expect(first.nodes).toHaveLength(2);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = (await log(`first: 100, after: "${first.pageInfo.endCursor}"`)).data.jobExecutions.nodes[0].log;
    expect(first.nodes.length + rest.nodes.length).toBe(rest.totalCount);
    const warned = (await log('filter: { minLevel: WARN }')).data.jobExecutions.nodes[0].log.nodes;
    expect(warned.map(({ level }: { level: string }) => level)).toEqual(['ERROR', 'WARN']);
    const asked = (await log('filter: { text: "ASKED" }')).data.jobExecutions.nodes[0].log.nodes;
    expect(asked.map(({ fields }: { fields: { connector: string } }) => fields.connector).sort()).toEqual([
      'crm',
      'hr',
    ]);
  });

  test('is nobody’s business without the profile', async () => {
    const { data } = await ask(launch());
    const { id } = data.jobLaunch.jobExecution;
    const seen = await ask(
      'query S($id: ID!) { jobExecution(id: $id) { id } node(id: $id) { id } jobExecutions { nodes { id } totalCount } }',
      { actor: employee, variables: { id } },
    );
    expect(seen.data).toEqual({ jobExecution: null, node: null, jobExecutions: { nodes: [], totalCount: 0 } });
  });

  test('is refused in pages of a thousand', async () => {
    expect((await ask('{ jobExecutions(first: 1000) { nodes { id } } }')).errors[0]).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

test('jobs say when they run next, in words', async () => {
  expect(scheduleReader.words('0 2 * * *')).toBe('At 02:00');
  expect(scheduleReader.next('30 2 * * *', 'Europe/Paris', new Date('2031-03-29T12:00:00Z'))?.toISOString()).toBe(
    '2031-03-30T01:00:00.000Z',
  );
  const { data } = await ask(
    '{ jobs { identifier schedule nextRunAt steps { identifier kind mode } isEnabled viewerCanLaunch executions { totalCount } } }',
  );
  expect(data.jobs).toHaveLength(3);
  expect(data.jobs[2]).toMatchObject({
    identifier: 'retired',
    isEnabled: false,
    viewerCanLaunch: false,
    nextRunAt: null,
    executions: { totalCount: 0 },
  });
});
