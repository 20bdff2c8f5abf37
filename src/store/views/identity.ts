// People as lists and pages show them: rows of the identity type, read through the configured meaning of their properties.
import type { EntityTypeDefinition } from '../../domain/configuration.js';
import type { OrderBy } from '../../domain/page.js';
import { dayOfPeople } from '../../domain/person.js';
import type { Environment } from '../../steps/ports/clock.js';
import type { IdentityCondition, IdentityField, IdentityView, IdentityViews } from '../../steps/ports/identity.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type { Database } from '../database.js';
import { allOf, anyOf, type Fragment, literal, quoted, rendered, sql } from '../fragment.js';
import { departmentsByIds } from './department.js';
import {
  dayConditions,
  idConditions,
  instantConditions,
  oneOfConditions,
  textConditions,
  treeCondition,
} from './filter.js';
import { type IdentityColumns, identityColumns, lifecycleColumn } from './identity-column.js';
import { countRows, type KeysetColumn, readPage } from './keyset.js';

/** What the configuration of the moment makes of the tables. */
interface Frame {
  readonly columns: IdentityColumns;
  readonly lifecycle: string;
  readonly select: Fragment;
  readonly from: Fragment;
  readonly isIdentity: Fragment;
}

export const identityViews = (database: Database, models: ModelSource, environment: Environment): IdentityViews => {
  const frame = async () => frameOf((await models.current()).identityType, environment);
  return {
    page: async ({ filter, order, page }) => {
      const { columns, select, from, ...rest } = await frame();
      const where = condition(filter, { columns, select, from, ...rest });
      return readPage(database, { select, from, where, order: keysetOf(order, columns), page, row: view });
    },
    count: async (filter) => {
      const made = await frame();
      return countRows(database, made.from, condition(filter, made));
    },
    byIds: async (ids) =>
      mapped(
        await rowsWhere(database, await frame(), allOf(idConditions('r.id', { in: ids }, 'uuid'))),
        ({ id }) => id,
      ),
    byIdentifiers: async (identifiers) =>
      mapped(
        await rowsWhere(database, await frame(), sql`r.key = any(${identifiers}::text[])`),
        ({ identifier }) => identifier,
      ),
    departmentsByIds: async (ids) => departmentsByIds(database, (await models.current()).configuration, ids),
  };
};

function frameOf(type: EntityTypeDefinition, environment: Environment): Frame {
  const columns = identityColumns(type, 'r');
  const lifecycle = lifecycleColumn(columns, 'r', quoted(dayOfPeople(environment.now(), type, environment.timeZone)));
  const departmentType = type.properties.find(({ identifier }) => identifier === type.identity?.department)?.references;
  return {
    columns,
    lifecycle,
    select:
      literal(`r.id, r.key as identifier, ${columns.displayName} as "displayName", ${columns.firstName} as "firstName",
      ${columns.lastName} as "lastName", ${columns.email} as email, ${columns.jobTitle} as "jobTitle", ${columns.kind} as kind,
      ${lifecycle} as "lifecycleState", ${columns.startDate} as "startDate", ${columns.endDate} as "endDate",
      d.id as "departmentId", m.id as "managerId", r.created_at as "createdAt", r.updated_at as "updatedAt"`),
    from: literal(`resource r
      left join resource d on d.entity_type = ${quoted(departmentType ?? '')} and d.key = ${columns.department}
      left join resource m on m.entity_type = r.entity_type and m.key = ${columns.manager}`),
    isIdentity: sql`r.entity_type = ${type.identifier}`,
  };
}

const condition = (filter: IdentityCondition | null, frame: Frame): Fragment =>
  allOf([frame.isIdentity, treeCondition(filter, (level) => levelConditions(level, frame))]);

