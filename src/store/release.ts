// Executions that a threshold stopped: what each blocked task holds back and its digest, and the acts that follow.
// Owns the texts that digests are made of; whether somebody may release is domain/release.ts'.
import { type Actor, actorReference } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { BlockedExecution, HeldPart } from '../domain/release.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { ReleaseStore, Resumed, RetriedExecution } from '../steps/ports/release.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { rendered, sql as text } from './fragment.js';
import { executionFact } from './job-execution.js';
import { readSameHumans, readSameHumansOfKey } from './natural-person.js';
import { appendOutbox } from './outbox.js';
import { heldChanges } from './views/held-change.js';

export const releaseStore = (database: Database, models: ModelSource): ReleaseStore => ({
  blocked: async (executionId) => blocked(database, executionId, await models.current()),
  resume: (execution, actor, release) => database.transaction((sql) => resume(sql, execution, actor, release)),
  decline: (execution, actor, comment) => database.transaction((sql) => decline(sql, execution, actor, comment)),
  retried: (executionId) => retried(database, executionId),
});

interface BlockedRow extends Omit<BlockedExecution, 'parts' | 'launchers'> {
  readonly isComputationBlocked: boolean;
}

async function blocked(sql: Sql, executionId: string, model: CompiledModel): Promise<BlockedExecution | null> {
  const { rows } = await sql.query<BlockedRow>(
    `select e.id, 'EXE-' || e.number as number, e.state, e.launched_by as "launchedBy", p.inputs_digest as "planDigest",
       exists (select from task_execution t where t.execution_id = e.id and t.state = 'BLOCKED' and t.kind = 'COMPUTE_ROLE_MODEL') as "isComputationBlocked"
     from job_execution e left join provisioning_plan p on p.id = e.plan_id where e.id = $1`,
    [executionId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { isComputationBlocked, ...execution } = row;
  const computed: readonly HeldPart[] = isComputationBlocked
    ? [{ kind: 'COMPUTE_ROLE_MODEL', digest: row.planDigest ?? '' }]
    : [];
  const launchers = await launchersOf(sql, row.launchedBy, model);
  return { ...execution, launchers, parts: [...computed, ...(await heldParts(sql, executionId))] };
}

/** Every identity of the person who launched it, or who answers for the service account that did. */
async function launchersOf(
  sql: Sql,
  launchedBy: string,
  { configuration, identityType }: CompiledModel,
): Promise<readonly string[]> {
  const [kind, name = ''] = launchedBy.split(':');
  if (kind === 'identity') return readSameHumans(sql, identityType, [name]);
  const service = configuration.serviceAccounts.find(({ identifier }) => kind === 'service' && identifier === name);
  return readSameHumansOfKey(sql, identityType, service?.owner ?? null);
}

async function heldParts(sql: Sql, executionId: string): Promise<readonly HeldPart[]> {
  const { text: statement, parameters } = rendered(
    text`select h."taskKind" as kind, md5(string_agg(h.id || h.kind || h.mark, '|' order by h.id)) as digest
      from ${heldChanges(text`${executionId}::uuid`)} where h."taskKind" <> 'COMPUTE_ROLE_MODEL' group by 1 order by 1`,
  );
  return (await sql.query<HeldPart>(statement, parameters)).rows;
}

async function isAsDecided(sql: Sql, { id, parts }: BlockedExecution): Promise<boolean> {
  const { rows } = await sql.query<{ state: string }>('select state from job_execution where id = $1 for update', [id]);
  const held = parts.filter(({ kind }) => kind !== 'COMPUTE_ROLE_MODEL');
  return rows[0]?.state === 'BLOCKED' && JSON.stringify(await heldParts(sql, id)) === JSON.stringify(held);
}

/** Only what stands first is released: what comes after it is held against the thresholds again, with what it brings. */
async function resume(
  sql: Sql,
  execution: BlockedExecution,
  actor: Actor,
  { digest, comment }: { readonly digest: string; readonly comment: string },
): Promise<Resumed> {
  if (!(await isAsDecided(sql, execution))) return { kind: 'moved' };
  const running = await runningOne(sql, execution.id);
  if (running !== null) return running;
  const isRequeued = await requeueTasks(sql, execution.id);
  if (isRequeued.includes('GENERATE_PROVISIONING_ORDERS')) await freeAccounts(sql, execution.id);
  const { rows } = await sql.query<{ token: string }>(
    `update job_execution set state = 'QUEUED', finished_at = null, lease_until = null, lease_token = lease_token + 1, violations = '[]', is_cancel_asked = false,
       released_by = $2, released_at = clock_timestamp(), release_comment = $3, release_digest = $4, queued_at = clock_timestamp()
     where id = $1 returning lease_token::text as token`,
    [execution.id, actorReference(actor), comment, digest],
  );
  await appendFacts(sql, [executionFact(execution.id, 'QUEUED', 'BLOCKED')]);
  const jobId = `${execution.id}-${rows[0]?.token ?? ''}-resumed`;
  await appendOutbox(sql, [{ queue: 'jobs', name: 'execution', jobId, rowId: execution.id, priority: 0 }]);
  await audit(sql, execution, actor, 'job-execution.resume', { digest, comment });
  return { kind: 'resumed' };
}

async function runningOne(sql: Sql, executionId: string): Promise<Extract<Resumed, { kind: 'running' }> | null> {
  const { rows } = await sql.query<{ id: string; number: string }>(
    `select o.id, o.number::text from job_execution e join job_execution o on o.job = e.job and o.id <> e.id and o.state in ('QUEUED', 'RUNNING', 'CANCELING')
     where e.id = $1 limit 1`,
    [executionId],
  );
  return rows[0] === undefined ? null : { kind: 'running', executionId: rows[0].id, number: rows[0].number };
}

/** Answers the kinds of the tasks that are released. */
async function requeueTasks(sql: Sql, executionId: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string; kind: string; isReleased: boolean }>(
    `with first as (select min(level) as level from task_execution where execution_id = $1 and state = 'BLOCKED')
     update task_execution t set state = 'QUEUED', is_released = (t.state = 'BLOCKED' and t.level = first.level), done = 0, total = null,
       counters = '{}', violations = '[]', error = null, message = null, started_at = null, finished_at = null
     from first where t.execution_id = $1 and (t.level > first.level or (t.level = first.level and t.state = 'BLOCKED'))
     returning t.id, t.kind, t.is_released as "isReleased"`,
    [executionId],
  );
  await sql.query('delete from task_part where task_id = any($1::uuid[])', [rows.map(({ id }) => id)]);
  return rows.flatMap(({ kind, isReleased }) => (isReleased ? [kind] : []));
}

/** Just as they were seen: another wish since then is held back as before. */
async function freeAccounts(sql: Sql, executionId: string): Promise<void> {
  await sql.query(
    `with held as (select id from resource_assignment where held_execution = $1 and held_kind = delta ->> 'kind' order by id for update)
     update resource_assignment a set held_kind = null, held_execution = null, released_version = a.desired_version, updated_at = clock_timestamp()
     from held where a.id = held.id`,
    [executionId],
  );
}

async function decline(sql: Sql, execution: BlockedExecution, actor: Actor, comment: string): Promise<boolean> {
  if (!(await isAsDecided(sql, execution))) return false;
  await sql.query(
    `delete from synchronization_session s using task_execution t where t.execution_id = $1 and s.task_id = t.id and s.state = 'BLOCKED'`,
    [execution.id],
  );
  await sql.query(`update job_execution set state = 'ABORTED', release_comment = $2 where id = $1`, [
    execution.id,
    comment,
  ]);
  await appendFacts(sql, [executionFact(execution.id, 'ABORTED', 'BLOCKED')]);
  await audit(sql, execution, actor, 'job-execution.decline', { comment });
  return true;
}

const audit = (
  sql: Sql,
  { id, parts }: BlockedExecution,
  actor: Actor,
  action: string,
  after: Readonly<Record<string, unknown>>,
): Promise<void> =>
  appendAudit(sql, {
    actor: actorReference(actor),
    action,
    subject: toGlobalId('JobExecution', id),
    before: { state: 'BLOCKED', parts },
    after,
  });

async function retried(sql: Sql, executionId: string): Promise<RetriedExecution | null> {
  const { rows } = await sql.query<RetriedExecution>(
    `select e.id, 'EXE-' || e.number as number, e.state, e.job, e.is_dry_run as "isDryRun", e.scope,
       (select jsonb_agg(jsonb_build_object('identifier', t.identifier, 'kind', t.kind, 'connector', t.connector, 'mode', t.mode,
          'level', t.level, 'state', t.state) order by t.position) from task_execution t where t.execution_id = e.id) as tasks
     from job_execution e where e.id = $1`,
    [executionId],
  );
  return rows[0] ?? null;
}
