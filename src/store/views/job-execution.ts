// Executions for showing, each with its tasks: by id, by number, in pages, by connector.
import type { PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import type {
  JobExecutionQuestion,
  JobExecutionView,
  JobExecutionViews,
  TaskExecutionView,
} from '../../steps/ports/job-view.js';
import type { Database, Sql } from '../database.js';
import { allOf, type Fragment, literal, rendered, sql } from '../fragment.js';
import { idConditions, instantConditions, oneOfConditions } from './filter.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';
import { countLog, readLog } from './log-entry.js';

const from = literal('job_execution e');
const newestFirst: readonly KeysetColumn[] = [{ column: 'e.number', type: 'bigint', isDescending: true }];

export const jobExecutionViews = (database: Database): JobExecutionViews => ({
  page: (question, page) => readExecutions(database, question, page),
  count: (question) => countRows(database, from, condition(question)),
  byIds: (ids, question) =>
    select(database, allOf([...idConditions('e.id', { in: ids }, 'uuid'), condition(question)])),
  byNumber: async (number, scope) =>
    (await select(database, allOf([sql`e.number = ${number}::bigint`, visible(scope)])))[0] ?? null,
  matching: async (question, limit) =>
    (await readExecutions(database, question, { first: limit + 1, after: null })).rows,
  byTaskIds: (taskIds, scope) => byTaskIds(database, taskIds, scope),
  lastSynchronizations: (connectors, scope) => lastSynchronizations(database, connectors, scope),
  log: (question, page) => readLog(database, question, page),
  countLog: (question) => countLog(database, question),
});

const columns =
  literal(`e.id, e.number::text as number, e.job, e.state, e.trigger, e.launched_by as "launchedBy", e.is_dry_run as "isDryRun",
  e.plan_id as "planId", e.violations, e.warning_count as "warningCount", e.error_count as "errorCount", e.queued_at as "queuedAt",
  e.started_at as "startedAt", e.finished_at as "finishedAt"`);

type ExecutionRow = Omit<JobExecutionView, 'tasks'>;

async function readExecutions(database: Sql, question: JobExecutionQuestion, page: PageRequest) {
  const found = await readPage<ExecutionRow, ExecutionRow>(database, {
    select: columns,
    from,
    where: condition(question),
    order: newestFirst,
    page,
    row: (row) => row,
  });
  return { ...found, rows: await withTasks(database, found.rows) };
}

async function select(database: Sql, where: Fragment): Promise<readonly JobExecutionView[]> {
  const { text, parameters } = rendered(sql`select ${columns} from ${from} where ${where} order by e.number desc`);
  return withTasks(database, (await database.query<ExecutionRow>(text, parameters)).rows);
}

async function withTasks(database: Sql, executions: readonly ExecutionRow[]): Promise<readonly JobExecutionView[]> {
  if (executions.length === 0) return [];
  const { rows } = await database.query<TaskExecutionView>(
    `select id, execution_id as "executionId", identifier, kind, connector, mode, level, state, is_released as "isReleased", done, total, message,
       '{"read":0,"created":0,"updated":0,"deleted":0,"skipped":0,"errored":0}'::jsonb || counters as counters, error as failure,
       started_at as "startedAt", finished_at as "finishedAt",
       extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float8 as "runningSeconds"
     from task_execution where execution_id = any($1::uuid[]) order by execution_id, position`,
    [executions.map(({ id }) => id)],
  );
  const tasksOf = new Map<string, TaskExecutionView[]>();
  for (const task of rows) tasksOf.set(task.executionId, [...(tasksOf.get(task.executionId) ?? []), task]);
  return executions.map((execution) => ({ ...execution, tasks: tasksOf.get(execution.id) ?? [] }));
}

async function byTaskIds(
  database: Sql,
  taskIds: readonly string[],
  scope: ReadScope,
): Promise<ReadonlyMap<string, JobExecutionView>> {
  const ids = rendered(allOf(idConditions('t.id', { in: taskIds }, 'uuid')));
  const { rows } = await database.query<{ taskId: string; executionId: string }>(
    `select t.id as "taskId", t.execution_id as "executionId" from task_execution t where ${ids.text}`,
    ids.parameters,
  );
  const executionIds = [...new Set(rows.map(({ executionId }) => executionId))];
  const found = new Map(
    (await select(database, allOf([...idConditions('e.id', { in: executionIds }, 'uuid'), visible(scope)]))).map(
      (each) => [each.id, each],
    ),
  );
  return pairs(rows.map(({ taskId, executionId }) => [taskId, found.get(executionId)]));
}

async function lastSynchronizations(
  database: Sql,
  connectors: readonly string[],
  scope: ReadScope,
): Promise<ReadonlyMap<string, JobExecutionView>> {
  const { rows } = await database.query<{ connector: string; executionId: string }>(
    `select c.connector, t.execution_id as "executionId" from unnest($1::text[]) as c(connector)
     cross join lateral (
       select execution_id from task_execution where connector = c.connector and kind = 'SYNCHRONIZE' and state in ('COMPLETED', 'WARNING')
       order by id desc limit 1) as t`,
    [connectors],
  );
  const ids = rows.map(({ executionId }) => executionId);
  const found = new Map(
    (await select(database, allOf([...idConditions('e.id', { in: ids }, 'uuid'), visible(scope)]))).map((each) => [
      each.id,
      each,
    ]),
  );
  return pairs(rows.map(({ connector, executionId }) => [connector, found.get(executionId)]));
}

const pairs = <Value>(entries: readonly (readonly [string, Value | undefined])[]): ReadonlyMap<string, Value> =>
  new Map(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));

/** Nobody sees some of the executions: those who may see jobs see all. */
export const visible = (scope: ReadScope): Fragment => literal(scope === 'all' ? 'true' : 'false');

function condition({ filter, scope }: JobExecutionQuestion): Fragment {
  if (filter === null) return visible(scope);
  return allOf([
    visible(scope),
    ...oneOfConditions('e.state', filter.state),
    ...oneOfConditions('e.trigger', filter.trigger),
    ...idConditions('e.job', filter.job, 'text'),
    ...instantConditions('e.queued_at', filter.queuedAt),
    ...ofConnector(filter),
  ]);
}

function ofConnector({ connector }: NonNullable<JobExecutionQuestion['filter']>): readonly Fragment[] {
  const conditions = idConditions('t.connector', connector, 'text');
  if (conditions.length === 0) return [];
  return [sql`e.id in (select t.execution_id from task_execution t where ${allOf(conditions)})`];
}