function levelConditions(filter: IdentityCondition, { columns, lifecycle }: Frame): readonly Fragment[] {
  return [
    ...anywhere(filter.text, [columns.displayName, 'r.key', columns.email]),
    ...textConditions('r.key', filter.identifier),
    ...oneOfConditions(columns.kind, filter.kind),
    ...oneOfConditions(lifecycle, filter.lifecycleState),
    ...idConditions('d.id', filter.departmentId, 'uuid'),
    ...idConditions('m.id', filter.managerId, 'uuid'),
    ...roleConditions(filter),
    ...dayConditions(columns.startDate, filter.startDate, 'text'),
    ...dayConditions(columns.endDate, filter.endDate, 'text'),
    ...instantConditions('r.updated_at', filter.updatedAt),
  ];
}

function anywhere(text: string | null | undefined, columns: readonly string[]): readonly Fragment[] {
  if (text === null || text === undefined || text === '') return [];
  return [anyOf(columns.flatMap((column) => textConditions(column, { contains: text })))];
}

// A role is held by calculation (identity_state) or by a row of its own that is in effect: not while its holder is forgotten.
const heldRoles = `(select held.role from identity_state s, unnest(s.roles) as held(role) where s.identity_id = r.id
  union select a.role from role_assignment a where a.identity_id = r.id
    and (a.workflow_state = 'CANCELLATION'
      or (r.removed_at is null and a.workflow_state in ('APPROVED', 'APPROVED_RISK', 'APPROVED_QUESTIONED', 'PROLONGED'))))`;

function roleConditions({ role }: IdentityCondition): readonly Fragment[] {
  if (role === null || role === undefined) return [];
  const inner = [...idConditions('h.role', { eq: role.eq ?? null, in: role.in ?? null }, 'text')];
  const held = (conditions: readonly Fragment[]) =>
    sql`exists (select from ${literal(heldRoles)} as h(role) where ${allOf(conditions)})`;
  return [
    ...(inner.length > 0 ? [held(inner)] : []),
    ...(role.nin ? [sql`not ${held(idConditions('h.role', { in: role.nin }, 'text'))}`] : []),
    ...(typeof role.isNull === 'boolean' ? [role.isNull ? sql`not ${held([])}` : held([])] : []),
  ];
}

function keysetOf(order: readonly OrderBy<IdentityField>[], columns: IdentityColumns): readonly KeysetColumn[] {
  const sorted = order.map(
    ({ field, direction }): KeysetColumn => ({ ...columnOf(field, columns), isDescending: direction === 'DESC' }),
  );
  // Keys are unique within the type, so that everything after one of them changes nothing.
  return order.some(({ field }) => field === 'IDENTIFIER') ? sorted : [...sorted, { column: 'r.key', type: 'text' }];
}

function columnOf(field: IdentityField, columns: IdentityColumns): KeysetColumn {
  switch (field) {
    case 'DISPLAY_NAME':
      return { column: columns.displayName, type: 'text' };
    case 'IDENTIFIER':
      return { column: 'r.key', type: 'text' };
    case 'START_DATE':
      return { column: columns.startDate, type: 'text', isNullable: true };
    case 'UPDATED_AT':
      return { column: 'r.updated_at', type: 'timestamptz' };
    default:
      return field satisfies never;
  }
}

async function rowsWhere(
  database: Database,
  { select, from, isIdentity }: Frame,
  where: Fragment,
): Promise<readonly IdentityView[]> {
  const { text, parameters } = rendered(sql`select ${select} from ${from} where ${isIdentity} and ${where}`);
  return (await database.query<IdentityView>(text, parameters)).rows.map(view);
}

/** The select list has the names of the view. */
const view = (row: IdentityView): IdentityView => ({
  id: row.id,
  identifier: row.identifier,
  displayName: row.displayName,
  firstName: row.firstName,
  lastName: row.lastName,
  email: row.email,
  jobTitle: row.jobTitle,
  kind: row.kind,
  lifecycleState: row.lifecycleState,
  startDate: row.startDate,
  endDate: row.endDate,
  departmentId: row.departmentId,
  managerId: row.managerId,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

const mapped = (rows: readonly IdentityView[], key: (row: IdentityView) => string): ReadonlyMap<string, IdentityView> =>
  new Map(rows.map((row) => [key(row), row]));
