// Assignments for showing. A role shows by its row, by the reasons it is held for, and by the accounts that wait for it:
// what domain/role-model/role-state.ts says, said here in SQL. Read identity by identity, so that a page stops early.
import { effectiveStates } from '../../domain/workflow-state.js';
import type { OrderBy } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import { worstFirst } from '../../domain/provisioning-state.js';
import { keepsRole } from '../../domain/role-keeper.js';
import { reasonOf } from '../../domain/role-model/evaluation.js';
import { identitySource } from '../../domain/role-model/context.js';
import type { CompiledModel } from '../../domain/role-model/model.js';
import { silentRows } from '../../domain/role-model/role-state.js';
import type {
  AccountView,
  AssignmentField,
  AssignmentFilter,
  AssignmentQuestion,
  AssignmentView,
  AssignmentViews,
  ExplainedIdentity,
  RoleAssignmentView,
} from '../../steps/ports/assignment.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { Database } from '../database.js';
import { allOf, anyOf, type Fragment, literal, quoted, rendered, sql } from '../fragment.js';
import { loadIdentities } from '../role-model-load.js';
import { valuesOfAccount } from '../value-assignment.js';
import {
  dayConditions,
  flagConditions,
  idConditions,
  instantConditions,
  oneOfConditions,
  treeCondition,
} from './filter.js';
import { countRows, countsOf, type KeysetColumn, readPage } from './keyset.js';
import { rowStories } from './row-story.js';

export const assignmentViews = (database: Database, models: ModelSource): AssignmentViews => {
  const frame = async (): Promise<CompiledModel> => models.current();
  return {
    page: async (question, order, page) => {
      const model = await frame();
      return readPage<AssignmentRow, AssignmentView>(database, {
        select: columns,
        from: tables(model),
        where: condition(model, question),
        order: keysetOf(order, model),
        page,
        row: viewOf,
      });
    },
    count: async (question) => {
      const model = await frame();
      return countRows(database, tables(model), condition(model, question));
    },
    countsByState: async (question) => {
      const model = await frame();
      return countsOf(database, tables(model), condition(model, question), 'x.provisioning_state');
    },
    byIds: async (ids, question) => {
      const model = await frame();
      const rows = await select(database, model, allOf([withIds(ids), condition(model, question)]), null);
      return new Map(rows.map((row) => [row.id, row]));
    },
    matching: async (question, limit) => {
      const model = await frame();
      return select(database, model, condition(model, question), limit + 1);
    },
    identities: async (ids) => identities(database, await frame(), ids),
  };
};

const list = (texts: readonly string[]): string => `array[${texts.map(quoted).join(', ')}]::text[]`;
const ranks = list(worstFirst);

/** One row per role that is held or has a row. `h.reasons` is null where only the row says so. */
const rolesOf = (model: CompiledModel): string => `
  select 'role' as kind, r.id || ':' || n.role as id, n.role as subject, n.state as workflow_state,
    case when n.worst is not null then (${ranks})[n.worst]
      when n.state = 'INACTIVE' then 'INACTIVE'
      when n.state in ('REQUESTED_MISSING_PARAMETERS', 'CALCULATED_MISSING_PARAMETERS') then 'NONE'
      when not n.role = any(${list([...model.effectsOf.keys()])}) then 'NONE'
      when n.state = 'CANCELLATION' or n.reasons is not null then 'VERIFIED' else 'NONE' end as provisioning_state,
    n.approval_step, n.approval_step_count, n.start_date, n.end_date, n.request_item_id, n.reasons,
    n.request_item_id is null as is_automatic, coalesce(n.is_inferred, false) as is_inferred,
    null::uuid as resource_id, null as resource_key, null::jsonb as expected, null::jsonb as delta, null::jsonb as error,
    null::jsonb as "values", null::int as confidence,
    coalesce(n.created_at, s.computed_at) as created_at, coalesce(n.updated_at, s.computed_at) as updated_at
  from (
    select coalesce(a.role, h.role) as role, h.reasons, h.is_inferred, a.approval_step, a.approval_step_count, a.start_date, a.end_date,
      a.request_item_id, a.created_at, a.updated_at,
      case when h.is_missing and (a.workflow_state is null or a.workflow_state = any(${list([...silentRows, ...effectiveStates])}))
        then case when h.is_asked then 'REQUESTED_MISSING_PARAMETERS' else 'CALCULATED_MISSING_PARAMETERS' end
      else coalesce(case when h.role is null or not a.workflow_state = any(${list(silentRows)}) then a.workflow_state end, case when h.is_ruled then 'CALCULATED' when h.is_inferred then 'GIVEN_BY_A_ROLE' else 'APPROVED' end) end as state,
      (select min(array_position(${ranks}, p.provisioning_state)) from resource_assignment p
       where p.identity_id = r.id and coalesce(a.role, h.role) = any(p.pending_roles)) as worst
    from (select * from role_assignment where identity_id = r.id) a
    full join (
      select role, array_agg(reason order by reason) as reasons, bool_or(reason like 'rule:%') as is_ruled, bool_or(reason like 'role:%') as is_inferred,
        bool_or(reason like 'missing:%') as is_missing, bool_or(reason like 'request:%' or reason like 'decision:%') as is_asked
      from unnest(s.roles, s.reasons) as held(role, reason) group by role) h on h.role = a.role) n`;

