// Orders as lists, pages and streams show them. While a connection cannot be used, its orders show why and until when.
import type { IdComparison } from '../../domain/filter.js';
import type { OrderBy } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import { worstFirst } from '../../domain/provisioning-state.js';
import type { CompiledModel } from '../../domain/role-model/model.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type {
  AttemptView,
  ErrorGroupView,
  OrderCondition,
  OrderField,
  OrderQuestion,
  OrderView,
  OrderViews,
} from '../../steps/ports/provisioning-order-view.js';
import type { Database, Sql } from '../database.js';
import { allOf, anyOf, type Fragment, literal, rendered, sql } from '../fragment.js';
import { idConditions, instantConditions, oneOfConditions, textConditions, treeCondition } from './filter.js';
import { countRows, countsOf, type KeysetColumn, readPage } from './keyset.js';
import { scopeCondition } from './scope.js';

export const orderViews = (database: Database, models: ModelSource): OrderViews => ({
  page: async (question, order, page) => {
    const where = condition(question, await models.current());
    return readPage<OrderView, OrderView>(database, { select, from, where, order: keysetOf(order), page, row: view });
  },
  count: async (question) => countRows(database, from, condition(question, await models.current())),
  countsByState: async (question) => countsOf(database, from, condition(question, await models.current()), 'o.state'),
  errorGroups: async (question) => errorGroups(database, condition(question, await models.current())),
  byIds: async (ids, question) => {
    const where = allOf([...idConditions('o.id', { in: ids }, 'uuid'), condition(question, await models.current())]);
    return rowsWhere(database, where, null);
  },
  byNumber: async (number, scope) => {
    const where = allOf([sql`o.number = ${String(number)}::bigint`, within(scope, await models.current())]);
    return (await rowsWhere(database, where, 1))[0] ?? null;
  },
  matching: async (question, limit) => rowsWhere(database, condition(question, await models.current()), limit + 1),
  attempts: (orderIds) => attempts(database, orderIds),
});

const from = literal(`provisioning_order o
  left join resource_assignment a on a.id = o.assignment_id
  left join connection_health h on h.connection = o.connection and h.status <> 'CLOSED' and o.state = 'PENDING'`);

const circuitError = `jsonb_build_object('code', h.code, 'message', h.reason,
  'hint', case when h.status = 'DISABLED' then 'Switch it on with connectorSetEnabled; the order goes on by itself.' end, 'targetCode', null, 'targetMessage', null,
  'isRetryable', h.status = 'OPEN', 'fingerprint', 'connection-' || h.connection || '-' || h.code)`;

/** What the account expects is looked into only while somebody is to judge it. */
const confidence = `case when o.state = 'AWAITING_APPROVAL' then jsonb_build_object(
    'resource', case when o.kind = 'ASSOCIATE' then a.confidence_percent end,
    'values', (select jsonb_object_agg(v.key, v.value -> 'confidencePercent') from jsonb_each(a.expected -> 'values') v where v.value ? 'confidencePercent'),
    'links', a.expected -> 'uncertainLinks') else '{"resource": null, "values": null, "links": null}' end`;

const select =
  literal(`o.id, 'ORD-' || o.number as number, o.kind, o.mode, o.state, o.resource_type as "resourceType", o.connection,
  o.identity_id as "identityId", a.resource_id as "resourceId", o.job_execution_id as "executionId", o.delta,
  coalesce(a.workflow_state, 'INACTIVE') as "workflowState",
  coalesce(o.error, case when h.code is not null then ${circuitError} end) as error,
  case when o.state <> 'PENDING' or h.status in ('QUARANTINED', 'DISABLED') then null
       when h.status = 'OPEN' then greatest(h.next_probe_at, o.next_attempt_at) else o.next_attempt_at end as "nextAttemptAt",
  o.instructions, o.assignee as "assigneeId", o.due_at as "dueAt", o.postponed_until as "postponedUntil",
  ${confidence} as confidence,
  o.created_at as "createdAt", o.updated_at as "updatedAt", o.executed_at as "executedAt", o.verified_at as "verifiedAt", o.version`);

async function rowsWhere(database: Sql, where: Fragment, limit: number | null): Promise<readonly OrderView[]> {
  const { text, parameters } = rendered(
    sql`select ${select} from ${from} where ${where} order by o.number desc limit ${limit}`,
  );
  const { rows } = await database.query<OrderView>(text, parameters);
  return rows.map(view);
}

const view = (row: OrderView): OrderView => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  mode: row.mode,
  state: row.state,
  resourceType: row.resourceType,
  connection: row.connection,
  identityId: row.identityId,
  resourceId: row.resourceId,
  executionId: row.executionId,
  delta: row.delta,
  workflowState: row.workflowState,
  error: row.error,
  nextAttemptAt: row.nextAttemptAt,
  instructions: row.instructions,
  assigneeId: row.assigneeId,
  dueAt: row.dueAt,
  postponedUntil: row.postponedUntil,
  confidence: row.confidence,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  executedAt: row.executedAt,
  verifiedAt: row.verifiedAt,
  version: row.version,
});

const within = (scope: ReadScope, { identityType }: CompiledModel): Fragment =>
  scopeCondition(scope, 'o.identity_id', identityType);

const condition = ({ filter, scope }: OrderQuestion, model: CompiledModel): Fragment =>
  allOf([within(scope, model), treeCondition(filter, (level) => levelConditions(level, model))]);

const isPostponed = `coalesce(o.postponed_until > clock_timestamp()::date, false)`;

