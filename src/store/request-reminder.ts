// Reminds of requests that wait: the moment is kept with the request, and the feed tells those whom it waits for.
import type { Actor } from '../domain/actor.js';
import type { Fact } from '../domain/event.js';
import type { RequestState } from '../domain/request.js';
import type { LoadedRequest } from '../steps/ports/request.js';
import type { Sql, Transaction } from './database.js';
import { appendFacts } from './event.js';
import { auditRequest } from './request-commit.js';

/** Once a day, by the clock of the database. */
const isQuiet = `(q.reminded_at is null or q.reminded_at <= clock_timestamp() - interval '1 day')`;

export async function remind(sql: Transaction, request: LoadedRequest, actor: Actor): Promise<boolean> {
  const { rows } = await sql.query(
    `update assignment_request q set reminded_at = clock_timestamp() where id = $1 and state = 'PENDING_APPROVAL' and ${isQuiet} returning id`,
    [request.id],
  );
  if (rows.length === 0) return false;
  await appendFacts(sql, [reminder(request.id, request.beneficiaryId, request.state)]);
  await auditRequest(sql, actor, 'request.remind', request.id, null, { state: request.state });
  return true;
}

const reminder = (requestId: string, identityId: string, state: RequestState): Fact => ({
  kind: 'RequestAdvanced',
  requestId,
  identityId,
  detail: { state, reminded: true },
});

interface Reminded {
  readonly id: string;
  readonly beneficiary_id: string;
  readonly state: RequestState;
}

export async function remindAll(sql: Sql): Promise<number> {
  const { rows } = await sql.query<Reminded>(
    `with due as (
       select q.id from assignment_request q
       where q.state = 'PENDING_APPROVAL' and ${isQuiet} and exists (
         select from approval a join request_item i on i.id = a.item_id
         where a.request_id = q.id and i.state = 'PENDING_APPROVAL' and (a.decision is null or a.decision = 'POSTPONED')
           and a.opened_at <= clock_timestamp() - interval '1 day')
       order by q.id for update of q skip locked)
     update assignment_request q set reminded_at = clock_timestamp() from due where q.id = due.id
     returning q.id, q.beneficiary_id, q.state`,
  );
  await appendFacts(
    sql,
    rows.map((row) => reminder(row.id, row.beneficiary_id, row.state)),
  );
  return rows.length;
}
