// Between our properties and a system's attributes and links: names and types, both ways.
// Owns conversion of values; a value that cannot be converted is an INVALID_VALUE that names row and property.
import {
  type AttributeDescription,
  ConnectorError,
  type Delta,
  type ObjectTypeDescription,
  type ScalarValue,
  type TargetObject,
} from '@joinery/connector-kit';
import type { ResourceDelta } from '../domain/assignment.js';
import type { EntityTypeDefinition, PropertyDefinition } from '../domain/configuration.js';
import type { ResourceContent } from '../domain/resource.js';

/** Properties without a value are absent; secret ones are never read. */
export function toContent(entityType: EntityTypeDefinition, object: TargetObject): ResourceContent {
  const readable = entityType.properties.filter(({ isSecret }) => !isSecret);
  const attributes = readable
    .filter(({ isMultivalued }) => !isMultivalued)
    .map((property) => [property.identifier, readValue(entityType, object, property)] as const);
  const links = readable
    .filter(({ isMultivalued }) => isMultivalued)
    .map((property) => [property.identifier, [...new Set(object.links[property.attribute] ?? [])].sort()] as const);
  return {
    key: object.key,
    attributes: Object.fromEntries(attributes.filter(([, value]) => value !== null)),
    links: Object.fromEntries(links.filter(([, keys]) => keys.length > 0)),
  };
}

/** Throws INVALID_VALUE where the system lacks what a property is read from: a missing column is not one without values. */
export function assertReadable(entityType: EntityTypeDefinition, described: ObjectTypeDescription): void {
  const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);
  const [attributes, links] = [names(described.attributes), names(described.links)];
  const missing = entityType.properties.find(
    ({ attribute, isMultivalued, isSecret }) => !isSecret && !(isMultivalued ? links : attributes).includes(attribute),
  );
  if (missing === undefined) return;
  const kind = missing.isMultivalued ? 'link' : 'attribute';
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The ${kind} "${missing.attribute}" is missing in ${described.name}, which has: ${(missing.isMultivalued ? links : attributes).join(', ')}.`,
    hint: `Bring it back in the source, or correct the property ${missing.identifier} of ${entityType.identifier}.`,
  });
}

function readValue(entityType: EntityTypeDefinition, object: TargetObject, property: PropertyDefinition): ScalarValue {
  const value = object.attributes[property.attribute] ?? null;
  if (value === null || value === '') return null;
  const converted = readers[property.type](value);
  if (converted !== undefined) return converted;
  const what = `${entityType.identifier} ${JSON.stringify(object.key)}`;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not read ${what}: "${property.attribute}" holds ${JSON.stringify(value)}, which is no ${property.type}.`,
    hint: `Correct the value in the source, or the type of the property ${property.identifier}.`,
  });
}

type Present = string | number | boolean;

/** Undefined: not a value of that type. */
const readers: Readonly<Record<PropertyDefinition['type'], (value: Present) => Present | undefined>> = {
  string: (value) => String(value),
  number: (value) => finite(typeof value === 'string' ? Number(value.trim()) : Number(value)),
  boolean: (value) => truthOf(String(value).trim().toLowerCase()),
  date: (value) => dayOf(String(value).trim()),
};

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

function truthOf(text: string): boolean | undefined {
  if (['true', '1', 'yes', 'y', 't'].includes(text)) return true;
  return ['false', '0', 'no', 'n', 'f'].includes(text) ? false : undefined;
}

/** The calendar day of an ISO date or instant. A day that no calendar has is none. */
function dayOf(text: string): string | undefined {
  const day = /^\d{4}-\d{2}-\d{2}(?=$|[T ])/.exec(text)?.[0];
  if (day === undefined) return undefined;
  const instant = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day) ? day : undefined;
}

/** The delta in the system's names. Properties the entity type does not have are a fault of ours. */
export function toDelta(
  entityType: EntityTypeDefinition,
  described: ObjectTypeDescription,
  delta: ResourceDelta,
): Delta {
  const property = (identifier: string): PropertyDefinition => propertyOf(entityType, identifier);
  const links = delta.links.map((link) => ({ ...link, name: property(link.property).attribute }));
  return {
    kind: kinds[delta.kind],
    objectType: entityType.objectType,
    key: delta.kind === 'CREATE' ? (delta.name ?? delta.key) : delta.key,
    set: Object.fromEntries(
      sentScalars(entityType, described, delta).map((scalar) =>
        attributeOf(property(scalar.property), described, scalar.to),
      ),
    ),
    add: Object.fromEntries(links.filter(({ add }) => add.length > 0).map(({ name, add }) => [name, add])),
    remove: Object.fromEntries(
      links.filter(({ remove }) => remove.length > 0).map(({ name, remove }) => [name, remove]),
    ),
  };
}

/** A key that the system gives is not ours to send: a creation leaves it out, and nobody can change it afterwards. */
function sentScalars(
  entityType: EntityTypeDefinition,
  { keyAttribute, nameAttribute }: ObjectTypeDescription,
  delta: ResourceDelta,
): ResourceDelta['scalars'] {
  if (nameAttribute === undefined) return delta.scalars;
  const isGiven = ({ property }: ResourceDelta['scalars'][number]): boolean =>
    entityType.properties.some(({ identifier, attribute }) => identifier === property && attribute === keyAttribute);
  const refused = delta.scalars.find((scalar) => isGiven(scalar) && delta.kind !== 'CREATE' && scalar.to !== delta.key);
  if (refused === undefined) return delta.scalars.filter((scalar) => !isGiven(scalar));
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not write ${entityType.identifier} ${JSON.stringify(delta.key)}: its key "${keyAttribute}" is given by the system, so no rule can give the property ${refused.property}.`,
    hint: `Remove the rule ${refused.rule ?? 'of this property'}; the key expression of the resource type gives the name ("${nameAttribute}").`,
  });
}

const kinds = { CREATE: 'create', UPDATE: 'update', DELETE: 'delete' } as const;

function propertyOf(entityType: EntityTypeDefinition, identifier: string): PropertyDefinition {
  const found = entityType.properties.find((property) => property.identifier === identifier);
  if (found !== undefined) return found;
  throw new Error(
    `The delta names the property ${identifier}, which entity type ${entityType.identifier} does not have.`,
  );
}

function attributeOf(
  property: PropertyDefinition,
  described: ObjectTypeDescription,
  value: ScalarValue,
): readonly [string, ScalarValue] {
  const attribute = described.attributes.find(({ name }) => name === property.attribute);
  return [property.attribute, value === '' || value === null ? null : written(attribute?.type ?? 'string', value)];
}

/** As the attribute's type wants it; what does not fit goes as it is, and the package says what is wrong with it. */
function written(type: AttributeDescription['type'], value: Present): Present {
  return readers[type](value) ?? value;
}
