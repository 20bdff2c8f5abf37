// Loads requests for decisions; each commit stands in a file of its own (request-submission, -review, -reminder): it names what it
// was decided on and writes nothing when that is no longer so. Effects: request-effect.ts.
import { actorReference } from '../domain/actor.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { CancelCommit, LoadedRequest, RequestStore } from '../steps/ports/request.js';
import type { Database, Transaction } from './database.js';
import { readDelegators } from './delegation.js';
import { appendFacts } from './event.js';
import { bound, rendered, sql as fragment } from './fragment.js';
import { readHeldRoles } from './holding.js';
import { readNaturalPeople } from './natural-person.js';
import { attributesById, knownValues, peopleByIds, peopleWithManagers, personById } from './person.js';
import { automationAges, prolongedRoles, settleProlonged, waitingSteps } from './request-automation.js';
import { assignmentFacts, auditRequest, holdIdentity, moved, startComputation, take } from './request-commit.js';
import { letGo, undo } from './request-effect.js';
import { changeItems } from './request-progress.js';
import { remind, remindAll } from './request-reminder.js';
import { decideByRule, renew, review } from './request-review.js';
import { requestColumns, type RequestRow, requestView } from './request-row.js';
import { situationText, submit } from './request-submission.js';

export const requestStore = (database: Database, models: ModelSource): RequestStore => ({
  ...loads(database, models),
  submit: (submission) => database.transaction((sql) => submit(sql, submission)),
  review: (commit) => database.transaction((sql) => review(sql, commit)),
  renew: (request, digest, days) => database.transaction((sql) => renew(sql, request, digest, days)),
  cancel: (commit) => database.transaction((sql) => cancel(sql, commit)),
  remind: (request, actor) => database.transaction((sql) => remind(sql, request, actor)),
  remindAll: () => database.transaction(remindAll),
  waitingSteps: (roles) => waitingSteps(database, roles),
  decideByRule: (commit) => database.transaction((sql) => decideByRule(sql, commit)),
  prolongedRoles: (roles) => prolongedRoles(database, roles),
  settleProlonged: (role, decision, rule) => database.transaction((sql) => settleProlonged(sql, role, decision, rule)),
  automationAges: () => automationAges(database),
});

type Loads = Pick<
  RequestStore,
  'situation' | 'people' | 'samePeople' | 'delegators' | 'knownValues' | 'heldRoles' | 'load'
>;

const loads = (database: Database, models: ModelSource): Loads => ({
  situation: async (beneficiaryId, roles) => {
    const { identityType } = await models.current();
    const person = await personById(database, identityType, beneficiaryId);
    if (person === null) return null;
    const { byRole, held, seen } = await situationText(database, beneficiaryId, roles);
    return { person, attributes: await attributesById(database, beneficiaryId), holdings: byRole, held, seen };
  },
  people: async (keys) => peopleWithManagers(database, (await models.current()).identityType, keys),
  samePeople: async (ids) => readNaturalPeople(database, (await models.current()).identityType, ids),
  delegators: async (delegateId, today) => {
    const ids = await readDelegators(database, delegateId, today);
    return ids.length === 0 ? [] : peopleByIds(database, (await models.current()).identityType, ids);
  },
  knownValues: (asked) => knownValues(database, asked),
  heldRoles: (identityId) => readHeldRoles(database, identityId, false),
  load: (requestId) => load(database, models, requestId),
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

async function cancel(
  sql: Transaction,
  { request, actor, reason, items, state, rolesWithEffects }: CancelCommit,
): Promise<boolean> {
  await holdIdentity(sql, request.beneficiaryId);
  const version = await take(sql, request, state);
  if (version === null) return false;
  await changeItems(sql, moved(items, 'CANCELED'));
  const decided = items.filter((item) => item.state !== 'PENDING_APPROVAL');
  const waiting = items.filter((item) => item.state === 'PENDING_APPROVAL');
  const effects = [
    ...(await letGo(sql, waiting, 'INACTIVE')),
    ...(await undo(sql, request.beneficiaryId, decided, actorReference(actor))),
  ];
  const by = actorReference(actor);
  const about = { requestId: request.id, beneficiaryId: request.beneficiaryId, rolesWithEffects, by };
  await appendFacts(sql, [
    { kind: 'RequestCanceled', requestId: request.id, identityId: request.beneficiaryId, detail: { state } },
    ...(await assignmentFacts(sql, about, effects)),
  ]);
  if (decided.length > 0) await startComputation(sql, request.id, request.beneficiaryId, version);
  await auditRequest(sql, actor, 'request.cancel', request.id, { state: request.state }, { state, reason });
  return true;
}
