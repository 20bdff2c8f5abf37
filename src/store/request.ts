// Loads requests for decisions and commits what was decided: rows, facts, queue entries and audit in one transaction.
// A commit names what it was decided on and writes nothing when that is no longer so. Effects: request-effect.ts.
import { type Actor, actorReference } from '../domain/actor.js';
import type { Approval } from '../domain/approval.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import { isClosed, type RequestItem, type RequestState } from '../domain/request.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { CancelCommit, LoadedRequest, RequestStore, ReviewCommit, Submission } from '../steps/ports/request.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql, Transaction } from './database.js';
import { markDirty } from './dirty-identity.js';
import { appendFacts } from './event.js';
import { bound, rendered, sql as fragment } from './fragment.js';
import { readHoldings } from './holding.js';
import { appendOutbox } from './outbox.js';
import { peopleByIds, peopleWithManagers, personById } from './person.js';
import { askFor, changesOf, giveEffect, letGo, showStep, undo } from './request-effect.js';
import { changeItems } from './request-progress.js';
import { requestColumns, type RequestRow, requestView } from './request-row.js';

export const requestStore = (database: Database, models: ModelSource): RequestStore => ({
  situation: async (beneficiaryId, roles) => {
    const person = await personById(database, (await models.current()).identityType, beneficiaryId);
    if (person === null) return null;
    const { byRole, seen } = await readHoldings(database, beneficiaryId, roles);
    return { person, holdings: byRole, seen };
  },
  people: async (keys) => peopleWithManagers(database, (await models.current()).identityType, keys),
  load: (requestId) => load(database, models, requestId),
  submit: (submission) => database.transaction((transaction) => submit(transaction, submission)),
  review: (commit) => database.transaction((transaction) => review(transaction, commit)),
  renew: (request, digest) => database.transaction((transaction) => renew(transaction, request, digest)),
  cancel: (commit) => database.transaction((transaction) => cancel(transaction, commit)),
});

async function load(database: Database, models: ModelSource, requestId: string): Promise<LoadedRequest | null> {
  const { text, parameters } = rendered(
    fragment`select ${requestColumns} from assignment_request q where q.id = ${bound(requestId)}`,
  );
  const row = (await database.query<RequestRow>(text, parameters)).rows[0];
  if (row === undefined) return null;
  const { identityType } = await models.current();
  const beneficiary = await personById(database, identityType, row.beneficiary_id);
  if (beneficiary === null) return null;
  const asked = row.approvals.flatMap((approval) => approval.candidates);
  const candidates = await peopleByIds(database, identityType, [...new Set(asked)]);
  return { ...requestView(row), version: row.version, beneficiary, candidates };
}

/** The lock of computations: what a person holds stands still until the commit. */
const holdIdentity = (sql: Sql, identityId: string) =>
  sql.query('select pg_advisory_xact_lock(hashtextextended($1::text, 0))', [identityId]);

async function submit(sql: Transaction, submission: Submission): Promise<boolean> {
  const { beneficiaryId, items, requestId, requester, seen } = submission;
  await holdIdentity(sql, beneficiaryId);
  if (
    (
      await readHoldings(
        sql,
        beneficiaryId,
        items.map(({ role }) => role),
      )
    ).seen !== seen
  )
    return false;
  await insertRequest(sql, submission);
  const waiting = items
    .filter((item) => item.steps.length > 0)
    .map((item) => ({ ...item, stepCount: item.steps.length }));
  const approved = items.filter((item) => item.steps.length === 0);
  const effects = [...(await askFor(sql, beneficiaryId, waiting)), ...(await giveEffect(sql, beneficiaryId, approved))];
  await appendFacts(sql, [
    { kind: 'RequestSubmitted', requestId, identityId: beneficiaryId, detail: { state: submission.state } },
    ...(await assignmentFacts(sql, submission, effects)),
  ]);
  if (approved.length > 0) await startComputation(sql, requestId, beneficiaryId, 1);
  await audit(sql, requester, 'request.submit', requestId, null, {
    beneficiary: toGlobalId('Identity', beneficiaryId),
    justification: submission.justification,
    state: submission.state,
    items: items.map(({ action, role, startDate, endDate, steps }) => ({
      action,
      role,
      startDate,
      endDate,
      approvals: steps.map(({ rule }) => rule),
    })),
  });
  return true;
}

