// Requests for showing: by id, by number, in pages. What a reader may see is part of every statement: what those see for
// whom the reader decides today, too, as far as they are asked to decide it.
import type { PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import { dayOfPeople } from '../../domain/person.js';
import { keepsRole } from '../../domain/role-keeper.js';
import type { Environment } from '../../steps/ports/clock.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { RequestFilter, RequestQuestion, RequestView, RequestViews } from '../../steps/ports/request.js';
import type { Database, Sql } from '../database.js';
import { readDelegators } from '../delegation.js';
import { allOf, type Fragment, joined, literal, rendered, sql } from '../fragment.js';
import { requestColumns, type RequestRow, requestView } from '../request-row.js';
import { flagConditions, idConditions, instantConditions, oneOfConditions, treeCondition } from './filter.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

const from = literal('assignment_request q');
const newestFirst: readonly KeysetColumn[] = [{ column: 'q.id', type: 'uuid', isDescending: true }];

interface Frame {
  readonly database: Database;
  readonly models: ModelSource;
  readonly environment: Pick<Environment, 'now' | 'timeZone'>;
}

export const requestViews = (
  database: Database,
  models: ModelSource,
  environment: Frame['environment'],
): RequestViews => {
  const frame = { database, models, environment };
  return {
    page: (question, page) => readRequests(frame, question, page),
    count: async (question) => countRows(database, from, await condition(frame, question)),
    byIds: async (ids, question) => select(database, allOf([...rowsOf('q.id', ids), await condition(frame, question)])),
    byNumber: async (number, scope) => {
      const numbered = sql`q.number = ${number.toString()}::bigint`;
      return (await select(database, allOf([numbered, await visible(frame, scope)])))[0] ?? null;
    },
    byItemIds: async (ids, scope) => {
      const own = sql`q.id in (select request_id from request_item where ${allOf(rowsOf('id', ids))})`;
      const found = await select(database, allOf([own, await visible(frame, scope)]));
      return byPart(found, ids, (request) => request.items);
    },
    byApprovalIds: async (ids, scope) => {
      const own = sql`q.id in (select request_id from approval where ${allOf(rowsOf('id', ids))})`;
      const found = await select(database, allOf([own, await visible(frame, scope)]));
      return byPart(found, ids, (request) => request.approvals);
    },
    matching: async (question, limit) => (await readRequests(frame, question, { first: limit + 1, after: null })).rows,
  };
};

/** The reader, and those in whose place the reader decides today. */
async function names({ database, models, environment }: Frame, identityId: string): Promise<readonly string[]> {
  const today = dayOfPeople(environment.now(), (await models.current()).identityType, environment.timeZone);
  return [identityId, ...(await readDelegators(database, identityId, today))];
}

/** What is no row id matches nothing: ids come from clients. */
const rowsOf = (column: string, ids: readonly string[]): readonly Fragment[] =>
  idConditions(column, { in: ids }, 'uuid');

const readRequests = async (frame: Frame, question: RequestQuestion, page: PageRequest) =>
  readPage<RequestRow, RequestView>(frame.database, {
    select: requestColumns,
    from,
    where: await condition(frame, question),
    order: newestFirst,
    page,
    row: requestView,
  });

async function select(database: Sql, where: Fragment): Promise<readonly RequestView[]> {
  const { text, parameters } = rendered(sql`select ${requestColumns} from ${from} where ${where} order by q.id desc`);
  return (await database.query<RequestRow>(text, parameters)).rows.map(requestView);
}

const byPart = (
  requests: readonly RequestView[],
  ids: readonly string[],
  parts: (request: RequestView) => readonly { readonly id: string }[],
): ReadonlyMap<string, RequestView> =>
  new Map(
    requests.flatMap((request) =>
      parts(request)
        .filter(({ id }) => ids.includes(id))
        .map(({ id }) => [id, request] as const),
    ),
  );

async function condition(frame: Frame, { filter, scope, viewerId }: RequestQuestion): Promise<Fragment> {
  const decides = filter === null || viewerId === null ? [] : await names(frame, viewerId);
  return allOf([
    await visible(frame, scope),
    treeCondition<RequestFilter>(filter, (level) => conditionsOf(level, viewerId, decides)),
  ]);
}

const conditionsOf = (
  filter: RequestFilter,
  viewerId: string | null,
  decides: readonly string[],
): readonly Fragment[] => [
  ...oneOfConditions('q.state', filter.state),
  ...idConditions('q.beneficiary_id', filter.beneficiaryId, 'uuid'),
  ...idConditions('q.requester_identity_id', filter.requesterId, 'uuid'),
  ...flagConditions(waitingOn(viewerId, decides), filter.waitingOnViewer),
  ...instantConditions('q.created_at', filter.createdAt),
];

/** The open step of an item names the viewer, or one for whom the viewer decides, and neither has a part in the item yet. */
const waitingOn = (viewerId: string | null, decides: readonly string[]): Fragment =>
  viewerId === null
    ? literal('false')
    : sql`q.beneficiary_id <> ${viewerId}::uuid and q.requester_identity_id is distinct from ${viewerId}::uuid and q.id in (
        select a.request_id from approval a join request_item i on i.id = a.item_id
        where a.candidates && ${decides}::uuid[] and a.opened_at is not null and (a.decision is null or a.decision = 'POSTPONED')
          and i.state = 'PENDING_APPROVAL'
          and not exists (select from approval e where e.item_id = a.item_id and e.step < a.step and (e.decision is null or e.decision = 'POSTPONED'))
          and not exists (select from approval_vote v join approval o on o.id = v.approval_id
            where o.item_id = a.item_id and (v.decided_by = ${viewerId}::uuid or v.on_behalf_of = ${viewerId}::uuid))
          and not exists (select from approval o where o.item_id = a.item_id and o.decision = 'APPROVED'
            and (o.decided_by = ${viewerId}::uuid or o.on_behalf_of = ${viewerId}::uuid)))`;

/** Requests whose people are gone from the directory can no longer be shown whole; the audit keeps them. */
const complete = literal(
  'exists (select from resource b where b.id = q.beneficiary_id) and exists (select from resource r where r.id = q.requester_identity_id)',
);

async function visible(frame: Frame, scope: ReadScope): Promise<Fragment> {
  if (scope === 'none') return literal('false');
  if (scope === 'all') return complete;
  const { identityType, roles, configuration } = await frame.models.current();
  const decides = scope.candidate ? await names(frame, scope.identityId) : [];
  const owned = [...roles.values()]
    .filter((role) => keepsRole(scope.identifier, role, configuration))
    .map((role) => role.identifier);
  const me = sql`${scope.identityId}::uuid`;
  // A union of ids lets each way of seeing a request use its own index.
  const ways: readonly Fragment[] = [
    ...(scope.own
      ? [
          sql`select id from assignment_request where beneficiary_id = ${me}`,
          sql`select id from assignment_request where requester_identity_id = ${me}`,
        ]
      : []),
    ...(scope.candidate ? [sql`select request_id from approval where candidates && ${decides}::uuid[]`] : []),
    ...(scope.ownedRoles && owned.length > 0
      ? [sql`select request_id from request_item where role = any(${owned}::text[])`]
      : []),
    ...(scope.reports
      ? [
          sql`select id from assignment_request where beneficiary_id in (select id from resource
          where entity_type = ${identityType.identifier} and attributes ->> ${identityType.identity?.manager ?? ''}::text = ${scope.identifier})`,
        ]
      : []),
  ];
  if (ways.length === 0) return literal('false');
  return sql`${complete} and q.id in (${joined(ways, ' union ')})`;
}
