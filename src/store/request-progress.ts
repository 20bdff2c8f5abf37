// Moves approved requests along with what was computed, written and seen: APPROVED, PROVISIONING, COMPLETED or FAILED.
// Called inside the transaction of each computation, generation, settlement and verification, as its last write and
// with all identities of the batch, changed or not. Owns the rows of requests; what they call for is domain/request.ts'.
import type { Fact } from '../domain/event.js';
import {
  isClosed,
  type ItemSituation,
  itemTransitions,
  progressingStates,
  progressOf,
  type RequestState,
  requestStateOf,
} from '../domain/request.js';
import { isFinallyWritten } from './blind-order.js';
import type { Sql } from './database.js';
import { appendFacts } from './event.js';

/** One indexed question for a whole batch when nobody of it has an open item. */
export async function advanceRequests(sql: Sql, identityIds: readonly string[]): Promise<void> {
  if (identityIds.length === 0) return;
  const { rows } = await sql.query<{ readonly id: string }>(
    `select distinct request_id as id from request_item
     where beneficiary_id = any($1::uuid[]) and state in ('APPROVED', 'PROVISIONING', 'FAILED')`,
    [identityIds],
  );
  if (rows.length > 0) {
    await advance(
      sql,
      rows.map(({ id }) => id),
    );
  }
}

async function advance(sql: Sql, requestIds: readonly string[]): Promise<void> {
  // Two settlements of one request see each other's rows only if the second reads after the first has committed.
  await sql.query('select from assignment_request where id = any($1::uuid[]) order by id for update', [requestIds]);
  const situations = await readSituations(sql, requestIds);
  const changes = situations.flatMap((situation) => {
    const transition = progressOf(situation);
    return transition === null
      ? []
      : [{ id: situation.itemId, from: situation.state, to: itemTransitions[transition].to }];
  });
  if (changes.length === 0) return;
  const changed = await changeItems(sql, changes);
  await concludeRequests(sql, changed);
}

interface SituationRow extends Omit<ItemSituation, 'assignment'> {
  readonly workflowState: NonNullable<ItemSituation['assignment']>['workflowState'] | null;
  readonly requestItemId: string | null;
}

async function readSituations(sql: Sql, requestIds: readonly string[]): Promise<readonly ItemSituation[]> {
  const { rows } = await sql.query<SituationRow>(
    `select i.id as "itemId", i.action, i.state, a.workflow_state as "workflowState", a.request_item_id as "requestItemId",
            exists (select from unnest(s.roles, s.reasons) as h(role, reason) where h.role = i.role and h.reason = 'request:' || i.id) as "isHeld",
            exists (select from dirty_identity d where d.identity_id = i.beneficiary_id) as "isDirty",
            array(select distinct r.provisioning_state from resource_assignment r
                  where r.identity_id = i.beneficiary_id and r.pending_roles && (array[i.role] || parts.roles)
                    and not ${isFinallyWritten('r')}) as "pendingStates"
     from request_item i
     left join role_assignment a on a.identity_id = i.beneficiary_id and a.role = i.role
     left join identity_state s on s.identity_id = i.beneficiary_id
     cross join lateral (select coalesce(array_agg(h.role), '{}') as roles from unnest(s.roles, s.reasons) as h(role, reason)
                         where h.reason = 'role:' || i.role) as parts
     where i.request_id = any($1::uuid[]) and i.state = any($2)`,
    [requestIds, progressingStates],
  );
  return rows.map(({ workflowState, requestItemId, ...row }) => ({
    ...row,
    assignment: workflowState === null ? null : { workflowState, requestItemId },
  }));
}

export interface ItemChange {
  readonly id: string;
  readonly from: RequestState;
  readonly to: RequestState;
}

/** Applies each change only where the item is still as it was seen; returns the requests that changed. */
export async function changeItems(sql: Sql, changes: readonly ItemChange[]): Promise<readonly string[]> {
  const { rows } = await sql.query<{ readonly id: string }>(
    `update request_item i set state = c."to"
     from jsonb_to_recordset($1::jsonb) as c(id uuid, "from" text, "to" text)
     where i.id = c.id and i.state = c."from" returning i.request_id as id`,
    [JSON.stringify(changes)],
  );
  return [...new Set(rows.map(({ id }) => id))];
}

interface RequestRow {
  readonly id: string;
  readonly beneficiary_id: string;
  readonly state: RequestState;
  readonly items: readonly RequestState[];
}

/** Gives each request the state that its items make, and says so in one fact each. */
async function concludeRequests(sql: Sql, requestIds: readonly string[]): Promise<void> {
  const { rows } = await sql.query<RequestRow>(
    `select q.id, q.beneficiary_id, q.state, array(select i.state from request_item i where i.request_id = q.id) as items
     from assignment_request q where q.id = any($1::uuid[])`,
    [requestIds],
  );
  const changes = rows.map((row) => ({ ...row, to: requestStateOf(row.items) }));
  await sql.query(
    `update assignment_request q set state = c."to", version = q.version + 1, updated_at = clock_timestamp(),
            closed_at = case when c."isClosed" then coalesce(q.closed_at, clock_timestamp()) end
     from jsonb_to_recordset($1::jsonb) as c(id uuid, "to" text, "isClosed" boolean) where q.id = c.id`,
    [JSON.stringify(changes.map(({ id, to }) => ({ id, to, isClosed: isClosed(to) })))],
  );
  const facts = changes.map(
    (change): Fact => ({
      kind: 'RequestAdvanced',
      requestId: change.id,
      identityId: change.beneficiary_id,
      detail: { state: change.to, previousState: change.state },
    }),
  );
  await appendFacts(sql, facts);
}