const accounts = `
  select 'resource', a.id::text, a.resource_type, a.workflow_state, a.provisioning_state, null, null, null, null, null, null,
    true, a.workflow_state = 'GIVEN_BY_A_ROLE', a.resource_id, a.resource_key, a.expected, a.delta, a.error,
    ${valuesOfAccount('a.id')}, a.confidence_percent, a.created_at, a.updated_at
  from resource_assignment a where a.identity_id = r.id`;

/** Offered by a rule and neither held nor decided on; with + for somebody new, who is taken to want it. */
const suggestions = `
  select 'role', r.id || ':' || g.role, g.role, case when g.rule like '+%' then 'AUTOMATIC_WITH_VALIDATION' else 'SUGGESTED' end, 'NONE',
    null, null, null, null, null, array['rule:' || ltrim(g.rule, '+')], true, false, null, null, null, null, null, null, null, s.computed_at, s.computed_at
  from unnest(s.suggested_roles, s.suggested_rules) as g(role, rule)
  where not exists (select from role_assignment a where a.identity_id = r.id and a.role = g.role)`;

const tables = (model: CompiledModel): Fragment =>
  literal(
    `resource r left join identity_state s on s.identity_id = r.id cross join lateral (${rolesOf(model)} union all ${accounts} union all ${suggestions}) x`,
  );

const columns =
  literal(`x.kind, x.id, r.id as "identityId", x.subject, x.workflow_state as "workflowState", x.provisioning_state as "provisioningState",
  x.approval_step as "approvalStep", x.approval_step_count as "approvalStepCount", x.start_date as "startDate", x.end_date as "endDate",
  x.request_item_id as "requestItemId", x.reasons, x.is_automatic as "isAutomatic", x.is_inferred as "isInferred", x.resource_id as "resourceId",
  x.resource_key as "resourceKey", x.expected, x.delta, x.error, coalesce(x."values", '[]') as "values", x.confidence as "confidencePercent", x.created_at as "createdAt", x.updated_at as "updatedAt"`);

interface AssignmentRow
  extends Omit<RoleAssignmentView, 'kind' | 'role' | 'reasons'>,
    Omit<AccountView, 'kind' | 'resourceType'> {
  readonly kind: AssignmentView['kind'];
  readonly subject: string;
  readonly reasons: readonly string[] | null;
}

function viewOf(row: AssignmentRow): AssignmentView {
  const { id, identityId, workflowState, provisioningState, createdAt, updatedAt, isAutomatic, isInferred } = row;
  const shared = { id, identityId, workflowState, provisioningState, createdAt, updatedAt, isAutomatic, isInferred };
  if (row.kind === 'resource') {
    const { resourceId, resourceKey, expected, delta, error, values, confidencePercent } = row;
    const account = { resourceType: row.subject, resourceId, resourceKey, expected, delta, error };
    return { ...shared, kind: 'resource', ...account, values, confidencePercent };
  }
  const { startDate, endDate, approvalStep, approvalStepCount, requestItemId } = row;
  return {
    ...shared,
    kind: 'role',
    role: row.subject,
    startDate,
    endDate,
    approvalStep,
    approvalStepCount,
    requestItemId,
    reasons: (row.reasons ?? []).map(reasonOf),
  };
}

const byIdentity: readonly KeysetColumn[] = [
  { column: 'r.id', type: 'uuid' },
  { column: 'x.kind', type: 'text', isDescending: true },
  { column: 'x.id', type: 'text' },
];

const keysetOf = (order: readonly OrderBy<AssignmentField>[], model: CompiledModel): readonly KeysetColumn[] => [
  ...order.map(({ field, direction }) => ({ ...columnOf(field, model), isDescending: direction === 'DESC' })),
  ...byIdentity,
];

