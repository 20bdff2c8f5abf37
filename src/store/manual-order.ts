// Tickets and what people say of them: order, account, attempt, facts and audit in one transaction. Handing out is
// order-transmission.ts', expiring order-validity.ts'; whether somebody may is domain/manual-order.ts'.
import { type Actor, actorReference } from '../domain/actor.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import type { Ticket } from '../domain/manual-order.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { AnswerResult, ManualOrderStore, TicketAnswer } from '../steps/ports/manual-order.js';
import { lockIdentities } from './assignment-change.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { moveAccounts } from './order-transmission.js';
import { advanceRequests } from './request-progress.js';

export const manualOrderStore = (database: Database, models: ModelSource): ManualOrderStore => ({
  byIds: async (orderIds) => byIds(database, orderIds, (await models.current()).identityType.displayProperty),
  take: (ticket, assignee, actor) => database.transaction((sql) => take(sql, ticket, assignee, actor)),
  answer: async (answer, actor) => {
    const { resourceTypes } = await models.current();
    const entityType = resourceTypes.get(answer.ticket.resourceType)?.targetEntityType.identifier ?? '';
    return database.transaction((sql) => settle(sql, answer, actor, entityType));
  },
});

async function byIds(sql: Sql, orderIds: readonly string[], displayProperty: string): Promise<readonly Ticket[]> {
  const { rows } = await sql.query<Ticket>(
    `select o.id, 'ORD-' || o.number as number, o.version, o.state, o.mode, o.delta, o.resource_type as "resourceType", o.connection,
       o.identity_id as "identityId", o.assignment_id as "assignmentId", o.assignee, coalesce(p.attributes ->> $2, p.key) as "assigneeName", a.expected
     from provisioning_order o left join resource_assignment a on a.id = o.assignment_id left join resource p on p.id = o.assignee
     where o.id = any($1::uuid[])`,
    [orderIds, displayProperty],
  );
  return rows;
}

async function take(sql: Sql, ticket: Ticket, assignee: string | null, actor: Actor): Promise<boolean> {
  const { count } = await sql.query(
    `update provisioning_order set assignee = $3, version = version + 1, updated_at = clock_timestamp()
     where id = $1 and version = $2 and state = 'TRANSMITTED'`,
    [ticket.id, ticket.version, assignee],
  );
  if (count === 0) return false;
  await appendFacts(sql, [factOf(ticket, 'OrderTaken', 'TRANSMITTED', [], actor)]);
  await appendAudit(sql, {
    actor: actorReference(actor),
    action: assignee === null ? 'provisioning-order.give-back' : 'provisioning-order.take',
    subject: toGlobalId('ProvisioningOrder', ticket.id),
    before: { assignee: ticket.assignee },
    after: { assignee },
  });
  return true;
}

async function settle(sql: Sql, answer: TicketAnswer, actor: Actor, entityType: string): Promise<AnswerResult> {
  const { ticket } = answer;
  await lockIdentities(sql, [ticket.identityId]);
  if (answer.kind === 'done' && answer.renamed !== null && (await isTaken(sql, answer))) return 'taken';
  const desiredVersion = await writeOrder(sql, answer);
  if (desiredVersion === null) return 'moved';
  if (answer.kind === 'done') await rename(sql, answer, entityType);
  const to = answer.kind === 'done' ? 'EXECUTED' : 'ERRORED';
  const isFinal = answer.kind === 'done' && answer.isFinal;
  const changes = await moveAccounts(sql, [{ assignmentId: ticket.assignmentId, desiredVersion }], to, isFinal);
  await insertAttempt(sql, answer);
  const kind = answer.kind === 'done' ? 'OrderExecuted' : 'OrderErrored';
  await appendFacts(sql, [factOf(ticket, kind, to, changes.get(ticket.assignmentId) ?? [], actor)]);
  await appendAudit(sql, auditOf(answer, actor));
  if (ticket.identityId !== null) await advanceRequests(sql, [ticket.identityId]);
  return 'written';
}

async function isTaken(sql: Sql, { ticket, delta }: Extract<TicketAnswer, { kind: 'done' }>): Promise<boolean> {
  const { rows } = await sql.query(
    `select from resource_assignment where resource_type = $1 and resource_key = $2 and id <> $3 and is_due and provisioning_state <> 'ERROR'`,
    [ticket.resourceType, delta.key, ticket.assignmentId],
  );
  return rows.length > 0;
}

