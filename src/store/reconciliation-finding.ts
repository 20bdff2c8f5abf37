// Finds what has no reason, set-based: roles and values of people, accounts without an owner. Identities that a role might
// explain are reconciliation-suspect.ts', items reconciliation-record.ts'.
import { roleAssignmentId } from '../domain/assignment.js';
import type { Fact } from '../domain/event.js';
import { shownRole } from '../domain/role-model/role-state.js';
import { foundStates } from '../domain/workflow-state.js';
import type {
  FindingQuestion,
  FindingScope,
  IdentityFindings,
  ReconciliationFinder,
  StrayQuestion,
  StrayRow,
} from '../steps/ports/reconciliation-finding.js';
import { lockIdentities } from './assignment-change.js';
import type { Database, Sql } from './database.js';
import { markDirty } from './dirty-identity.js';
import { appendFacts } from './event.js';
import { finish, recordOfAccounts, recordOfIdentities, waitingItems } from './reconciliation-record.js';
import { isExtraLink, isFoundValue, isOwned, suspects } from './reconciliation-suspect.js';

/** People and accounts looked at by one statement. */
const pageSize = 1_000;

export const reconciliationFinder = (database: Database): ReconciliationFinder => ({
  concerned: (entityType, day) => concerned(database, entityType, day),
  people: (entityType, scope) => (scope.kind === 'all' ? everybody(database, entityType) : chunksOf(scope.identityIds)),
  suspects: (source, identityIds, question) => suspects(database, source, identityIds, question),
  recordRoles: (roles, rolesWithEffects, executionId) =>
    database.transaction((sql) => recordRoles(sql, roles, rolesWithEffects, executionId)),
  findings: (identityIds, question) => findings(database, identityIds, question),
  strays: (scope, question) => strays(database, scope, question),
  recordOfIdentities: (identityIds, items) =>
    database.transaction((sql) => recordOfIdentities(sql, identityIds, items)),
  recordOfAccounts: (resourceIds, items) => database.transaction((sql) => recordOfAccounts(sql, resourceIds, items)),
  finish: (startedAt) => database.transaction((sql) => finish(sql, startedAt)),
  now: async () => {
    const { rows } = await database.query<{ now: string }>('select clock_timestamp()::text as now');
    return rows[0]?.now ?? '';
  },
  waiting: () => waitingItems(database),
});

