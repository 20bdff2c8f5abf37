// Executions as rows: launched once, held by one at a time, canceled, and put back into the queue when their holder is gone.
// Owns leases, with database time; what a holder writes while it works is job-execution-record.ts'.
import { type Actor, actorReference } from '../domain/actor.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ExecutionScope, JobExecutionState } from '../domain/job.js';
import type { ExecutionClaim, JobExecutionStore, Launched, NewExecution } from '../steps/ports/job-execution.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { finish, record, release, settle, skip, start, tasks } from './job-execution-record.js';
import { appendOutbox } from './outbox.js';

/** Seconds. Renewed by the holder every few seconds. */
const leaseSeconds = 15;

export const jobExecutionStore = (database: Database): JobExecutionStore => ({
  launch: (execution) => database.transaction((sql) => launch(sql, execution)),
  claim: (executionId) => database.transaction((sql) => claim(sql, executionId)),
  renew: (held) => renew(database, held),
  tasks: (held) => tasks(database, held),
  start: (held, taskId) => database.transaction((sql) => start(sql, held, taskId)),
  skip: (held, taskId, because) => database.transaction((sql) => skip(sql, held, taskId, because)),
  settle: (held, task, result) => database.transaction((sql) => settle(sql, held, task, result)),
  record: (held, progress, log) => database.transaction((sql) => record(sql, held, progress, log)),
  finish: (held, state) => database.transaction((sql) => finish(sql, held, state)),
  release: (held) => database.transaction((sql) => release(sql, held)),
  attachPlan: async (executionId, planId) => {
    await database.query('update job_execution set plan_id = $2 where id = $1', [executionId, planId]);
  },
  plannedChanges: async (executionId) => {
    const { rows } = await database.query<{ digest: string | null }>(
      `select md5(coalesce(string_agg(concat_ws('|', c.identity_id, c.resource_type, c.kind, c.resource_key, c.delta::text), E'\n'
         order by c.identity_id, c.resource_type, c.kind, c.resource_key), '')) as digest
       from job_execution e join provisioning_plan p on p.id = e.plan_id left join planned_change c on c.plan_id = p.id
       where e.id = $1 group by p.id`,
      [executionId],
    );
    return rows[0]?.digest ?? null;
  },
  cancel: (executionId, actor) => database.transaction((sql) => cancel(sql, executionId, actor)),
  requeue: () => database.transaction(requeue),
});

/** A change of an execution's state, as a fact. */
export const executionFact = (
  executionId: string,
  state: JobExecutionState,
  previousState: JobExecutionState | null,
): Fact => ({
  kind: 'JobExecutionChanged',
  executionId,
  detail: { state, previousState },
});

/** For whoever launches as a part of something else, in the same transaction. */
export async function launch(sql: Sql, execution: NewExecution): Promise<Launched> {
  const standing = await standingFor(sql, execution);
  if (standing !== null) return standing;
  if (!(await insert(sql, execution))) return (await hindrance(sql, execution)) ?? { kind: 'repeated' };
  const { id, actor } = execution;
  await appendFacts(sql, [executionFact(id, 'QUEUED', null)]);
  await appendOutbox(sql, [{ queue: 'jobs', name: 'execution', jobId: `${id}-0`, rowId: id, priority: 0 }]);
  if (actor.kind !== 'system') await auditLaunch(sql, execution);
  return { kind: 'created', executionId: id };
}

function standingFor(sql: Sql, execution: NewExecution): Promise<Launched | null> {
  if (execution.readsAlone !== undefined) return otherReading(sql, execution.readsAlone);
  return execution.job === null ? joinable(sql, execution) : hindrance(sql, execution);
}

async function otherReading(sql: Sql, connector: string): Promise<Launched | null> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`reading:${connector}`]);
  const { rows } = await sql.query<{ id: string; number: string }>(
    `select e.id, e.number::text from job_execution e join task_execution t on t.execution_id = e.id
     where e.finished_at is null and t.kind = 'SYNCHRONIZE' and t.connector = $1 and t.state in ('QUEUED', 'RUNNING')
     order by e.number limit 1`,
    [connector],
  );
  const [row] = rows;
  return row === undefined ? null : { kind: 'running', executionId: row.id, number: row.number };
}

/** Launches that mean the same wait for one another here, or both would find nothing to join. */
async function joinable(sql: Sql, { scopeDigest }: NewExecution): Promise<Launched | null> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`computation:${scopeDigest}`]);
  const { rows } = await sql.query<{ id: string }>(
    `select id from job_execution where job is null and state = 'QUEUED' and scope_digest = $1 limit 1`,
    [scopeDigest],
  );
  return rows[0] === undefined ? null : { kind: 'joined', executionId: rows[0].id };
}

