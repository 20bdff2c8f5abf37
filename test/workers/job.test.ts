// Jobs through real queues, on both back ends: schedules, parts shared by workers, and what a worker that dies leaves behind.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemActor } from '../../src/domain/actor.js';
import { type Configuration, type JobDefinition, taskKinds } from '../../src/domain/configuration.js';
import { completedTask, type TaskResult } from '../../src/domain/job.js';
import { computeInParts } from '../../src/steps/await-parts.js';
import { launchComputation, type LaunchPorts } from '../../src/steps/launch-job.js';
import type { PartClaim, TaskPartStore } from '../../src/steps/ports/task-part.js';
import { type RunPorts, runExecution } from '../../src/steps/run-execution.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { exportStore } from '../../src/store/export.js';
import { idempotencyStore } from '../../src/store/idempotency-key.js';
import { jobExecutionStore } from '../../src/store/job-execution.js';
import { leftoverStore } from '../../src/store/leftover.js';
import { partitionStore } from '../../src/store/partition.js';
import { relayLeadership } from '../../src/store/leadership.js';
import { taskPartStore } from '../../src/store/task-part.js';
import { type ComputeWorkerPorts, startCompute } from '../../src/workers/compute.js';
import { executionHolder } from '../../src/workers/execution-holder.js';
import { type JobWorkerPorts, startJobs } from '../../src/workers/job.js';
import { openQueues, type Queues } from '../../src/workers/queue.js';
import { startRelay } from '../../src/workers/relay.js';
import { startScheduler } from '../../src/workers/scheduler.js';
import { type Stoppable, waitUnlessAborted } from '../../src/workers/stoppable.js';
import { openWorld, type World } from '../steps/role-model-world.js';
import { testRedisUrl } from '../support/redis.js';
import { waitFor } from '../support/wait-for.js';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const everySecond: JobDefinition = {
  identifier: 'ticking',
  displayName: 'Ticking',
  mode: 'INCREMENTAL',
  schedule: '* * * * * *',
  timeZone: 'Europe/Paris',
  isEnabled: true,
  steps: [{ identifier: 'nothing', kind: 'UPDATE_EXPRESSIONS', connector: null, level: 1 }],
};

