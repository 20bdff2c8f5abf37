// What every commit about a request shares: the lock of the person, the version decided on, facts, computation and audit.
import { type Actor, actorReference } from '../domain/actor.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import { isClosed, type RequestItem, type RequestState } from '../domain/request.js';
import type { LoadedRequest } from '../steps/ports/request.js';
import { appendAudit } from './audit-entry.js';
import type { Sql } from './database.js';
import { markDirty } from './dirty-identity.js';
import { appendOutbox } from './outbox.js';
import { changesOf } from './request-effect.js';

/** The lock of computations: what a person holds stands still until the commit. */
export const holdIdentity = (sql: Sql, identityId: string) =>
  sql.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [identityId]);

/** Takes the request from the version decided on to its next; null when somebody was faster. */
export async function take(
  sql: Sql,
  request: LoadedRequest,
  state: RequestState,
  digest: string = request.digest,
): Promise<number | null> {
  const { rows } = await sql.query<{ readonly version: number }>(
    `update assignment_request set state = $5, version = version + 1, updated_at = clock_timestamp(), digest = $7,
            closed_at = case when $6 then clock_timestamp() end
     where id = $1 and version = $2 and digest = $3 and state = $4 returning version`,
    [request.id, request.version, request.digest, request.state, state, isClosed(state), digest],
  );
  return rows[0]?.version ?? null;
}

export const moved = (items: readonly RequestItem[], to: RequestState) =>
  items.map(({ id, state }) => ({ id, from: state, to }));

export interface About {
  readonly requestId: string;
  readonly beneficiaryId: string;
  readonly rolesWithEffects: readonly string[];
  /** Who brought it: `actorReference` or `rule:<id>`; null = nobody is named. */
  readonly by: string | null;
}

export async function assignmentFacts(
  sql: Sql,
  about: About,
  effects: Parameters<typeof changesOf>[2],
): Promise<readonly Fact[]> {
  if (effects.length === 0) return [];
  const assignments = await changesOf(sql, about.beneficiaryId, effects, about.rolesWithEffects);
  const fact = { identityId: about.beneficiaryId, requestId: about.requestId, assignments };
  return [{ kind: 'AssignmentChanged', ...fact, ...(about.by === null ? {} : { detail: { actor: about.by } }) }];
}

/** The version makes the job's name its own: several decisions of one request each start a computation. */
export async function startComputation(
  sql: Sql,
  requestId: string,
  identityId: string,
  version: number,
): Promise<void> {
  await markDirty(sql, [identityId], `request:${requestId}`);
  await appendOutbox(sql, [
    { queue: 'compute', name: 'identities', jobId: `${requestId}-v${version}`, rowId: identityId, priority: 0 },
  ]);
}

export const auditRequest = (
  sql: Sql,
  actor: Actor,
  action: string,
  requestId: string,
  before: unknown,
  after: unknown,
): Promise<void> =>
  appendAudit(sql, {
    actor: actorReference(actor),
    action,
    subject: toGlobalId('AssignmentRequest', requestId),
    before,
    after,
  });
