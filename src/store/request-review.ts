// Writes what was decided about a request: by a person, by a rule, or anew because its roles changed their meaning.
import { actorReference, systemActor } from '../domain/actor.js';
import type { Approval } from '../domain/approval.js';
import { toGlobalId } from '../domain/global-id.js';
import type { LoadedRequest, ReviewCommit, RuleCommit } from '../steps/ports/request.js';
import type { Sql, Transaction } from './database.js';
import { appendFacts } from './event.js';
import { readHeldRoles } from './holding.js';
import { assignmentFacts, auditRequest, holdIdentity, moved, startComputation, take } from './request-commit.js';
import { giveEffect, letGo, showStep } from './request-effect.js';
import { changeItems } from './request-progress.js';

export async function review(sql: Transaction, commit: ReviewCommit): Promise<boolean> {
  const { request, actor, outcome, review: given } = commit;
  await holdIdentity(sql, request.beneficiaryId);
  if (commit.seenRoles !== null && !(await isHolding(sql, request.beneficiaryId, commit.seenRoles))) return false;
  const version = await take(sql, request, outcome.state, commit.digest);
  if (version === null) return false;
  await rewriteItems(sql, commit);
  await clearDecisions(sql, outcome.voided);
  await recordVotes(sql, commit);
  await recordDecisions(sql, commit);
  const kind = outcome.decided.length === 0 ? 'RequestAdvanced' : reviewFacts[given.decision];
  const detail = {
    state: outcome.state,
    decision: given.decision,
    ...(outcome.changed.length > 0 && { changed: true }),
  };
  await settle(sql, commit, version, { kind, detail, decidedBy: actorReference(actor) });
  await auditRequest(sql, actor, 'request.review', request.id, { state: request.state }, auditedReview(commit));
  return true;
}

const isHolding = async (sql: Sql, identityId: string, roles: readonly string[]): Promise<boolean> =>
  JSON.stringify(await readHeldRoles(sql, identityId, false)) === JSON.stringify(roles);

/** Everything about the decision but who made it and why. */
const auditedReview = ({ outcome, review: given }: ReviewCommit) => ({
  state: outcome.state,
  decision: given.decision,
  comment: given.comment,
  seenDigest: given.seenDigest,
  steps: [...outcome.decided, ...outcome.voted].map(({ id, step, stepCount, rule, onBehalfOf }) => ({
    approval: toGlobalId('Approval', id),
    step,
    stepCount,
    rule,
    ...(onBehalfOf === null ? {} : { onBehalfOf: toGlobalId('Identity', onBehalfOf) }),
  })),
  ...(outcome.changed.length === 0
    ? {}
    : {
        changed: outcome.changed.map(({ role, startDate, endDate, parameters }) => ({
          role,
          startDate,
          endDate,
          parameters,
        })),
      }),
});

const reviewFacts = { APPROVED: 'RequestApproved', DECLINED: 'RequestDeclined', POSTPONED: 'RequestAdvanced' } as const;

interface Settling {
  readonly kind: 'RequestApproved' | 'RequestDeclined' | 'RequestAdvanced';
  readonly detail: Readonly<Record<string, unknown>>;
  /** `actorReference`, or `rule:<id>`. */
  readonly decidedBy: string;
}

/** Steps that open, items that are through, and what they do to the person. */
async function settle(
  sql: Sql,
  { request, outcome, days, rolesWithEffects }: Pick<ReviewCommit, 'request' | 'outcome' | 'days' | 'rolesWithEffects'>,
  version: number,
  { kind, detail, decidedBy }: Settling,
): Promise<void> {
  await openSteps(sql, request, outcome.opened, days);
  await changeItems(sql, [...moved(outcome.approved, 'APPROVED'), ...moved(outcome.declined, 'DECLINED')]);
  const effects = [
    ...(await showStep(sql, outcome.opened)),
    ...(await giveEffect(sql, request.beneficiaryId, outcome.approved, decidedBy)),
    ...(await letGo(sql, outcome.declined, 'DECLINED')),
  ];
  const about = { requestId: request.id, beneficiaryId: request.beneficiaryId, rolesWithEffects, by: decidedBy };
  await appendFacts(sql, [
    { kind, requestId: request.id, identityId: request.beneficiaryId, detail },
    ...(await assignmentFacts(sql, about, effects)),
  ]);
  if (outcome.approved.length > 0) await startComputation(sql, request.id, request.beneficiaryId, version);
}

async function openSteps(
  sql: Sql,
  { items }: LoadedRequest,
  opened: readonly Approval[],
  days: ReviewCommit['days'],
): Promise<void> {
  if (opened.length === 0) return;
  const roleOf = new Map(items.map(({ id, role }) => [id, role]));
  await sql.query(
    `update approval a set opened_at = clock_timestamp(), due_at = clock_timestamp() + make_interval(days => o.days)
     from jsonb_to_recordset($1::jsonb) as o(id uuid, days int) where a.id = o.id`,
    [JSON.stringify(opened.map(({ id, itemId }) => ({ id, days: days.get(roleOf.get(itemId) ?? '') ?? null })))],
  );
}

