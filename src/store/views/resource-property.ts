// What is in a row and what the role model wants in it, property by property. Secrets are never shown, not even as equal.
import type { ExpectedResource } from '../../domain/assignment.js';
import type { Attributes, EntityTypeDefinition, PropertyDefinition } from '../../domain/configuration.js';
import type { CompiledModel } from '../../domain/role-model/model.js';
import type { ResourcePropertyView } from '../../steps/ports/resource.js';
import type { Database } from '../database.js';
import { type Fragment, rendered, sql } from '../fragment.js';

interface Row {
  readonly id: string;
  readonly entityType: string;
  readonly key: string;
  readonly attributes: Attributes;
  /** Property → keys. */
  readonly links: Readonly<Record<string, readonly string[]>>;
  readonly expected: ExpectedResource | null;
}

/** `ids` selects row ids the reader may see. */
export async function resourceProperties(
  database: Database,
  model: CompiledModel,
  ids: Fragment,
): Promise<ReadonlyMap<string, readonly ResourcePropertyView[]>> {
  const { text, parameters } = rendered(
    sql`select r.id, r.entity_type as "entityType", r.key, r.attributes,
          (select coalesce(jsonb_object_agg(l.property, l.keys), '{}') from (
            select property, jsonb_agg(target_key order by target_key) as keys from resource_link where resource_id = r.id group by property) l) as links,
          (select a.expected from resource_assignment a where a.resource_id = r.id and a.is_due order by a.updated_at desc limit 1) as expected
        from resource r where r.id in (${ids})`,
  );
  const { rows } = await database.query<Row>(text, parameters);
  return new Map(rows.map((row) => [row.id, propertiesOf(row, model)]));
}

function propertiesOf(row: Row, { configuration }: CompiledModel): readonly ResourcePropertyView[] {
  const type = configuration.entityTypes.find(({ identifier }) => identifier === row.entityType);
  return type === undefined ? [] : type.properties.map((property) => propertyOf(row, type, property));
}

function propertyOf(row: Row, type: EntityTypeDefinition, property: PropertyDefinition): ResourcePropertyView {
  const head = { entityType: type.identifier, property: property.identifier };
  if (property.isSecret) return { ...head, currentValue: null, expectedValue: null, isConforming: true, rule: null };
  return property.isMultivalued && property.references !== null
    ? { ...head, ...linkOf(row, property.identifier) }
    : { ...head, ...valueOf(row, type, property) };
}

type Comparison = Pick<ResourcePropertyView, 'currentValue' | 'expectedValue' | 'isConforming' | 'rule'>;

function valueOf(
  { attributes, key, expected }: Row,
  type: EntityTypeDefinition,
  { identifier }: PropertyDefinition,
): Comparison {
  const currentValue = attributes[identifier] ?? (identifier === type.key ? key : null);
  const wanted = expected?.values[identifier];
  if (wanted === undefined) return { currentValue, expectedValue: null, isConforming: true, rule: null };
  return {
    currentValue,
    expectedValue: wanted.value,
    isConforming: (wanted.value ?? null) === currentValue,
    rule: wanted.rule,
  };
}

/** Links that others put there are none of our business: conforming means that ours are all there. */
function linkOf({ links, expected }: Row, property: string): Comparison {
  const currentValue = links[property] ?? [];
  const wanted = expected?.links[property];
  if (wanted === undefined) return { currentValue, expectedValue: null, isConforming: true, rule: null };
  const expectedValue = Object.keys(wanted).toSorted();
  const [rule = null] = new Set(Object.values(wanted));
  return {
    currentValue,
    expectedValue,
    isConforming: expectedValue.every((target) => currentValue.includes(target)),
    rule,
  };
}