function levelConditions(filter: OrderCondition, model: CompiledModel): readonly Fragment[] {
  return [
    ...oneOfConditions('o.state', filter.state),
    ...oneOfConditions('o.kind', filter.kind),
    ...oneOfConditions('o.mode', filter.mode ? [filter.mode] : null),
    ...idConditions('o.assignee', filter.assigneeId, 'uuid'),
    ...(typeof filter.isPostponed === 'boolean'
      ? [literal(filter.isPostponed ? isPostponed : `not ${isPostponed}`)]
      : []),
    ...idConditions('o.resource_type', filter.resourceType, 'text'),
    ...connectorConditions(filter.connector, model),
    ...idConditions('o.identity_id', filter.identityId, 'uuid'),
    ...propertyConditions(filter.property, model),
    ...textConditions(`o.error ->> 'fingerprint'`, filter.errorFingerprint),
    ...idConditions('o.job_execution_id', filter.executionId, 'uuid'),
    ...instantConditions('o.created_at', filter.createdAt),
    ...(filter.assignmentId ? idConditions('o.assignment_id', { eq: filter.assignmentId }, 'uuid') : []),
    ...(filter.role ? [sql`${filter.role} = any(o.pending_roles)`] : []),
  ];
}

function connectorConditions(
  given: IdComparison | null | undefined,
  { configuration }: CompiledModel,
): readonly Fragment[] {
  if (!given) return [];
  const connections = configuration.connections.filter(({ connector }) => isMeant(given, connector));
  return [sql`o.connection = any(${connections.map(({ identifier }) => identifier)}::text[])`];
}

function propertyConditions(given: IdComparison | null | undefined, model: CompiledModel): readonly Fragment[] {
  if (!given) return [];
  const meant = [...model.resourceTypes.values()].flatMap(({ definition, targetEntityType }) =>
    targetEntityType.properties
      .filter(({ identifier }) => isMeant(given, `${targetEntityType.identifier}.${identifier}`))
      .map(({ identifier }) => changesProperty(definition.identifier, identifier)),
  );
  return [anyOf(meant)];
}

function changesProperty(resourceType: string, property: string): Fragment {
  const part = JSON.stringify([{ property }]);
  return sql`(o.resource_type = ${resourceType} and (o.delta -> 'scalars' @> ${part}::jsonb or o.delta -> 'links' @> ${part}::jsonb))`;
}

/** A thing of the configuration always is: `isNull` asks for what cannot be. */
function isMeant(given: IdComparison, identifier: string): boolean {
  if (given.isNull === true) return false;
  if (typeof given.eq === 'string' && given.eq !== identifier) return false;
  if (given.in && !given.in.includes(identifier)) return false;
  return !given.nin?.includes(identifier);
}

const stateRank = `array_position(array[${worstFirst.map((state) => `'${state}'`).join(', ')}], o.state)`;

/** Numbers are given in the order of making. */
const fieldColumns: Readonly<Record<OrderField, KeysetColumn>> = {
  CREATED_AT: { column: 'o.number', type: 'bigint' },
  UPDATED_AT: { column: 'o.updated_at', type: 'timestamptz' },
  STATE: { column: stateRank, type: 'int' },
  DUE_AT: { column: 'o.due_at', type: 'timestamptz', isNullable: true },
};

function keysetOf(order: readonly OrderBy<OrderField>[]): readonly KeysetColumn[] {
  const columns = order.map(({ field, direction }) => ({ ...fieldColumns[field], isDescending: direction === 'DESC' }));
  if (order.some(({ field }) => field === 'CREATED_AT')) return columns;
  return [...columns, { column: 'o.number', type: 'bigint', isDescending: order[0]?.direction === 'DESC' }];
}

const mostGroups = 100;

async function errorGroups(database: Sql, where: Fragment): Promise<readonly ErrorGroupView[]> {
  const { text, parameters } = rendered(
    sql`select o.error ->> 'fingerprint' as fingerprint, count(*)::int as count,
          (array_agg(o.id order by o.updated_at desc, o.number desc))[1] as "sampleId",
          (array_agg(o.error ->> 'code' order by o.updated_at desc, o.number desc))[1] as code,
          (array_agg(o.error ->> 'message' order by o.updated_at desc, o.number desc))[1] as message,
          min(coalesce(o.first_failed_at, o.updated_at)) as "firstSeenAt", max(o.updated_at) as "lastSeenAt"
        from ${from} where ${where} and o.state = 'ERRORED' and o.error is not null
        group by 1 order by 2 desc, 1 limit ${mostGroups}`,
  );
  const { rows } = await database.query<ErrorGroupView>(text, parameters);
  return rows;
}

async function attempts(
  database: Sql,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly AttemptView[]>> {
  const { rows } = await database.query<{ readonly id: string; readonly attempts: readonly StoredAttempt[] }>(
    `select t.order_id as id, jsonb_agg(jsonb_build_object('number', t.number, 'startedAt', t.started_at, 'finishedAt', t.finished_at,
       'outcome', t.outcome, 'error', t.error, 'steps', t.steps) order by t.number, t.started_at) as attempts
     from provisioning_attempt t where t.order_id = any($1::uuid[]) group by t.order_id`,
    [orderIds],
  );
  return new Map(rows.map(({ id, attempts: stored }) => [id, stored.map(attemptView)]));
}

/** Instants stand as text inside JSON. */
type StoredAttempt = Omit<AttemptView, 'startedAt' | 'finishedAt'> & {
  readonly startedAt: string;
  readonly finishedAt: string | null;
};

const attemptView = (stored: StoredAttempt): AttemptView => ({
  ...stored,
  startedAt: new Date(stored.startedAt),
  finishedAt: stored.finishedAt === null ? null : new Date(stored.finishedAt),
});
