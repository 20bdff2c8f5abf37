// Parts of computations as rows: made once, leased with database time to one worker each, settled once.
import { type Counters, noCounters, type TaskFailure } from '../domain/job.js';
import type { Environment } from '../steps/ports/clock.js';
import type {
  PartClaim,
  PartPhase,
  PartRange,
  PartResult,
  PartState,
  PartSurvey,
  TaskPartStore,
} from '../steps/ports/task-part.js';
import type { Database, Sql } from './database.js';
import { appendOutbox } from './outbox.js';

const leaseSeconds = 15;

export const taskPartStore = (database: Database, environment: Pick<Environment, 'newId'>): TaskPartStore => ({
  open: (taskId, phase, ranges) => database.transaction((sql) => open(sql, environment, taskId, phase, ranges)),
  list: (taskId, phase) => list(database, taskId, phase),
  requeue: (taskId) => database.transaction((sql) => requeue(sql, taskId)),
  claim: (partId) => claim(database, partId),
  renew: (held) => renew(database, held),
  settle: (held, result) => settle(database, held, result),
});

async function open(
  sql: Sql,
  { newId }: Pick<Environment, 'newId'>,
  taskId: string,
  phase: PartPhase,
  ranges: readonly PartRange[],
): Promise<void> {
  await sql.query('select from task_execution where id = $1 for update', [taskId]);
  const { rows } = await sql.query('select 1 from task_part where task_id = $1 and phase = $2 limit 1', [
    taskId,
    phase,
  ]);
  if (rows.length > 0) return;
  const parts = ranges.map((range, position) => ({ ...range, position, id: newId() }));
  await sql.query(
    `insert into task_part (id, task_id, phase, position, after_id, until_id, size, state)
     select p.id, $1, $2, p.position, p."afterId", p."untilId", p.size, 'QUEUED'
     from jsonb_to_recordset($3::jsonb) as p(id uuid, position int, "afterId" uuid, "untilId" uuid, size int)`,
    [taskId, phase, JSON.stringify(parts)],
  );
  await queue(
    sql,
    parts.map(({ id }) => ({ id, jobId: `${id}-0` })),
  );
}

/** After single identities, which have priority 0: nobody waits for a complete run to be through. */
const partPriority = 5;

const queue = (sql: Sql, parts: readonly { readonly id: string; readonly jobId: string }[]): Promise<void> =>
  appendOutbox(
    sql,
    parts.map(({ id, jobId }) => ({ queue: 'compute', name: 'bucket', jobId, rowId: id, priority: partPriority })),
  );

/** One entry a minute and lease at most: see job-execution.ts. */
async function requeue(sql: Sql, taskId: string): Promise<number> {
  const { rows } = await sql.query<{ id: string; jobId: string }>(
    `select id, id || '-' || lease_token || '-' || floor(extract(epoch from clock_timestamp()) / 60) as "jobId" from task_part
     where task_id = $1 and finished_at is null and (lease_until is null or lease_until < clock_timestamp()) for update skip locked`,
    [taskId],
  );
  await queue(sql, rows);
  return rows.length;
}

interface PartRow extends PartRange {
  readonly isEnded: boolean;
  readonly counters: Partial<Counters>;
  readonly warnings: readonly string[];
  readonly survey: PartSurvey | null;
  readonly failure: TaskFailure | null;
}

async function list(sql: Sql, taskId: string, phase: PartPhase): Promise<readonly PartState[]> {
  const { rows } = await sql.query<PartRow>(
    `select after_id as "afterId", until_id as "untilId", size, finished_at is not null as "isEnded", counters, warnings, survey, error as failure
     from task_part where task_id = $1 and phase = $2 order by position`,
    [taskId, phase],
  );
  return rows.map((row) => ({ ...row, counters: { ...noCounters, ...row.counters } }));
}

async function claim(sql: Sql, partId: string): Promise<PartClaim | null> {
  const { rows } = await sql.query<PartClaim>(
    `update task_part p set lease_token = p.lease_token + 1, lease_until = clock_timestamp() + make_interval(secs => $2), state = 'RUNNING'
     from task_execution t join job_execution e on e.id = t.execution_id
     where p.id = $1 and t.id = p.task_id and t.state = 'RUNNING' and e.state = 'RUNNING'
       and p.finished_at is null and (p.lease_until is null or p.lease_until < clock_timestamp())
     returning p.id as "partId", p.task_id as "taskId", t.execution_id as "executionId", p.phase, p.after_id as "afterId",
       p.until_id as "untilId", p.size, p.lease_token::text as "leaseToken"`,
    [partId, leaseSeconds],
  );
  return rows[0] ?? null;
}

async function renew(sql: Sql, { partId, leaseToken }: PartClaim): Promise<boolean> {
  const { count } = await sql.query(
    `update task_part set lease_until = clock_timestamp() + make_interval(secs => $3)
     where id = $1 and lease_token = $2 and finished_at is null`,
    [partId, leaseToken, leaseSeconds],
  );
  return count === 1;
}

async function settle(sql: Sql, { partId, leaseToken }: PartClaim, result: PartResult): Promise<boolean> {
  const { state, counters, warnings, survey, failure } = columnsOf(result);
  const { count } = await sql.query(
    `update task_part set state = $3, counters = $4, warnings = $5, survey = $6, error = $7, finished_at = clock_timestamp(), lease_until = null
     where id = $1 and lease_token = $2 and finished_at is null`,
    [
      partId,
      leaseToken,
      state,
      JSON.stringify(counters),
      JSON.stringify(warnings),
      jsonOrNull(survey),
      jsonOrNull(failure),
    ],
  );
  return count === 1;
}

const jsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

function columnsOf(result: PartResult) {
  const nothing = { counters: noCounters, warnings: [], survey: null, failure: null };
  switch (result.phase) {
    case 'survey':
      return { ...nothing, state: 'COMPLETED', survey: result.survey };
    case 'compute':
      return { ...nothing, ...result.result, survey: null };
    case 'failed':
      return { ...nothing, state: 'ERRORED', failure: result.failure };
    default:
      return result satisfies never;
  }
}