async function concerned(sql: Sql, entityType: string, day: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select r.id from resource r where r.entity_type = $1 and r.id in (
       select identity_id from dirty_identity union select identity_id from identity_state where next_due_on <= $2::date) order by 1`,
    [entityType, day],
  );
  return rows.map(({ id }) => id);
}

async function* everybody(sql: Sql, entityType: string): AsyncGenerator<readonly string[]> {
  for (let afterId: string | null = null; ; ) {
    const page: { readonly rows: readonly { readonly id: string }[] } = await sql.query<{ id: string }>(
      'select id from resource where entity_type = $1 and ($2::uuid is null or id > $2) order by id limit $3',
      [entityType, afterId, pageSize],
    );
    if (page.rows.length > 0) yield page.rows.map(({ id }) => id);
    if (page.rows.length < pageSize) return;
    afterId = page.rows.at(-1)?.id ?? null;
  }
}

async function* chunksOf(ids: readonly string[]): AsyncGenerator<readonly string[]> {
  for (let start = 0; start < ids.length; start += pageSize) yield ids.slice(start, start + pageSize);
}

/** A row that somebody else made meanwhile stands. */
async function recordRoles(
  sql: Sql,
  roles: Parameters<ReconciliationFinder['recordRoles']>[0],
  rolesWithEffects: readonly string[],
  executionId: string | null,
): Promise<readonly string[]> {
  if (roles.length === 0) return [];
  await lockIdentities(
    sql,
    roles.map(({ identityId }) => identityId),
  );
  const { rows } = await sql.query<{ identityId: string; role: string; state: (typeof foundStates)[number] }>(
    `insert into role_assignment (identity_id, role, workflow_state, found_resource)
     select f."identityId", f.role, case when f."isPreExisting" then 'PRE_EXISTING' else 'NON_CONFORMING' end, f."resourceId"
     from jsonb_to_recordset($1::jsonb) as f("identityId" uuid, role text, "resourceId" uuid, "isPreExisting" boolean)
     on conflict (identity_id, role) do nothing returning identity_id as "identityId", role, workflow_state as state`,
    [JSON.stringify(roles)],
  );
  const ids = [...new Set(rows.map(({ identityId }) => identityId))];
  await appendFacts(
    sql,
    ids.map((id) =>
      foundFact(
        id,
        rows.filter(({ identityId }) => identityId === id),
        rolesWithEffects,
        executionId,
      ),
    ),
  );
  await markDirty(sql, ids, 'reconciliation');
  return ids;
}

const foundFact = (
  identityId: string,
  rows: readonly { readonly role: string; readonly state: (typeof foundStates)[number] }[],
  rolesWithEffects: readonly string[],
  executionId: string | null,
): Fact => ({
  kind: 'AssignmentChanged',
  identityId,
  ...(executionId === null ? {} : { executionId }),
  assignments: rows.map(({ role, state }) => ({
    kind: 'role',
    assignmentId: roleAssignmentId(identityId, role),
    identityId,
    subject: role,
    workflowState: state,
    previousWorkflowState: null,
    provisioningState:
      shownRole({ row: state, reasons: [], pending: [], hasEffects: rolesWithEffects.includes(role) })
        ?.provisioningState ?? 'NONE',
    previousProvisioningState: null,
  })),
});

async function findings(
  sql: Sql,
  identityIds: readonly string[],
  question: FindingQuestion,
): Promise<IdentityFindings> {
  return {
    roles: await foundRoles(sql, identityIds),
    properties: [...(await extraLinks(sql, identityIds, question)), ...(await foundValues(sql, identityIds))],
    unused: question.unused.length === 0 ? [] : await unusedAccounts(sql, identityIds, question),
    lost: await lostAccounts(sql, identityIds),
  };
}

async function foundRoles(sql: Sql, identityIds: readonly string[]): Promise<IdentityFindings['roles']> {
  const { rows } = await sql.query<IdentityFindings['roles'][number]>(
    `select x.identity_id as "identityId", x.role, r.id as "resourceId", x.workflow_state = 'PRE_EXISTING' as "isPreExisting"
     from role_assignment x left join resource r on r.id = x.found_resource
     where x.identity_id = any($1::uuid[]) and x.workflow_state = any($2::text[])`,
    [identityIds, foundStates],
  );
  return rows;
}

async function extraLinks(
  sql: Sql,
  identityIds: readonly string[],
  { links }: FindingQuestion,
): Promise<IdentityFindings['properties']> {
  if (links.length === 0) return [];
  const { rows } = await sql.query<IdentityFindings['properties'][number]>(
    `select a.identity_id as "identityId", a.id as "assignmentId", r.id as "resourceId", a.resource_type as "resourceType", l.property,
       l.target_key as "targetKey", to_jsonb(l.target_key) as "currentValue", null as "expectedValue", r.is_pre_existing as "isPreExisting"
     from resource_assignment a join resource r on r.id = a.resource_id
       join unnest($2::text[], $3::text[]) as m(type, property) on m.type = a.resource_type
       join resource_link l on l.resource_id = r.id and l.property = m.property
     where a.identity_id = any($1::uuid[]) and a.is_due and a.confidence_percent is null and ${isExtraLink}`,
    [identityIds, links.map(({ resourceType }) => resourceType), links.map(({ property }) => property)],
  );
  return rows;
}

async function foundValues(sql: Sql, identityIds: readonly string[]): Promise<IdentityFindings['properties']> {
  const { rows } = await sql.query<IdentityFindings['properties'][number]>(
    `select a.identity_id as "identityId", a.id as "assignmentId", a.resource_id as "resourceId", a.resource_type as "resourceType", v.property,
       null as "targetKey", v.value as "currentValue", v.expected as "expectedValue", v.workflow_state = 'PRE_EXISTING' as "isPreExisting"
     from value_assignment v join resource_assignment a on a.id = v.assignment_id
     where a.identity_id = any($1::uuid[]) and a.is_due and v.target_key = '' and ${isFoundValue}`,
    [identityIds],
  );
  return rows;
}

/** Instants and days alike begin with the day. */
async function unusedAccounts(
  sql: Sql,
  identityIds: readonly string[],
  { unused }: FindingQuestion,
): Promise<IdentityFindings['unused']> {
  const { rows } = await sql.query<IdentityFindings['unused'][number]>(
    `select a.identity_id as "identityId", a.id as "assignmentId", r.id as "resourceId", a.resource_type as "resourceType",
       r.attributes ->> u.property as "lastUsed", r.is_pre_existing as "isPreExisting"
     from unnest($2::text[], $3::text[], $4::text[]) as u(type, property, day)
       join resource_assignment a on a.resource_type = u.type join resource r on r.id = a.resource_id
     where a.identity_id = any($1::uuid[]) and a.is_due and left(r.attributes ->> u.property, 10) < u.day`,
    [
      identityIds,
      unused.map((each) => each.resourceType),
      unused.map((each) => each.property),
      unused.map((each) => each.day),
    ],
  );
  return rows;
}

/** Left where they are, kept by a person, or such that a reviewer declined the removal of. */
async function lostAccounts(sql: Sql, identityIds: readonly string[]): Promise<IdentityFindings['lost']> {
  const { rows } = await sql.query<IdentityFindings['lost'][number]>(
    `select a.identity_id as "identityId", a.id as "assignmentId", r.id as "resourceId", a.resource_type as "resourceType",
       r.is_pre_existing as "isPreExisting", a.workflow_state = 'APPROVED' as "wasKept", p.key, p.attributes, p.removed_at is not null as "isRemoved"
     from resource_assignment a join resource r on r.id = a.resource_id join resource p on p.id = a.identity_id
     where a.identity_id = any($1::uuid[]) and not a.is_due and a.delta is null
       and (a.workflow_state in ('NON_CONFORMING', 'APPROVED') or (a.workflow_state = 'DECLINED' and a.provisioning_state = 'NONE'))`,
    [identityIds],
  );
  return rows;
}

async function* strays(sql: Sql, scope: FindingScope, question: StrayQuestion): AsyncGenerator<readonly StrayRow[]> {
  if (question.entityTypes.length === 0) return;
  const among = scope.kind === 'changed' ? await changedStrays(sql, scope.identityIds, question) : null;
  // Type by type: each page goes on in the index where the last one ended.
  for (const entityType of question.entityTypes) yield* straysOf(sql, question, { entityType, among });
}

interface StrayPlace {
  readonly entityType: string;
  /** Row ids; null: all. */
  readonly among: readonly string[] | null;
}

async function* straysOf(sql: Sql, question: StrayQuestion, place: StrayPlace): AsyncGenerator<readonly StrayRow[]> {
  for (let afterId: string | null = null; ; ) {
    const page: readonly StrayRow[] = await strayPage(sql, question, place, afterId);
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    afterId = page.at(-1)?.resourceId ?? null;
  }
}

/** Read or written since the last run (a transaction may take minutes to become visible), listed already, or perhaps of these people. */
async function changedStrays(
  sql: Sql,
  identityIds: readonly string[],
  { entityTypes, rules }: StrayQuestion,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select r.id from resource r where r.entity_type = any($1::text[])
       and r.updated_at > coalesce((select examined_at from reconciliation_state), '-infinity') - interval '10 minutes'
     union
     select resource_id from reconciliation_item where decision is null and resource_id is not null
     union
     select k.resource_id from correlation_source c join correlation_key k on k.rule = c.rule and k.value = c.value
     where c.identity_id = any($2::uuid[]) and c.rule = any($3::text[])`,
    [entityTypes, identityIds, rules.map(({ rule }) => rule)],
  );
  return rows.map(({ id }) => id);
}

