// Rows of managed systems as lists and pages show them. People have a view of their own and are left out here.
import type { EntityTypeDefinition } from '../../domain/configuration.js';
import type { CompiledModel } from '../../domain/role-model/model.js';
import type { ReadScope } from '../../domain/permission.js';
import type { ModelSource } from '../../steps/ports/model.js';
import type {
  ResourceCondition,
  ResourceCorrelationView,
  ResourceView,
  ResourceViews,
} from '../../steps/ports/resource.js';
import type { Database } from '../database.js';
import { addDays } from '../../domain/calendar.js';
import { dayOfPeople } from '../../domain/person.js';
import type { Environment } from '../../steps/ports/clock.js';
import { allOf, anyOf, type Fragment, joined, literal, rendered, sql } from '../fragment.js';
import { flagConditions, idConditions, instantConditions, textConditions, treeCondition } from './filter.js';
import { displayColumn } from './identity-column.js';
import { countRows, readPage } from './keyset.js';
import { resourceProperties } from './resource-property.js';
import { scopeCondition } from './scope.js';

interface Frame {
  readonly model: CompiledModel;
  readonly displayName: Fragment;
  readonly isOrphan: Fragment;
  readonly isUnused: Fragment;
}

const byRowId = [{ column: 'r.id', type: 'uuid' }] as const;

// The newest assignment says whose the row is; two can only name it while one of them is being given up. What is removed
// by a decision and is nobody's stands for itself.
export const resourceSource = literal(`resource r
  left join lateral (select x.identity_id, x.resource_type, x.is_due from resource_assignment x where x.resource_id = r.id and x.identity_id <> r.id
    order by x.is_due desc, x.updated_at desc limit 1) a on true
  left join synchronization_state s on s.entity_type = r.entity_type`);

export const resourceViews = (database: Database, models: ModelSource, environment: Environment): ResourceViews => {
  const frame = async () => {
    const model = await models.current();
    return frameOf(model, dayOfPeople(environment.now(), model.identityType, environment.timeZone));
  };
  return {
    page: async (filter, scope, page) => {
      const made = await frame();
      return readPage(database, {
        select: selectOf(made),
        from: resourceSource,
        where: condition(filter, scope, made),
        order: byRowId,
        page,
        row: view,
      });
    },
    count: async (filter, scope) => countRows(database, resourceSource, condition(filter, scope, await frame())),
    byIds: async (ids, scope) => {
      const made = await frame();
      const where = allOf([visible(scope, made), ...idConditions('r.id', { in: ids }, 'uuid')]);
      const { text, parameters } = rendered(sql`select ${selectOf(made)} from ${resourceSource} where ${where}`);
      const { rows } = await database.query<ResourceView>(text, parameters);
      return new Map(rows.map((row) => [row.id, view(row)]));
    },
    properties: async (ids, scope) => {
      const { model, ...rest } = await frame();
      const where = allOf([visible(scope, { model, ...rest }), ...idConditions('r.id', { in: ids }, 'uuid')]);
      return resourceProperties(database, model, sql`select r.id from ${resourceSource} where ${where}`);
    },
    correlations: async (ids, scope) => {
      const where = allOf([visible(scope, await frame()), ...idConditions('r.id', { in: ids }, 'uuid')]);
      return correlationsOf(database, where);
    },
  };
};

function frameOf(model: CompiledModel, today: string): Frame {
  const { entityTypes, resourceTypes } = model.configuration;
  const names = entityTypes.map((type) => sql`when ${type.identifier} then ${literal(displayColumn(type, 'r'))}`);
  const owned = [...new Set(resourceTypes.map(({ targetEntityType }) => targetEntityType))];
  return {
    model,
    displayName: names.length === 0 ? literal('r.key') : sql`case r.entity_type ${joined(names, ' ')} else r.key end`,
    isOrphan: sql`(a.identity_id is null and r.entity_type = any(${owned}::text[]))`,
    isUnused: unusedSince(model, today),
  };
}

