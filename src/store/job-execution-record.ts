// What the holder of an execution writes while it works: tasks started, skipped and settled, progress, log, and the end.
// Every write proves the lease first and locks the execution's row; a holder that lost it gets LeaseLost and writes nothing.
import { LeaseLost } from '../domain/lease.js';
import type { Fact } from '../domain/event.js';
import type { JobExecutionState, TaskResult } from '../domain/job.js';
import type { TaskStatus } from '../domain/job-execution.js';
import type { ExecutionClaim, LogLine, TaskProgressLine } from '../steps/ports/job-execution.js';
import type { Sql } from './database.js';
import { appendFacts } from './event.js';
import { appendOutbox } from './outbox.js';

async function prove(sql: Sql, { executionId, leaseToken }: ExecutionClaim): Promise<JobExecutionState> {
  const { rows } = await sql.query<{ state: JobExecutionState }>(
    'select state from job_execution where id = $1 and lease_token = $2 and finished_at is null for update',
    [executionId, leaseToken],
  );
  if (rows[0] === undefined) throw new LeaseLost(`job execution ${executionId}`);
  return rows[0].state;
}

export async function tasks(sql: Sql, { executionId }: ExecutionClaim): Promise<readonly TaskStatus[]> {
  const { rows } = await sql.query<TaskStatus>(
    'select id, identifier, kind, connector, mode, level, state, is_released as "isReleased" from task_execution where execution_id = $1 order by position',
    [executionId],
  );
  return rows;
}

const taskFact = (claim: ExecutionClaim, taskId: string, taskState: JobExecutionState): Fact => ({
  kind: 'JobExecutionChanged',
  executionId: claim.executionId,
  detail: { taskId, taskState },
});

/** False, and nothing started, when the execution is to be canceled. */
export async function start(sql: Sql, claim: ExecutionClaim, taskId: string): Promise<boolean> {
  if ((await prove(sql, claim)) === 'CANCELING') return false;
  await sql.query(
    `update task_execution set state = 'RUNNING', started_at = coalesce(started_at, clock_timestamp()) where id = $1 and execution_id = $2`,
    [taskId, claim.executionId],
  );
  await appendFacts(sql, [taskFact(claim, taskId, 'RUNNING')]);
  return true;
}

export async function skip(sql: Sql, claim: ExecutionClaim, taskId: string, because: TaskStatus): Promise<void> {
  await prove(sql, claim);
  await sql.query(
    `update task_execution set state = 'ABORTED', finished_at = clock_timestamp() where id = $1 and execution_id = $2`,
    [taskId, claim.executionId],
  );
  const message = `Skipped: it needs ${because.identifier}, which ended ${because.state}.`;
  await writeLog(sql, claim, [{ taskId, level: 'WARN', message, fields: null }]);
  await appendFacts(sql, [taskFact(claim, taskId, 'ABORTED')]);
}

export async function settle(sql: Sql, claim: ExecutionClaim, task: TaskStatus, result: TaskResult): Promise<void> {
  await prove(sql, claim);
  await sql.query(
    `update task_execution set state = $3, counters = $4, violations = $5, error = $6, message = null, finished_at = clock_timestamp(),
       done = greatest(done, coalesce(total, done))
     where id = $1 and execution_id = $2`,
    [
      task.id,
      claim.executionId,
      result.state,
      JSON.stringify(result.counters),
      JSON.stringify(result.violations),
      result.failure === null ? null : JSON.stringify(result.failure),
    ],
  );
  if (result.violations.length > 0) {
    await sql.query('update job_execution set violations = violations || $2::jsonb where id = $1', [
      claim.executionId,
      JSON.stringify(result.violations),
    ]);
  }
  await writeLog(sql, claim, resultLines(task, result));
  await appendFacts(sql, [taskFact(claim, task.id, result.state)]);
}

function resultLines(task: TaskStatus, result: TaskResult): readonly LogLine[] {
  const line = (level: LogLine['level'], message: string): LogLine => ({
    taskId: task.id,
    level,
    message,
    fields: null,
  });
  const { failure } = result;
  return [
    ...result.warnings.map((warning) => line('WARN', warning)),
    ...result.violations.map(({ name, limit, actual, scope }) =>
      line('WARN', `The limit ${name} of ${scope} is ${limit}; this run would make it ${actual}.`),
    ),
    ...(failure === null
      ? []
      : [line('ERROR', failure.hint === null ? failure.message : `${failure.message} ${failure.hint}`)]),
    line('INFO', `${task.identifier} ended ${result.state}.`),
  ];
}

