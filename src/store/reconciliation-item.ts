// Loads items for decisions and commits what was decided: effects, items, facts, marks, queue entries and audit in one
// transaction. A commit writes nothing when one of its items is no longer open. Effects are reconciliation-effect.ts'.
import { actorReference } from '../domain/actor.js';
import { type AssignmentChange, roleAssignmentId } from '../domain/assignment.js';
import type { Fact } from '../domain/event.js';
import { toGlobalId } from '../domain/global-id.js';
import { personOf, type PersonRow } from '../domain/person.js';
import type { OpenItem } from '../domain/reconciliation-decision.js';
import { uncountedIdentities } from '../domain/role-model/loss.js';
import { shownRole } from '../domain/role-model/role-state.js';
import { reasonOf } from '../domain/role-model/evaluation.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { DecidedItem, DecisionCommit, ReconciliationStore } from '../steps/ports/reconciliation-item.js';
import { lockIdentities } from './assignment-change.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { markDirty } from './dirty-identity.js';
import { appendFacts } from './event.js';
import { readSameHumansOfKey } from './natural-person.js';
import { appendOutbox } from './outbox.js';
import { StaleItems, takeEffect } from './reconciliation-effect.js';
import { itemColumns } from './reconciliation-record.js';

export const reconciliationStore = (database: Database, models: ModelSource): ReconciliationStore => ({
  load: (ids) => load(database, ids),
  group: (groupKey, day) => group(database, groupKey, day),
  sameHuman: async (personKey) => readSameHumansOfKey(database, (await models.current()).identityType, personKey),
  owners: async (ids) => owners(database, (await models.current()).identityType, ids),
  decide: async (commit) => {
    try {
      return await database.transaction((sql) => decide(sql, commit));
    } catch (error) {
      if (error instanceof StaleItems) return error.ids;
      throw error;
    }
  },
});

type IdentityType = Awaited<ReturnType<ModelSource['current']>>['identityType'];

async function load(sql: Sql, ids: readonly string[]): Promise<readonly OpenItem[]> {
  const { rows } = await sql.query<OpenItem>(
    `select ${itemColumns} from unnest($1::uuid[]) with ordinality as w(id, place) join reconciliation_item i on i.id = w.id order by w.place`,
    [ids],
  );
  return rows;
}

/** What is put off is not part of what is seen. */
export const isListed = (day: string): string =>
  `i.decision is null and (i.postponed_until is null or i.postponed_until <= ${day}::date)`;