/** More people than this by one rule say nothing about whose an account is. */
const mostMatches = 20;

async function strayPage(
  sql: Sql,
  { identityType, rules }: StrayQuestion,
  { entityType, among }: StrayPlace,
  afterId: string | null,
): Promise<readonly StrayRow[]> {
  const standing = `case when h.resource_id is not null then 'held' when h.provisioning_state = 'ERROR' then 'failed' when h.is_due then 'expected' else 'none' end`;
  const { rows } = await sql.query<StrayRow>(
    `with asked_for as materialized (
       select o.delta ->> 'key' as name from provisioning_order o
       where o.state = 'PENDING' and o.kind = 'CREATE' and (o.is_uncertain or o.lease_until is not null))
     select r.id as "resourceId", r.entity_type as "entityType", r.classified_as as "classifiedAs", r.is_pre_existing as "isPreExisting",
       coalesce((select jsonb_agg(to_jsonb(x)) from (
         select p.id as "identityId", p.key, p.attributes, p.removed_at is not null as "isRemoved", k.rule,
           coalesce((select ${standing} from resource_assignment h where h.identity_id = p.id and h.resource_type = m.type
             order by h.resource_id is not null desc limit 1), 'none') as standing,
           (select count(*)::int from correlation_key o join resource f on f.id = o.resource_id and f.entity_type = r.entity_type
              and f.classified_as is not distinct from r.classified_as
            where o.rule = k.rule and o.value = k.value and not ${isOwned('o.resource_id')}) as alternatives
         from correlation_key k join unnest($1::text[], $2::text[]) as m(rule, type) on m.rule = k.rule
           join correlation_source c on c.rule = k.rule and c.value = k.value
           join resource p on p.id = c.identity_id and p.entity_type = $3
         where k.resource_id = r.id
           and not exists (select from resource_assignment n where n.identity_id = p.id and n.resource_type = m.type and ('resource:' || r.id) = any(string_to_array(n.declined_hash, ' ')))
         limit ${mostMatches}) as x), '[]') as matches
     from resource r where r.entity_type = $4 and ($5::uuid[] is null or r.id = any($5)) and ($6::uuid is null or r.id > $6)
       and not ${isOwned('r.id')}
       and not exists (select from asked_for w join jsonb_each_text(r.attributes) as v on v.value = w.name)
     order by r.id limit ${pageSize}`,
    [
      rules.map(({ rule }) => rule),
      rules.map(({ resourceType }) => resourceType),
      identityType,
      entityType,
      among,
      afterId,
    ],
  );
  return rows;
}