describe.each(['Redis', 'PostgreSQL'] as const)('with queues in %s', (backend) => {
  let world: World;
  let leading: Database;
  /** As two processes would have them. */
  let queues: readonly [Queues, Queues];
  let relay: Stoppable;
  let running: Stoppable[] = [];
  let jobs: readonly JobDefinition[] = [];

  beforeAll(async () => {
    world = await openWorld(`job_${backend}`);
    const { url: databaseUrl } = world.database.dataSource.options as { url: string };
    const redisUrl = backend === 'Redis' ? await testRedisUrl() : null;
    const open = () => openQueues({ redisUrl, databaseUrl, log: quiet });
    queues = [await open(), await open()];
    leading = await openDatabase({ url: databaseUrl, poolSize: 2 }, Math.random);
    relay = startRelay({ relays: relayLeadership(leading), queues: queues[0], log: quiet });
  });
  beforeEach(() =>
    world.database.query(
      'truncate job_execution, task_execution, task_part, outbox, identity_state, resource_assignment cascade',
    ),
  );
  afterEach(async () => {
    await Promise.all(running.map((worker) => worker.stop()));
    running = [];
  });
  afterAll(async () => {
    await relay.stop();
    await Promise.all(queues.map((each) => each.close()));
    await leading.close();
    await world.close();
  });

  const launchPorts = (): LaunchPorts => ({
    environment: { ...world.ports.environment, now: () => new Date() },
    models: {
      current: async () => {
        const model = await world.ports.models.current();
        return { ...model, configuration: { ...model.configuration, jobs } satisfies Configuration };
      },
    },
    executions: jobExecutionStore(world.database),
  });
  /** Housekeeping looks after the exports' rows; nothing is exported here. */
  const exporting = () => ({ exports: exportStore(world.database) }) as JobWorkerPorts['exporting'];
  const rows = async <Row>(text: string, parameters: readonly unknown[] = []) =>
    (await world.database.query<Row>(text, parameters)).rows;

  describe('schedules', () => {
    const startProcess = (own: Queues): void => {
      const launch = launchPorts();
      const { environment, models } = launch;
      // The job of these tests has no task that reaches further.
      const tasks = {} as JobWorkerPorts['tasks'];
      running.push(
        startJobs({
          launch,
          tasks,
          idempotency: idempotencyStore(world.database),
          exporting: exporting(),
          partitions: partitionStore(world.database),
          leftovers: leftoverStore(world.database),
          queues: own,
          log: quiet,
        }),
        startScheduler({ models, queues: own, environment, log: quiet, everyMs: 100 }),
      );
    };
    const ended = () =>
      rows<{ occurrence: string }>(
        `select occurrence from job_execution where job = 'ticking' and state = 'COMPLETED' and trigger = 'SCHEDULE'`,
      );

    test('launch each planned moment once, though two processes keep them', async () => {
      jobs = [everySecond];
      queues.forEach(startProcess);
      await waitFor(async () => (await ended()).length >= 3, {
        what: 'three planned executions to end',
        deadlineMs: 20_000,
      });
      const occurrences = (await ended()).map(({ occurrence }) => occurrence);
      expect(new Set(occurrences).size).toBe(occurrences.length);
      // The planned second, not the moment at which some process came to it.
      expect(occurrences.filter((moment) => !moment.endsWith('000'))).toEqual([]);
      expect(await queues[0].queue('jobs').getJobSchedulersCount()).toBe(1);
    });

    test('launch a planned moment although the first try fails', async () => {
      jobs = [everySecond];
      const launch = launchPorts();
      const { executions, environment, models } = launch;
      const failed: (string | null)[] = [];
      const failingOnce: LaunchPorts['executions'] = {
        ...executions,
        launch: async (wanted) => {
          if (failed.length > 0) return executions.launch(wanted);
          failed.push(wanted.occurrence);
          throw new Error('the database is failing over');
        },
      };
      running.push(
        startJobs({
          launch: { ...launch, executions: failingOnce },
          tasks: {} as JobWorkerPorts['tasks'],
          idempotency: idempotencyStore(world.database),
          exporting: exporting(),
          partitions: partitionStore(world.database),
          leftovers: leftoverStore(world.database),
          queues: queues[0],
          log: quiet,
        }),
        startScheduler({ models, queues: queues[0], environment, log: quiet, everyMs: 100 }),
      );
      await waitFor(async () => (await ended()).some(({ occurrence }) => occurrence === failed[0]), {
        what: 'the moment whose launch failed to be launched',
        deadlineMs: 10_000,
      });
    });

    test('are removed with their jobs, and set again after the queue was emptied', async () => {
      jobs = [everySecond];
      queues.forEach(startProcess);
      const count = () => queues[0].queue('jobs').getJobSchedulersCount();
      await waitFor(async () => (await count()) === 1, { what: 'the schedule to be set' });
      await queues[0].queue('jobs').obliterate({ force: true });
      await waitFor(async () => (await count()) === 1, { what: 'the schedule to be set again' });
      jobs = [{ ...everySecond, isEnabled: false }];
      await waitFor(async () => (await count()) === 0, { what: 'the schedule to be removed' });
    });

    test('skip a moment at which the job still runs', async () => {
      jobs = [everySecond];
      const standing = launchPorts();
      const id = standing.environment.newId();
      await standing.executions.launch({
        id,
        job: 'ticking',
        trigger: 'API',
        actor: systemActor,
        isDryRun: false,
        scope: {},
        scopeDigest: '',
        occurrence: null,
        tasks: [],
      });
      // Held by the test: nobody else takes it, and it stands in the way.
      expect(await standing.executions.claim(id)).not.toBeNull();
      await world.database.query('delete from outbox');
      await queues[0].queue('jobs').drain();
      const skipped: object[] = [];
      const { environment, models } = standing;
      running.push(
        startJobs({
          launch: standing,
          tasks: {} as JobWorkerPorts['tasks'],
          idempotency: idempotencyStore(world.database),
          exporting: exporting(),
          partitions: partitionStore(world.database),
          leftovers: leftoverStore(world.database),
          queues: queues[0],
          log: { ...quiet, info: (details) => skipped.push(details) },
          requeueEveryMs: 3_600_000,
        }),
        startScheduler({ models, queues: queues[0], environment, log: quiet, everyMs: 100 }),
      );
      await waitFor(() => skipped.length > 0, { what: 'a skipped moment', deadlineMs: 20_000 });
      expect(JSON.stringify(skipped[0])).toContain('JOB_ALREADY_RUNNING');
    });
  });

  describe('parts of a computation', () => {
    const partSize = 50;
    const population = 600;

    beforeEach(async () => {
      const { rows: known } = await world.database.query('select 1 from resource limit 1');
      if (known.length > 0) return;
      await Promise.all(Array.from({ length: population }, (_, index) => world.person(`p${index}`)));
    });

    /** A worker in a process of its own; notes what it claimed. */
    const startWorker = (own: Queues, claims: PartClaim[], over: Partial<ComputeWorkerPorts> = {}): void => {
      const parts = taskPartStore(world.database, world.ports.environment);
      const claim: TaskPartStore['claim'] = async (partId) => {
        const claimed = await parts.claim(partId);
        if (claimed !== null) claims.push(claimed);
        return claimed;
      };
      // Parts are neither ordered nor dispatched.
      const ports = {
        ...world.ports,
        parts: { ...parts, claim },
        queues: own,
        log: quiet,
        concurrency: 1,
        ...over,
      } as ComputeWorkerPorts;
      running.push(startCompute(ports));
    };

    const ranges = () => world.ports.roleModel.buckets('person', partSize);
    const launched = async (): Promise<string> => {
      const decision = await launchComputation(launchPorts(), systemActor, {
        identityIds: null,
        resourceTypes: null,
        isDryRun: false,
        isFulfilled: false,
        trigger: 'API',
      });
      if (!decision.ok) throw new Error('The launch was refused.');
      return decision.value;
    };
    const runPorts = (stop = new AbortController().signal): RunPorts => {
      const executions = jobExecutionStore(world.database);
      const nothing = async (): Promise<TaskResult> => completedTask;
      const runners = Object.fromEntries(taskKinds.map((kind) => [kind, nothing])) as unknown as RunPorts['runners'];
      const parts = taskPartStore(world.database, world.ports.environment);
      return {
        executions,
        holder: executionHolder({ executions, stop, renewEveryMs: 100 }),
        onFault: (fault) => {
          throw fault;
        },
        runners: {
          ...runners,
          COMPUTE_ROLE_MODEL: (run, context) =>
            computeInParts({ parts, pause: waitUnlessAborted, ranges }, run, context),
        },
      };
    };
    const counters = async (id: string) =>
      (
        await rows<{ counters: object; state: string }>(
          `select counters, state from task_execution where execution_id = $1 and kind = 'COMPUTE_ROLE_MODEL'`,
          [id],
        )
      )[0];
    const states = async () => (await rows<{ n: number }>('select count(*)::int as n from identity_state'))[0]?.n;

    test('are shared by two workers, and the second run writes nothing', async () => {
      const [mine, theirs]: [PartClaim[], PartClaim[]] = [[], []];
      startWorker(queues[0], mine);
      startWorker(queues[1], theirs);
      const first = await launched();
      expect(await runExecution(runPorts(), first)).toBe('ended');
      expect(await states()).toBe(population);
      expect(mine.length).toBeGreaterThan(0);
      expect(theirs.length).toBeGreaterThan(0);
      expect(mine.length + theirs.length).toBe(2 * Math.ceil(population / partSize));
      expect(await counters(first)).toMatchObject({ state: 'COMPLETED', counters: { read: population } });
      await world.carryOut();
      const second = await launched();
      await runExecution(runPorts(), second);
      expect(await counters(second)).toMatchObject({
        state: 'COMPLETED',
        counters: { read: population, created: 0, updated: 0, deleted: 0, skipped: population },
      });
      expect(
        await rows(
          `select 1 from task_part p join task_execution t on t.id = p.task_id where t.execution_id = $1 and p.phase = 'compute'`,
          [second],
        ),
      ).toEqual([]);
    });

    test('of a worker that died are taken by another one, and its late result counts for nothing', async () => {
      const id = await launched();
      const ending = runExecution(runPorts(), id);
      const dead = taskPartStore(world.database, world.ports.environment);
      const part = await waitFor(
        async () => (await rows<{ id: string }>('select id from task_part order by position limit 1'))[0] ?? null,
        { what: 'parts' },
      );
      const claim = await dead.claim(part.id);
      if (claim === null) throw new Error('The part could not be claimed.');
      const claims: PartClaim[] = [];
      startWorker(queues[0], claims);
      await waitFor(
        async () =>
          (await rows<{ n: number }>('select count(*)::int as n from task_part where finished_at is null'))[0]?.n === 1,
        { what: 'all other parts' },
      );
      await world.database.query(
        `update task_part set lease_until = clock_timestamp() - interval '1 second' where id = $1`,
        [part.id],
      );
      expect(await ending).toBe('ended');
      expect(claims.some(({ partId }) => partId === part.id)).toBe(true);
      expect(await dead.settle(claim, { phase: 'failed', failure: { code: 'X', message: 'late', hint: null } })).toBe(
        false,
      );
      expect(await counters(id)).toMatchObject({ state: 'COMPLETED' });
      expect(await states()).toBe(population);
    }, 40_000);

    test('that ended are not computed again by the execution that takes over', async () => {
      const id = await launched();
      const stop = new AbortController();
      const claims: PartClaim[] = [];
      const cut = runExecution(runPorts(stop.signal), id);
      startWorker(queues[0], claims);
      await waitFor(() => claims.length >= 2, { what: 'two parts to be taken' });
      stop.abort();
      expect(await cut).toBe('handed back');
      expect(await runExecution(runPorts(), id)).toBe('ended');
      const taken = claims.map(({ partId }) => partId);
      expect(new Set(taken).size).toBe(taken.length);
      expect(await states()).toBe(population);
    });

    test('write nothing when the whole run would take too much from too many', async () => {
      startWorker(queues[0], []);
      await runExecution(runPorts(), await launched());
      const before = await rows('select identity_id, roles_hash from identity_state order by 1');
      world.configure({ roleRules: [], typeRules: [] });
      const id = await launched();
      await runExecution(runPorts(), id);
      expect(await counters(id)).toMatchObject({ state: 'BLOCKED' });
      expect(await rows('select violations->0->>$2 as name from job_execution where id = $1', [id, 'name'])).toEqual([
        { name: 'role-model.loss.percent' },
      ]);
      expect(await rows('select identity_id, roles_hash from identity_state order by 1')).toEqual(before);
      world.configure({});
    });
  });
});