/** As the decider wants them: what waits shows the new dates at once. */
async function rewriteItems(sql: Sql, { outcome, adjustments }: ReviewCommit): Promise<void> {
  if (outcome.changed.length === 0) return;
  const items = outcome.changed.map((item) => ({ ...item, sentence: adjustments.get(item.id) ?? '' }));
  const shape = `id uuid, "startDate" date, "endDate" date, parameters jsonb, sentence text`;
  await sql.query(
    `update request_item i set start_date = c."startDate", end_date = c."endDate", parameters = nullif(c.parameters, 'null'),
       adjustments = i.adjustments || jsonb_build_array(c.sentence)
     from jsonb_to_recordset($1::jsonb) as c(${shape}) where i.id = c.id`,
    [JSON.stringify(items)],
  );
  await sql.query(
    `update role_assignment a set start_date = c."startDate", end_date = c."endDate", parameters = nullif(c.parameters, 'null'), updated_at = clock_timestamp()
     from jsonb_to_recordset($1::jsonb) as c(${shape})
     where a.request_item_id = c.id and a.workflow_state in ('PENDING_APPROVAL', 'PENDING_APPROVAL_RISK')`,
    [JSON.stringify(items)],
  );
}

/** What people decided no longer counts; they are asked again. */
async function clearDecisions(sql: Sql, steps: readonly Pick<Approval, 'id'>[]): Promise<void> {
  if (steps.length === 0) return;
  const ids = steps.map(({ id }) => id);
  await sql.query('delete from approval_vote where approval_id = any($1::uuid[])', [ids]);
  await sql.query(
    `update approval set decision = null, decided_by = null, on_behalf_of = null, decided_at = null, comment = null,
       seen_digest = null, opened_at = null, due_at = null where id = any($1::uuid[])`,
    [ids],
  );
}

/** Every yes to a step that takes several is kept, the deciding one too. */
async function recordVotes(sql: Sql, { outcome, actor, review: given, request }: ReviewCommit): Promise<void> {
  const renewed = [...outcome.decided, ...outcome.voted].filter((step) => step.votes.length === 0 && step.quorum > 1);
  await sql.query('delete from approval_vote where approval_id = any($1::uuid[])', [renewed.map(({ id }) => id)]);
  if (given.decision !== 'APPROVED') return;
  const votes = [...outcome.decided, ...outcome.voted].filter(({ quorum }) => quorum > 1);
  await sql.query(
    `insert into approval_vote (approval_id, decided_by, on_behalf_of, comment, seen_digest)
     select v.id, $2, v."onBehalfOf", $3, $4 from jsonb_to_recordset($1::jsonb) as v(id uuid, "onBehalfOf" uuid)`,
    [JSON.stringify(votes), actor.identityId, given.comment, request.digest],
  );
  await sql.query(
    `update approval a set rule = v.rule, candidates = v.candidates from jsonb_to_recordset($1::jsonb) as v(id uuid, rule text, candidates uuid[])
     where a.id = v.id`,
    [JSON.stringify(outcome.voted)],
  );
}

/** Rule and candidates are others than stored when too few of a step's own candidates are left. */
async function recordDecisions(sql: Sql, { actor, request, review: given, outcome }: ReviewCommit): Promise<void> {
  await sql.query(
    `update approval a set decision = $2, decided_by = $3, decided_at = clock_timestamp(), comment = $4, seen_digest = $5,
            rule = d.rule, candidates = d.candidates, on_behalf_of = d."onBehalfOf"
     from jsonb_to_recordset($1::jsonb) as d(id uuid, rule text, candidates uuid[], "onBehalfOf" uuid) where a.id = d.id`,
    [JSON.stringify(outcome.decided), given.decision, actor.identityId, given.comment, request.digest],
  );
}

/** An expiry or an automation rule decides: nobody's name stands under it but the rule's. */
export async function decideByRule(sql: Transaction, commit: RuleCommit): Promise<boolean> {
  const { request, outcome, rule, decision, comment } = commit;
  await holdIdentity(sql, request.beneficiaryId);
  const version = await take(sql, request, outcome.state);
  if (version === null) return false;
  await sql.query(
    `update approval set decision = $2, decided_by = null, on_behalf_of = null, decided_by_rule = $3, comment = $4,
       decided_at = clock_timestamp() where id = any($1::uuid[])`,
    [outcome.decided.map(({ id }) => id), decision, rule, comment],
  );
  const detail = { state: outcome.state, decision, rule };
  await settle(sql, commit, version, { kind: reviewFacts[decision], detail, decidedBy: rule });
  await auditRequest(
    sql,
    systemActor,
    'request.review',
    request.id,
    { state: request.state },
    {
      state: outcome.state,
      decision,
      comment,
      rule,
    },
  );
  return true;
}

export async function renew(
  sql: Transaction,
  request: LoadedRequest,
  digest: string,
  days: ReviewCommit['days'],
): Promise<boolean> {
  await holdIdentity(sql, request.beneficiaryId);
  if ((await take(sql, request, request.state, digest)) === null) return false;
  const undecided = request.items.filter((item) => item.state === 'PENDING_APPROVAL').map(({ id }) => id);
  const steps = request.approvals.filter(
    ({ itemId, decidedByRule }) => undecided.includes(itemId) && decidedByRule === null,
  );
  await clearDecisions(sql, steps);
  const first = undecided.flatMap((itemId) => steps.find((step) => step.itemId === itemId) ?? []);
  await openSteps(sql, request, first, days);
  await showStep(sql, first);
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