export async function record(
  sql: Sql,
  claim: ExecutionClaim,
  progress: readonly TaskProgressLine[],
  log: readonly LogLine[],
): Promise<void> {
  await prove(sql, claim);
  await writeLog(sql, claim, log);
  if (progress.length === 0) return;
  await sql.query(
    `update task_execution t set done = p.done, total = p.total, message = p.message
     from jsonb_to_recordset($2::jsonb) as p("taskId" uuid, done int, total int, message text)
     where t.id = p."taskId" and t.execution_id = $1 and t.state = 'RUNNING'`,
    [claim.executionId, JSON.stringify(progress)],
  );
  // Without a state: a reader may merge it with the next one.
  await appendFacts(sql, [{ kind: 'JobExecutionChanged', executionId: claim.executionId, detail: { progress } }]);
}

async function writeLog(sql: Sql, claim: ExecutionClaim, lines: readonly LogLine[]): Promise<void> {
  if (lines.length === 0) return;
  await sql.query(
    `insert into log_entry (execution_id, task_id, level, message, fields)
     select $1, l."taskId", l.level, l.message, l.fields
     from jsonb_to_recordset($2::jsonb) as l("taskId" uuid, level text, message text, fields jsonb)`,
    [claim.executionId, JSON.stringify(lines)],
  );
  const count = (level: LogLine['level']) => lines.filter((line) => line.level === level).length;
  await sql.query(
    'update job_execution set warning_count = warning_count + $2, error_count = error_count + $3 where id = $1',
    [claim.executionId, count('WARN'), count('ERROR')],
  );
}

/** A cancellation that was acknowledged is kept, even when its holder had nothing left to stop. */
export async function finish(sql: Sql, claim: ExecutionClaim, wanted: JobExecutionState): Promise<void> {
  const previousState = await prove(sql, claim);
  const state = previousState === 'CANCELING' ? 'ABORTED' : wanted;
  await sql.query(
    `update task_execution set state = 'ABORTED', finished_at = clock_timestamp() where execution_id = $1 and finished_at is null`,
    [claim.executionId],
  );
  await sql.query(
    'update job_execution set state = $2, finished_at = clock_timestamp(), lease_until = null where id = $1',
    [claim.executionId, state],
  );
  await appendFacts(sql, [
    { kind: 'JobExecutionChanged', executionId: claim.executionId, detail: { state, previousState } },
  ]);
  if (state === 'BLOCKED') await replaceOlder(sql, claim.executionId);
}

/** What an older execution was blocked by, this one has looked at again: one waits for a person, not one an hour. */
async function replaceOlder(sql: Sql, executionId: string): Promise<void> {
  const { rows } = await sql.query<{ id: string; number: string }>(
    `update job_execution o set state = 'ABORTED' from job_execution e
     where e.id = $1 and o.id <> e.id and o.state = 'BLOCKED' and o.number < e.number
       and not exists (select from task_execution t where t.execution_id = o.id and t.state = 'BLOCKED'
         and (t.kind not in ('SYNCHRONIZE', 'COMPUTE_ROLE_MODEL') or not exists (select from task_execution n where n.execution_id = e.id
           and n.state = 'BLOCKED' and n.kind = t.kind and n.connector is not distinct from t.connector)))
     returning o.id, e.number::text`,
    [executionId],
  );
  for (const { id, number } of rows) {
    await sql.query(`insert into log_entry (execution_id, level, message) values ($1, 'INFO', $2)`, [
      id,
      `EXE-${number} was blocked by the same and waits in its place.`,
    ]);
  }
  await appendFacts(
    sql,
    rows.map(({ id }) => ({
      kind: 'JobExecutionChanged',
      executionId: id,
      detail: { state: 'ABORTED', previousState: 'BLOCKED' },
    })),
  );
}

/** Expired at once and queued again, so that the next process need not wait for a sweep. The token ends, too: a renewal under way would take it back. */
export async function release(sql: Sql, claim: ExecutionClaim): Promise<void> {
  const { executionId, leaseToken } = claim;
  await prove(sql, claim);
  await sql.query(
    'update job_execution set lease_until = clock_timestamp(), lease_token = lease_token + 1 where id = $1',
    [executionId],
  );
  const jobId = `${executionId}-${leaseToken}-released`;
  await appendOutbox(sql, [{ queue: 'jobs', name: 'execution', jobId, rowId: executionId, priority: 0 }]);
}