function columnOf(field: AssignmentField, model: CompiledModel): KeysetColumn {
  switch (field) {
    case 'ROLE_NAME':
      return { column: nameColumn(model), type: 'text' };
    case 'PROVISIONING_STATE':
      return { column: `array_position(${ranks}, x.provisioning_state)`, type: 'int' };
    case 'UPDATED_AT':
      return { column: 'x.updated_at', type: 'timestamptz' };
    case 'END_DATE':
      return { column: 'x.end_date', type: 'date', isNullable: true };
    default:
      return field satisfies never;
  }
}

/** Name for people of the role or the resource type; the identifier of what is no longer configured. */
function nameColumn({ roles, resourceTypes }: CompiledModel): string {
  const named = [
    ...[...roles.values()].map((role) => ({ key: `role:${role.identifier}`, name: role.displayName })),
    ...[...resourceTypes.values()].map(({ definition }) => ({
      key: `resource:${definition.identifier}`,
      name: definition.displayName,
    })),
  ];
  const keys = list(named.map(({ key }) => key));
  const names = list(named.map(({ name }) => name));
  return `lower(coalesce((${names})[array_position(${keys}, x.kind || ':' || x.subject)], x.subject))`;
}

const condition = (model: CompiledModel, { filter, scope }: AssignmentQuestion): Fragment =>
  allOf([
    sql`r.entity_type = ${model.identityType.identifier}`,
    visible(model, scope),
    treeCondition<AssignmentFilter>(filter, levelConditions),
  ]);

function levelConditions(filter: AssignmentFilter): readonly Fragment[] {
  return [
    ...idConditions('r.id', filter.identityId, 'uuid'),
    ...subjectConditions('role', filter.roleId),
    ...subjectConditions('resource', filter.resourceTypeId),
    ...oneOfConditions('x.workflow_state', filter.workflowState),
    ...oneOfConditions('x.provisioning_state', filter.provisioningState),
    ...flagConditions(literal('x.is_automatic'), filter.isAutomatic),
    ...dayConditions('x.end_date', filter.endDate),
    ...instantConditions('x.updated_at', filter.updatedAt),
  ];
}

const subjectConditions = (kind: AssignmentView['kind'], ids: AssignmentFilter['roleId']): readonly Fragment[] =>
  idConditions(`(case when x.kind = ${quoted(kind)} then x.subject end)`, ids, 'text');

function visible({ roles, identityType, configuration }: CompiledModel, scope: ReadScope): Fragment {
  if (scope === 'all') return literal('true');
  if (scope === 'none') return literal('false');
  const owned = [...roles.values()]
    .filter((role) => keepsRole(scope.identifier, role, configuration))
    .map(({ identifier }) => identifier);
  const manager = identityType.identity?.manager ?? null;
  return anyOf([
    ...(scope.own ? [sql`r.id = ${scope.identityId}::uuid`] : []),
    ...(scope.reports && manager !== null
      ? [sql`r.attributes ->> ${literal(quoted(manager))} = ${scope.identifier}`]
      : []),
    ...(scope.ownedRoles && owned.length > 0 ? [sql`(x.kind = 'role' and x.subject = any(${owned}::text[]))`] : []),
  ]);
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Ids come from clients: what is no id matches nothing. */
function withIds(ids: readonly string[]): Fragment {
  const rows = ids.flatMap((id) => uuid.exec(id)?.[0] ?? []);
  return sql`r.id in (select unnest(${rows}::uuid[]) union select identity_id from resource_assignment where id = any(${rows}::uuid[]))
    and x.id = any(${ids}::text[])`;
}

async function select(
  database: Database,
  model: CompiledModel,
  where: Fragment,
  limit: number | null,
): Promise<readonly AssignmentView[]> {
  const { text, parameters } = rendered(
    sql`select ${columns} from ${tables(model)} where ${where} order by r.id, x.kind desc, x.id limit ${limit}`,
  );
  return (await database.query<AssignmentRow>(text, parameters)).rows.map(viewOf);
}

async function identities(
  database: Database,
  model: CompiledModel,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ExplainedIdentity>> {
  const loaded = await loadIdentities(database, identitySource(model), ids, false);
  const { rows } = await database.query<{ id: string; computedAt: Date | null; isDirty: boolean }>(
    `select r.id, s.computed_at as "computedAt", d.identity_id is not null as "isDirty" from resource r
     left join identity_state s on s.identity_id = r.id left join dirty_identity d on d.identity_id = r.id where r.id = any($1::uuid[])`,
    [ids],
  );
  const facts = new Map(rows.map((row) => [row.id, row]));
  const stories = await rowStories(database, ids);
  return new Map(
    loaded.map((identity) => {
      const { id } = identity.snapshot;
      const { computedAt, isDirty } = facts.get(id) ?? { computedAt: null, isDirty: true };
      return [id, { ...identity, computedAt, isDirty, rows: stories.get(id) ?? new Map() }];
    }),
  );
}