/** The desired version that the order was for; null when it was moved since it was loaded. */
async function writeOrder(sql: Sql, answer: TicketAnswer): Promise<string | null> {
  const { ticket } = answer;
  const isLookedFor = answer.kind === 'done' && !answer.isFinal;
  const { rows } = await sql.query<{ readonly desiredVersion: string }>(
    `update provisioning_order o set state = $3, error = $4::jsonb, delta = coalesce($5::jsonb, o.delta), attempt = o.attempt + 1,
       executed_at = case when $3 = 'EXECUTED' then clock_timestamp() end, queued_at = null,
       next_attempt_at = case when $6 and o.validity_hours > 0 then clock_timestamp() + make_interval(hours => o.validity_hours) end,
       version = o.version + 1, updated_at = clock_timestamp()
     where o.id = $1 and o.version = $2 and o.state = 'TRANSMITTED' returning o.desired_version as "desiredVersion"`,
    [
      ticket.id,
      ticket.version,
      answer.kind === 'done' ? 'EXECUTED' : 'ERRORED',
      answer.kind === 'done' ? null : JSON.stringify(answer.error),
      answer.kind === 'done' ? JSON.stringify(answer.delta) : null,
      isLookedFor,
    ],
  );
  return rows[0]?.desiredVersion ?? null;
}

/** The account follows the key that the system gave, and the row that was perhaps read under it. */
async function rename(sql: Sql, answer: Extract<TicketAnswer, { kind: 'done' }>, entityType: string): Promise<void> {
  const { ticket, delta, renamed } = answer;
  if (renamed === null) return;
  await sql.query(
    `update resource_assignment a set resource_key = $2, expected = $3::jsonb, expected_hash = $4, delta = $5::jsonb,
       resource_id = (select r.id from resource r where r.entity_type = $6 and r.key = $2 and r.removed_at is null
         and not exists (select from resource_assignment other where other.resource_id = r.id)), updated_at = clock_timestamp()
     where a.id = $1 and a.resource_id is null`,
    [
      ticket.assignmentId,
      delta.key,
      JSON.stringify(renamed.expected),
      renamed.expectedHash,
      JSON.stringify(delta),
      entityType,
    ],
  );
  await sql.query('update provisioning_order set expected_hash = $2 where id = $1', [ticket.id, renamed.expectedHash]);
}

async function insertAttempt(sql: Sql, answer: TicketAnswer): Promise<void> {
  const isDone = answer.kind === 'done';
  const step = {
    kind: 'WRITE',
    outcome: isDone ? 'SUCCEEDED' : 'FAILED',
    durationMs: 0,
    detail: isDone ? answer.detail : null,
    reason: isDone ? null : answer.detail,
  };
  await sql.query(
    `insert into provisioning_attempt (order_id, connection, number, started_at, finished_at, outcome, error, steps)
     select o.id, o.connection, o.attempt, coalesce(o.transmitted_at, clock_timestamp()), clock_timestamp(), $2, $3::jsonb, $4::jsonb
     from provisioning_order o where o.id = $1`,
    [answer.ticket.id, step.outcome, isDone ? null : JSON.stringify(answer.error), JSON.stringify([step])],
  );
}

const factOf = (
  { id, connection, resourceType, identityId }: Ticket,
  kind: Fact['kind'],
  state: 'TRANSMITTED' | 'EXECUTED' | 'ERRORED',
  assignments: NonNullable<Fact['assignments']>,
  actor: Actor,
): Fact => ({
  kind,
  connection,
  ...(identityId === null ? {} : { identityId }),
  orders: [{ orderId: id, resourceType, connection, identityId, previousState: 'TRANSMITTED', state }],
  assignments,
  detail: { actor: actorReference(actor) },
});

const auditOf = (answer: TicketAnswer, actor: Actor) => ({
  actor: actorReference(actor),
  action: answer.kind === 'done' ? 'provisioning-order.complete' : 'provisioning-order.report-error',
  subject: toGlobalId('ProvisioningOrder', answer.ticket.id),
  before: { state: 'TRANSMITTED' },
  after:
    answer.kind === 'done'
      ? { state: 'EXECUTED', key: answer.delta.key, detail: answer.detail }
      : { state: 'ERRORED', detail: answer.detail },
});
