// Writes a new request with its items and steps; what needs no approval takes effect in the same transaction.
import { actorReference } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { Submission, SubmittedItem } from '../steps/ports/request.js';
import type { Sql, Transaction } from './database.js';
import { appendFacts } from './event.js';
import { readHeldRoles, readHoldings } from './holding.js';
import { assignmentFacts, auditRequest, holdIdentity, startComputation } from './request-commit.js';
import { askFor, giveEffect } from './request-effect.js';

/** The same text as long as nothing that a request was checked against has changed. */
export async function situationText(sql: Sql, beneficiaryId: string, roles: readonly string[]) {
  const { byRole, seen } = await readHoldings(sql, beneficiaryId, roles);
  const held = await readHeldRoles(sql, beneficiaryId, true);
  return { byRole, held, seen: JSON.stringify([seen, held]) };
}

export async function submit(sql: Transaction, submission: Submission): Promise<boolean> {
  const { beneficiaryId, items, requestId, requester, seen } = submission;
  await holdIdentity(sql, beneficiaryId);
  const roles = items.map(({ role }) => role);
  if ((await situationText(sql, beneficiaryId, roles)).seen !== seen) return false;
  await insertRequest(sql, submission);
  await insertSteps(sql, submission);
  const approved = items.filter(({ state }) => state === 'APPROVED');
  const effects = [
    ...(await askFor(sql, beneficiaryId, items.flatMap(asked))),
    ...(await giveEffect(sql, beneficiaryId, approved, actorReference(requester))),
  ];
  await appendFacts(sql, [
    { kind: 'RequestSubmitted', requestId, identityId: beneficiaryId, detail: { state: submission.state } },
    ...(await assignmentFacts(sql, { ...submission, by: actorReference(requester) }, effects)),
  ]);
  if (approved.length > 0) await startComputation(sql, requestId, beneficiaryId, 1);
  await auditSubmission(sql, submission);
  return true;
}

/** An item as it waits: at its first open step. */
function asked(item: SubmittedItem) {
  const step = item.steps.find(({ isOpen }) => isOpen);
  return step === undefined ? [] : [{ ...item, step: step.step, stepCount: step.stepCount, kind: step.kind }];
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
    `insert into request_item (id, request_id, beneficiary_id, position, action, role, start_date, end_date, parameters, warnings, adjustments, state)
     select i.id, $1, $2, i.position, i.action, i.role, i."startDate", i."endDate", nullif(i.parameters, 'null'), i.warnings, i.adjustments, i.state
     from jsonb_to_recordset($3::jsonb) as i(id uuid, position int, action text, role text, "startDate" date, "endDate" date,
       parameters jsonb, warnings jsonb, adjustments jsonb, state text)`,
    [requestId, beneficiaryId, JSON.stringify(items)],
  );
}

/** A step that asking has done already names no decider: the requester did not look at it twice. */
const insertSteps = (sql: Sql, { requestId, items }: Submission) =>
  sql.query(
    `insert into approval (id, request_id, item_id, step, step_count, rule, kind, quorum, candidates, opened_at, due_at, decision, decided_at, decided_by_rule)
     select a.id, $1, a."itemId", a.step, a."stepCount", a.rule, a.kind, a.quorum, a.candidates,
       case when a."isOpen" or a."isImplied" then clock_timestamp() end,
       case when a."isOpen" then clock_timestamp() + make_interval(days => a.days) end,
       case when a."isImplied" then 'APPROVED' end, case when a."isImplied" then clock_timestamp() end,
       case when a."isImplied" then 'approval.implicit' end
     from jsonb_to_recordset($2::jsonb) as a(id uuid, "itemId" uuid, step int, "stepCount" int, rule text, kind text, quorum int,
       candidates uuid[], "isOpen" boolean, "isImplied" boolean, days int)`,
    [requestId, JSON.stringify(items.flatMap((item) => item.steps.map((step) => ({ ...step, itemId: item.id }))))],
  );

const auditSubmission = (sql: Sql, { requestId, requester, beneficiaryId, justification, state, items }: Submission) =>
  auditRequest(sql, requester, 'request.submit', requestId, null, {
    beneficiary: toGlobalId('Identity', beneficiaryId),
    justification,
    state,
    items: items.map(({ action, role, startDate, endDate, parameters, steps }) => ({
      action,
      role,
      startDate,
      endDate,
      ...(parameters === null ? {} : { parameters }),
      approvals: steps.map(({ rule, isImplied }) => (isImplied ? 'approval.implicit' : rule)),
    })),
  });