async function group(sql: Sql, groupKey: string, day: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select i.id from reconciliation_item i where i.group_key = $1 and ${isListed('$2')} order by i.id`,
    [groupKey, day],
  );
  return rows.map(({ id }) => id);
}

async function owners(sql: Sql, type: IdentityType, ids: readonly string[]): ReturnType<ReconciliationStore['owners']> {
  const { rows } = await sql.query<PersonRow & { readonly types: readonly string[] }>(
    `select r.id, r.key, r.attributes, r.removed_at is not null as "isRemoved",
       array(select a.resource_type from resource_assignment a where a.identity_id = r.id and a.resource_id is not null) as types
     from resource r where r.id = any($1::uuid[]) and r.entity_type = $2`,
    [ids, type.identifier],
  );
  return new Map(rows.map(({ types, ...row }) => [row.id, { person: personOf(row, type), types }]));
}

async function decide(sql: Sql, commit: DecisionCommit): Promise<readonly string[]> {
  const concerned = concernedBy(commit.items);
  await lockIdentities(sql, concerned);
  const ids = commit.items.map(({ item }) => item.id);
  const { rows } = await sql.query<{ id: string }>(
    'select id from reconciliation_item where id = any($1::uuid[]) and decision is null order by id for update',
    [ids],
  );
  const stillOpen = new Set(rows.map(({ id }) => id));
  const gone = ids.filter((id) => !stillOpen.has(id));
  if (gone.length > 0) return gone;
  const facts = await roleFacts(sql, commit);
  await takeEffect(sql, commit);
  await closeItems(sql, commit);
  await appendFacts(sql, [...facts, decidedFact(commit)]);
  await goOn(sql, commit, [...new Set([...concerned, ...(await rivalsFor(sql, commit.items))])]);
  if (commit.actor !== null) await audit(sql, commit, actorReference(commit.actor));
  return [];
}

/** Whose accounts or roles change. An account nobody owns stands for itself while it is removed. */
const concernedBy = (items: readonly DecidedItem[]): readonly string[] => [
  ...new Set(
    items
      .filter(({ decision }) => !['IGNORE', 'POSTPONE'].includes(decision.decision))
      .flatMap(({ item, decision }) => {
        const isRemovedStray = decision.decision === 'REMOVE' && item.assignmentId === null && item.role === null;
        return [isRemovedStray ? item.resourceId : null, item.identityId, decision.ownerId].filter((id) => id !== null);
      }),
  ),
];

/** Whom the account could have been, too: nothing stands against another one of theirs any more. */
async function rivalsFor(sql: Sql, items: readonly DecidedItem[]): Promise<readonly string[]> {
  const taken = items.filter(
    ({ item, decision }) => item.kind === 'RESOURCE' && ['LINK', 'REMOVE'].includes(decision.decision),
  );
  if (taken.length === 0) return [];
  const { rows } = await sql.query<{ id: string }>(
    `select distinct a.identity_id as id from correlation_key k join correlation_source c on c.rule = k.rule and c.value = k.value
       join resource_assignment a on a.identity_id = c.identity_id and a.provisioning_state = 'ERROR'
     where k.resource_id = any($1::uuid[])`,
    [taken.map(({ item }) => item.resourceId)],
  );
  return rows.map(({ id }) => id);
}

async function closeItems(sql: Sql, { items, decidedBy, postponedUntil }: DecisionCommit): Promise<void> {
  await sql.query(
    `update reconciliation_item i set
       decision = case when d.decision <> 'POSTPONE' then d.decision end,
       decided_by = case when d.decision <> 'POSTPONE' then $2 end,
       decided_at = case when d.decision <> 'POSTPONE' then clock_timestamp() end,
       postponed_until = case when d.decision = 'POSTPONE' then coalesce(d.until, $3::date) else i.postponed_until end,
       comment = d.comment, owner_id = d."ownerId"
     from jsonb_to_recordset($1::jsonb) as d(id uuid, decision text, comment text, until date, "ownerId" uuid) where i.id = d.id`,
    [JSON.stringify(items.map(({ item, decision }) => ({ id: item.id, ...decision }))), decidedBy, postponedUntil],
  );
}

const decidedFact = ({ items, decidedBy }: DecisionCommit): Fact => ({
  kind: 'ReconciliationDecided',
  detail: { count: items.length, decidedBy, decisions: countsOf(items.map(({ decision }) => decision.decision)) },
});

const countsOf = (texts: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
};

/** Roles change their state by the decision itself; the computation tells of what follows. */
async function roleFacts(sql: Sql, { items, rolesWithEffects, decidedBy }: DecisionCommit): Promise<readonly Fact[]> {
  const roles = items.filter(
    ({ item, decision }) => item.kind === 'ROLE' && ['KEEP', 'REMOVE'].includes(decision.decision),
  );
  if (roles.length === 0) return [];
  const { rows } = await sql.query<RoleStanding>(
    `select d.id, x.workflow_state as state, x.identity_id as "identityId", x.role,
       array(select h.reason from identity_state s, unnest(s.roles, s.reasons) as h(role, reason) where s.identity_id = x.identity_id and h.role = x.role) as reasons,
       array(select a.provisioning_state from resource_assignment a where a.identity_id = x.identity_id and x.role = any(a.pending_roles)) as pending
     from jsonb_to_recordset($1::jsonb) as d(id uuid, "identityId" uuid, role text)
       join role_assignment x on x.identity_id = d."identityId" and x.role = d.role order by d.id`,
    [JSON.stringify(roles.map(({ item }) => item))],
  );
  const decisions = new Map(roles.map(({ item, decision }) => [item.id, decision.decision]));
  return rows.map((row) => ({
    kind: 'AssignmentChanged',
    identityId: row.identityId,
    assignments: [roleChange(row, decisions.get(row.id) === 'KEEP' ? 'APPROVED' : 'CANCELLATION', rolesWithEffects)],
    detail: { actor: decidedBy },
  }));
}

interface RoleStanding {
  readonly id: string;
  readonly identityId: string;
  readonly role: string;
  readonly state: AssignmentChange['workflowState'];
  readonly reasons: readonly string[];
  readonly pending: readonly AssignmentChange['provisioningState'][];
}

function roleChange(
  row: RoleStanding,
  to: 'APPROVED' | 'CANCELLATION',
  rolesWithEffects: readonly string[],
): AssignmentChange {
  const { identityId, role, state, pending } = row;
  const about = { reasons: row.reasons.map(reasonOf), pending, hasEffects: rolesWithEffects.includes(role) };
  return {
    kind: 'role',
    assignmentId: roleAssignmentId(identityId, role),
    identityId,
    subject: role,
    workflowState: to,
    previousWorkflowState: state,
    provisioningState: shownRole({ ...about, row: to })?.provisioningState ?? 'NONE',
    previousProvisioningState: shownRole({ ...about, row: state })?.provisioningState ?? null,
  };
}

/** A few take effect at once; many wait for the next job, whose thresholds look at all of them together. */
async function goOn(sql: Sql, { items }: DecisionCommit, concerned: readonly string[]): Promise<void> {
  const strays = new Set(items.flatMap(({ item }) => (item.resourceId === null ? [] : [item.resourceId])));
  await markDirty(
    sql,
    concerned.filter((id) => !strays.has(id)),
    'reconciliation',
  );
  if (concerned.length > uncountedIdentities) return;
  const cause = items[0]?.item.id ?? '';
  await appendOutbox(
    sql,
    concerned.map((id) => ({ queue: 'compute', name: 'identities', jobId: `${cause}-${id}`, rowId: id, priority: 0 })),
  );
}

const audit = (sql: Sql, { items }: DecisionCommit, actor: string): Promise<void> =>
  appendAudit(sql, {
    actor,
    action: 'reconciliation.decide',
    subject: items.length === 1 ? toGlobalId('ReconciliationItem', items[0]?.item.id ?? '') : null,
    before: null,
    after: {
      items: items.map(({ item, decision }) => ({
        item: toGlobalId('ReconciliationItem', item.id),
        subject: item.subject,
        decision: decision.decision,
        comment: decision.comment,
        owner: decision.ownerId === null ? null : toGlobalId('Identity', decision.ownerId),
        until: decision.until,
      })),
    },
  });