/** No longer due to its owner, or not used by them for as long as its resource type allows. */
function unusedSince({ resourceTypes }: CompiledModel, today: string): Fragment {
  const used = [...resourceTypes.values()].flatMap(({ definition, targetEntityType: { lastUsedProperty } }) =>
    definition.unusedAfterDays === null || lastUsedProperty === null
      ? []
      : [
          sql`(a.resource_type = ${definition.identifier} and left(r.attributes ->> ${lastUsedProperty}::text, 10) < ${addDays(today, -definition.unusedAfterDays)})`,
        ],
  );
  return sql`coalesce(a.identity_id is not null and ${anyOf([literal('not a.is_due'), ...used])}, false)`;
}

const selectOf = ({ displayName, isOrphan, isUnused }: Frame): Fragment =>
  sql`r.id, r.entity_type as "entityType", r.key, ${displayName} as "displayName", coalesce(a.resource_type, r.classified_as) as "resourceType", a.identity_id as "ownerId",
    s.listed_at as "lastSynchronizedAt", r.seen_at as "lastSeenAt", ${isOrphan} as "isOrphan", ${isUnused} as "isUnused"`;

const visible = (scope: ReadScope, { model: { identityType } }: Frame): Fragment =>
  visibleResources(scope, identityType);

/** Of the rows of `resourceSource`. */
export const visibleResources = (scope: ReadScope, identityType: EntityTypeDefinition): Fragment =>
  allOf([sql`r.entity_type <> ${identityType.identifier}`, scopeCondition(scope, 'a.identity_id', identityType)]);

const condition = (filter: ResourceCondition | null, scope: ReadScope, frame: Frame): Fragment =>
  allOf([visible(scope, frame), treeCondition(filter, (level) => levelConditions(level, frame))]);

function levelConditions(filter: ResourceCondition, frame: Frame): readonly Fragment[] {
  const { text } = filter;
  return [
    ...(text
      ? [
          anyOf([
            ...textConditions('r.key', { contains: text }),
            sql`strpos(lower(${frame.displayName}), lower(${text})) > 0`,
          ]),
        ]
      : []),
    ...idConditions('r.entity_type', filter.entityType, 'text'),
    ...idConditions('coalesce(a.resource_type, r.classified_as)', filter.resourceType, 'text'),
    ...idConditions('a.identity_id', filter.ownerId, 'uuid'),
    ...flagConditions(frame.isOrphan, filter.isOrphan),
    ...flagConditions(frame.isUnused, filter.isUnused),
    ...instantConditions('s.listed_at', filter.lastSynchronizedAt),
  ];
}

/** The surest rule by which the owner was found; without one the key was equal, or a person linked it. */
async function correlationsOf(
  database: Database,
  where: Fragment,
): Promise<ReadonlyMap<string, ResourceCorrelationView>> {
  const { text, parameters } =
    rendered(sql`select r.id as "resourceId", x.confidence_percent as "confidencePercent", x.workflow_state = 'APPROVED' as "isDecided",
      array(select k.rule from correlation_key k join correlation_source c on c.rule = k.rule and c.value = k.value
            where k.resource_id = r.id and c.identity_id = x.identity_id order by k.rule) as rules
    from ${resourceSource} join resource_assignment x on x.resource_id = r.id and x.identity_id = a.identity_id where ${where}`);
  const { rows } = await database.query<ResourceCorrelationView & { readonly resourceId: string }>(text, parameters);
  return new Map(rows.map(({ resourceId, ...correlation }) => [resourceId, correlation]));
}

const view = (row: ResourceView): ResourceView => ({
  id: row.id,
  entityType: row.entityType,
  key: row.key,
  displayName: row.displayName,
  resourceType: row.resourceType,
  ownerId: row.ownerId,
  lastSynchronizedAt: row.lastSynchronizedAt,
  lastSeenAt: row.lastSeenAt,
  isOrphan: row.isOrphan,
  isUnused: row.isUnused,
});