async function hindrance(sql: Sql, { job, occurrence }: NewExecution): Promise<Launched | null> {
  const { rows } = await sql.query<{ id: string; number: string; isRepeated: boolean }>(
    `select id, number::text, coalesce(occurrence = $2, false) as "isRepeated" from job_execution
     where job = $1 and (state in ('QUEUED', 'RUNNING', 'CANCELING') or occurrence = $2) order by 3 desc, job_execution.number desc limit 1`,
    [job, occurrence],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return row.isRepeated ? { kind: 'repeated' } : { kind: 'running', executionId: row.id, number: row.number };
}

/** False when another launch of the job won. */
async function insert(sql: Sql, execution: NewExecution): Promise<boolean> {
  const { id, job, trigger, actor, isDryRun, scope, scopeDigest, occurrence, retryOf = null } = execution;
  const { count } = await sql.query(
    `insert into job_execution (id, job, state, trigger, launched_by, is_dry_run, scope, scope_digest, occurrence, retry_of)
     values ($1, $2, 'QUEUED', $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [id, job, trigger, actorReference(actor), isDryRun, JSON.stringify(scope), scopeDigest, occurrence, retryOf],
  );
  if (count === 0) return false;
  await sql.query(
    `insert into task_execution (id, execution_id, position, level, identifier, kind, connector, mode, state)
     select t.id, $1, t.position, t.level, t.identifier, t.kind, t.connector, t.mode, 'QUEUED'
     from jsonb_to_recordset($2::jsonb) as t(id uuid, position int, level int, identifier text, kind text, connector text, mode text)`,
    [id, JSON.stringify(execution.tasks.map((task, position) => ({ ...task, position })))],
  );
  return true;
}

const auditLaunch = (sql: Sql, { id, job, actor, isDryRun, scope, readsAlone }: NewExecution): Promise<void> =>
  appendAudit(sql, {
    actor: actorReference(actor),
    action: readsAlone !== undefined ? 'connector.synchronize' : job === null ? 'role-model.compute' : 'job.launch',
    subject: toGlobalId('JobExecution', id),
    before: null,
    after: { job, isDryRun, scope },
  });

interface ClaimedRow {
  readonly leaseToken: string;
  readonly job: string | null;
  readonly isDryRun: boolean;
  readonly scope: ExecutionScope;
  readonly launchedBy: string;
  readonly previousState: JobExecutionState;
}

async function claim(sql: Sql, executionId: string): Promise<ExecutionClaim | null> {
  const { rows } = await sql.query<ClaimedRow>(
    `with free as (
       select id, state from job_execution
       where id = $1 and finished_at is null and (lease_until is null or lease_until < clock_timestamp()) for update skip locked)
     update job_execution e
     set lease_token = e.lease_token + 1, lease_until = clock_timestamp() + make_interval(secs => $2),
         state = case free.state when 'QUEUED' then 'RUNNING' else free.state end, started_at = coalesce(e.started_at, clock_timestamp())
     from free where e.id = free.id
     returning e.lease_token::text as "leaseToken", e.job, e.is_dry_run as "isDryRun", e.scope, e.launched_by as "launchedBy",
       free.state as "previousState"`,
    [executionId, leaseSeconds],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { previousState, ...claimed } = row;
  if (previousState === 'QUEUED') await appendFacts(sql, [executionFact(executionId, 'RUNNING', 'QUEUED')]);
  return { executionId, ...claimed };
}

async function renew(sql: Sql, { executionId, leaseToken }: ExecutionClaim): Promise<'held' | 'canceled' | 'lost'> {
  const { rows } = await sql.query<{ isCancelAsked: boolean }>(
    `update job_execution set lease_until = clock_timestamp() + make_interval(secs => $3)
     where id = $1 and lease_token = $2 and finished_at is null returning is_cancel_asked as "isCancelAsked"`,
    [executionId, leaseToken, leaseSeconds],
  );
  if (rows[0] === undefined) return 'lost';
  return rows[0].isCancelAsked ? 'canceled' : 'held';
}

/** A queued execution that nobody holds ends here; a holder finds the wish at its next renewal. */
async function cancel(sql: Sql, executionId: string, actor: Actor): Promise<'canceling' | 'aborted' | 'ended' | null> {
  const { rows } = await sql.query<{ state: JobExecutionState; isEnded: boolean }>(
    `select state, finished_at is not null as "isEnded" from job_execution where id = $1 for update`,
    [executionId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (row.isEnded) return 'ended';
  const next = row.state === 'QUEUED' ? 'ABORTED' : 'CANCELING';
  await sql.query(
    `update job_execution set state = $2, is_cancel_asked = true, finished_at = case when $2 = 'ABORTED' then clock_timestamp() end where id = $1`,
    [executionId, next],
  );
  if (next === 'ABORTED') {
    await sql.query(
      `update task_execution set state = 'ABORTED', finished_at = clock_timestamp() where execution_id = $1`,
      [executionId],
    );
  }
  if (next !== row.state) await appendFacts(sql, [executionFact(executionId, next, row.state)]);
  await appendAudit(sql, {
    actor: actorReference(actor),
    action: 'job-execution.cancel',
    subject: toGlobalId('JobExecution', executionId),
    before: { state: row.state },
    after: { state: next },
  });
  return next === 'ABORTED' ? 'aborted' : 'canceling';
}

/** Waits this long before it takes a queued execution for forgotten: the relay and a busy worker may be slow. */
const forgottenAfterSeconds = 10;

/** One entry a minute and lease at most: an id that is still in the queue is not added again, and a kept old one does not hide a new one. */
async function requeue(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ id: string; jobId: string }>(
    `select id, id || '-' || lease_token || '-' || floor(extract(epoch from clock_timestamp()) / 60) as "jobId" from job_execution
     where finished_at is null and ((lease_until is null and queued_at < clock_timestamp() - make_interval(secs => $1)) or lease_until < clock_timestamp())
     for update skip locked`,
    [forgottenAfterSeconds],
  );
  await appendOutbox(
    sql,
    rows.map(({ id, jobId }) => ({ queue: 'jobs', name: 'execution', jobId, rowId: id, priority: 0 })),
  );
  return rows.length;
}