async function insertRequest(
  sql: Sql,
  { requestId, requester, beneficiaryId, justification, state, digest, items }: Submission,
): Promise<void> {
  await sql.query(
    `insert into assignment_request (id, requester, requester_identity_id, beneficiary_id, justification, state, digest)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [requestId, actorReference(requester), requester.identityId, beneficiaryId, justification, state, digest],
  );
  await sql.query(
    `insert into request_item (id, request_id, beneficiary_id, position, action, role, start_date, end_date, warnings, state)
     select i.id, $1, $2, i.position, i.action, i.role, i."startDate", i."endDate", i.warnings, i.state
     from jsonb_to_recordset($3::jsonb)
       as i(id uuid, position int, action text, role text, "startDate" date, "endDate" date, warnings jsonb, state text)`,
    [requestId, beneficiaryId, JSON.stringify(items)],
  );
  await sql.query(
    `insert into approval (id, request_id, item_id, step, step_count, rule, candidates, opened_at)
     select a.id, $1, a."itemId", a.step, a."stepCount", a.rule, a.candidates, case when a.step = 1 then clock_timestamp() end
     from jsonb_to_recordset($2::jsonb) as a(id uuid, "itemId" uuid, step int, "stepCount" int, rule text, candidates uuid[])`,
    [requestId, JSON.stringify(items.flatMap((item) => item.steps.map((step) => ({ ...step, itemId: item.id }))))],
  );
}

async function review(
  sql: Transaction,
  { request, actor, review: given, outcome, rolesWithEffects }: ReviewCommit,
): Promise<boolean> {
  await holdIdentity(sql, request.beneficiaryId);
  const version = await take(sql, request, outcome.state);
  if (version === null) return false;
  await recordDecisions(sql, actor, request, given, outcome.decided);
  await sql.query('update approval set opened_at = clock_timestamp() where id = any($1::uuid[])', [
    outcome.opened.map(({ id }) => id),
  ]);
  await changeItems(sql, [...moved(outcome.approved, 'APPROVED'), ...moved(outcome.declined, 'DECLINED')]);
  const effects = [
    ...(await showStep(sql, outcome.opened)),
    ...(await giveEffect(sql, request.beneficiaryId, outcome.approved)),
    ...(await letGo(sql, outcome.declined, 'DECLINED')),
  ];
  await appendFacts(sql, [
    {
      kind: reviewFacts[given.decision],
      requestId: request.id,
      identityId: request.beneficiaryId,
      detail: { state: outcome.state, decision: given.decision },
    },
    ...(await assignmentFacts(
      sql,
      { requestId: request.id, beneficiaryId: request.beneficiaryId, rolesWithEffects },
      effects,
    )),
  ]);
  if (outcome.approved.length > 0) await startComputation(sql, request.id, request.beneficiaryId, version);
  await audit(
    sql,
    actor,
    'request.review',
    request.id,
    { state: request.state },
    {
      state: outcome.state,
      decision: given.decision,
      comment: given.comment,
      seenDigest: given.seenDigest,
      steps: outcome.decided.map(({ id, step, stepCount, rule }) => ({
        approval: toGlobalId('Approval', id),
        step,
        stepCount,
        rule,
      })),
    },
  );
  return true;
}

/** Rule and candidates are others than stored when a step's own candidates have all left. */
async function recordDecisions(
  sql: Sql,
  actor: ReviewCommit['actor'],
  request: LoadedRequest,
  given: ReviewCommit['review'],
  decided: readonly Approval[],
): Promise<void> {
  await sql.query(
    `update approval a set decision = $2, decided_by = $3, decided_at = clock_timestamp(), comment = $4, seen_digest = $5,
            rule = d.rule, candidates = d.candidates
     from jsonb_to_recordset($1::jsonb) as d(id uuid, rule text, candidates uuid[]) where a.id = d.id`,
    [
      JSON.stringify(decided.map(({ id, rule, candidates }) => ({ id, rule, candidates }))),
      given.decision,
      actor.identityId,
      given.comment,
      request.digest,
    ],
  );
}

const reviewFacts = { APPROVED: 'RequestApproved', DECLINED: 'RequestDeclined', POSTPONED: 'RequestAdvanced' } as const;

const moved = (items: readonly RequestItem[], to: RequestState) =>
  items.map(({ id, state }) => ({ id, from: state, to }));

async function renew(sql: Transaction, request: LoadedRequest, digest: string): Promise<boolean> {
  await holdIdentity(sql, request.beneficiaryId);
  if ((await take(sql, request, request.state)) === null) return false;
  await sql.query('update assignment_request set digest = $2 where id = $1', [request.id, digest]);
  const undecided = request.items.filter((item) => item.state === 'PENDING_APPROVAL').map(({ id }) => id);
  await sql.query(
    `update approval set decision = null, decided_by = null, decided_at = null, comment = null, seen_digest = null,
            opened_at = case when step = 1 then clock_timestamp() end
     where item_id = any($1::uuid[])`,
    [undecided],
  );
  await showStep(
    sql,
    undecided.map((itemId) => ({ itemId, step: 1 })),
  );
  await appendFacts(sql, [
    {
      kind: 'RequestAdvanced',
      requestId: request.id,
      identityId: request.beneficiaryId,
      detail: { state: request.state, renewed: true },
    },
  ]);
  return true;
}

async function cancel(
  sql: Transaction,
  { request, actor, reason, items, state, rolesWithEffects }: CancelCommit,
): Promise<boolean> {
  await holdIdentity(sql, request.beneficiaryId);
  const version = await take(sql, request, state);
  if (version === null) return false;
  await changeItems(sql, moved(items, 'CANCELED'));
  const decided = items.filter((item) => item.state !== 'PENDING_APPROVAL');
  const effects = [
    ...(await letGo(
      sql,
      items.filter((item) => item.state === 'PENDING_APPROVAL'),
      'INACTIVE',
    )),
    ...(await undo(sql, request.beneficiaryId, decided)),
  ];
  await appendFacts(sql, [
    { kind: 'RequestCanceled', requestId: request.id, identityId: request.beneficiaryId, detail: { state } },
    ...(await assignmentFacts(
      sql,
      { requestId: request.id, beneficiaryId: request.beneficiaryId, rolesWithEffects },
      effects,
    )),
  ]);
  if (decided.length > 0) await startComputation(sql, request.id, request.beneficiaryId, version);
  await audit(sql, actor, 'request.cancel', request.id, { state: request.state }, { state, reason });
  return true;
}

/** Takes the request from the version decided on to its next; null when somebody was faster. */
async function take(sql: Sql, request: LoadedRequest, state: RequestState): Promise<number | null> {
  const { rows } = await sql.query<{ readonly version: number }>(
    `update assignment_request set state = $5, version = version + 1, updated_at = clock_timestamp(),
            closed_at = case when $6 then clock_timestamp() end
     where id = $1 and version = $2 and digest = $3 and state = $4 returning version`,
    [request.id, request.version, request.digest, request.state, state, isClosed(state)],
  );
  return rows[0]?.version ?? null;
}

async function assignmentFacts(
  sql: Sql,
  about: Pick<Submission, 'requestId' | 'beneficiaryId' | 'rolesWithEffects'>,
  effects: Parameters<typeof changesOf>[2],
): Promise<readonly Fact[]> {
  if (effects.length === 0) return [];
  const assignments = await changesOf(sql, about.beneficiaryId, effects, about.rolesWithEffects);
  return [{ kind: 'AssignmentChanged', identityId: about.beneficiaryId, requestId: about.requestId, assignments }];
}

/** The version makes the job's name its own: several decisions of one request each start a computation. */
async function startComputation(sql: Sql, requestId: string, identityId: string, version: number): Promise<void> {
  await markDirty(sql, [identityId], `request:${requestId}`);
  await appendOutbox(sql, [
    { queue: 'compute', name: 'identities', jobId: `${requestId}-v${version}`, rowId: identityId, priority: 0 },
  ]);
}

const audit = (
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
