// What a SCIM service has: its attributes under flat names, and what it announces that it can do.
// Owns the translation of /Schemas and /ServiceProviderConfig; the schemas of the RFC itself are core-schema.ts.
import type { AttributeDescription, ObjectTypeDescription } from '@joinery/connector-kit';
import { coreSchemas, enterpriseSchema, groupSchema, userSchema } from './core-schema.js';
import { elementsOf, fieldOf, type ScimPath } from './path.js';
import type { ConfiguredAttribute, ScimSettings, ScimTypeName } from './settings.js';

export interface ScimAttribute {
  readonly description: AttributeDescription;
  readonly path: ScimPath;
}

export interface ScimType {
  readonly name: ScimTypeName;
  readonly endpoint: string;
  /** URNs of the core schema and the extensions. */
  readonly schemas: readonly string[];
  readonly nameAttribute: ScimAttribute;
  readonly attributes: readonly ScimAttribute[];
  readonly description: ObjectTypeDescription;
}

export interface ScimService {
  readonly types: readonly ScimType[];
  readonly bulk: { readonly maxOperations: number; readonly maxPayloadBytes: number } | null;
  readonly hasEtag: boolean;
  readonly hasCursor: boolean;
  /** Most rows a listing may ask for at once. */
  readonly maxResults: number;
}

/** What the service sent, as JSON; undefined where it has no such address. */
export interface Announcement {
  readonly configuration: unknown;
  readonly schemas: unknown;
  readonly resourceTypes: unknown;
}

/** Labels of multi-valued attributes where the schema names none (RFC 7643, 4.1.2). */
const labels: Readonly<Record<string, readonly string[]>> = {
  emails: ['work', 'home', 'other'],
  phoneNumbers: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
  addresses: ['work', 'home', 'other'],
  photos: ['photo', 'thumbnail'],
};

export function serviceOf(settings: ScimSettings, announced: Announcement): ScimService {
  const { configuration } = announced;
  const bulk = fieldOf(configuration, 'bulk');
  const filter = fieldOf(configuration, 'filter');
  return {
    types: [typeOf(settings, announced, 'user'), typeOf(settings, announced, 'group')],
    bulk:
      fieldOf(bulk, 'supported') === true
        ? {
            maxOperations: positive(fieldOf(bulk, 'maxOperations'), 100),
            maxPayloadBytes: positive(fieldOf(bulk, 'maxPayloadSize'), 1_048_576),
          }
        : null,
    hasEtag:
      settings.etag === 'always' ||
      (settings.etag === 'announced' && fieldOf(fieldOf(configuration, 'etag'), 'supported') === true),
    hasCursor: fieldOf(fieldOf(configuration, 'pagination'), 'cursor') === true,
    maxResults: positive(fieldOf(filter, 'maxResults'), 1_000),
  };
}

const positive = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && value > 0 ? value : otherwise;

function typeOf(settings: ScimSettings, announced: Announcement, name: ScimTypeName): ScimType {
  const core = name === 'user' ? userSchema : groupSchema;
  const resourceType = elementsOf(fieldOf(announced.resourceTypes, 'Resources')).find(
    (candidate) => fieldOf(candidate, 'schema') === core,
  );
  const endpoint = fieldOf(resourceType, 'endpoint');
  const schemas = [core, ...extensionsOf(resourceType, name)];
  const configured = settings.attributes.filter(({ objectType }) => objectType === name);
  const nameOf = settings.nameAttributes[name];
  const attributes = named([...shownAttributes(announced, schemas, nameOf), ...configured.map(fromSettings)]);
  const nameAttribute = attributes.find(({ description }) => description.name === nameOf) ?? textAttribute(nameOf);
  return {
    name,
    endpoint:
      typeof endpoint === 'string' && endpoint.startsWith('/') ? endpoint : name === 'user' ? '/Users' : '/Groups',
    schemas,
    nameAttribute,
    attributes,
    description: descriptionOf(settings, name, nameOf, attributes),
  };
}

function extensionsOf(resourceType: unknown, name: ScimTypeName): readonly string[] {
  if (resourceType === undefined) return name === 'user' ? [enterpriseSchema] : [];
  return elementsOf(fieldOf(resourceType, 'schemaExtensions'))
    .map((extension) => fieldOf(extension, 'schema'))
    .filter((schema): schema is string => typeof schema === 'string');
}

/** Of attributes with one name the last stays: settings say more than the service. */
function named(attributes: readonly ScimAttribute[]): readonly ScimAttribute[] {
  return [...new Map(attributes.map((attribute) => [attribute.description.name, attribute])).values()];
}

function descriptionOf(
  settings: ScimSettings,
  name: ScimTypeName,
  nameAttribute: string,
  attributes: readonly ScimAttribute[],
): ObjectTypeDescription {
  const descriptions = attributes.map(({ description }) => description);
  const has = (wanted: string) => descriptions.some((attribute) => attribute.name === wanted);
  const links =
    name === 'group'
      ? [{ name: 'members', targetObjectType: 'user' }]
      : settings.showsGroupsOfUsers
        ? [{ name: 'groups', targetObjectType: 'group' }]
        : [];
  return {
    name,
    keyAttribute: 'id',
    nameAttribute,
    attributes: descriptions,
    links,
    ...(has('active') ? { disabling: { attribute: 'active', disabledValue: false, enabledValue: true } } : {}),
    ...(has('password') ? { passwordAttribute: 'password' } : {}),
  };
}

const noFilter = { filter: null, sub: null } as const;

function textAttribute(name: string): ScimAttribute {
  return {
    description: { name, type: 'string', isRequired: true },
    path: { schema: null, attribute: name, ...noFilter },
  };
}

function fromSettings(attribute: ConfiguredAttribute): ScimAttribute {
  const { name, type, isRequired, isReadOnly, isWriteOnly, path } = attribute;
  return { description: { name, type, isRequired, isReadOnly, isWriteOnly }, path };
}

function shownAttributes(
  announced: Announcement,
  schemas: readonly string[],
  nameOf: string,
): readonly ScimAttribute[] {
  const all = [...elementsOf(fieldOf(announced.schemas, 'Resources')), ...coreSchemas];
  const [core = '', ...extensions] = schemas;
  const own = attributesOf(all, core, null);
  const taken = new Set(own.map(({ description }) => description.name));
  const extended = extensions
    .flatMap((schema) => attributesOf(all, schema, schema))
    .map((attribute) => (taken.has(attribute.description.name) ? withSchemaInName(attribute) : attribute));
  return [...metaAttributes, ...own, ...extended].map((attribute) =>
    attribute.description.name === nameOf
      ? { ...attribute, description: { ...attribute.description, isRequired: true } }
      : attribute,
  );
}

const withSchemaInName = ({ description, path }: ScimAttribute): ScimAttribute => ({
  description: { ...description, name: `${path.schema}:${description.name}` },
  path,
});

const common = (name: string, type: AttributeDescription['type'], sub: string | null, isReadOnly: boolean) => ({
  description: { name: sub === null ? name : `${name}.${sub}`, type, isReadOnly },
  path: { schema: null, attribute: name, filter: null, sub },
});

/** What every resource has, whatever its schema (RFC 7643, 3.1). */
const metaAttributes: readonly ScimAttribute[] = [
  common('id', 'string', null, true),
  common('externalId', 'string', null, false),
  common('meta', 'date', 'created', true),
  common('meta', 'date', 'lastModified', true),
];

function attributesOf(all: readonly unknown[], schema: string, owner: string | null): readonly ScimAttribute[] {
  const definition = all.find((candidate) => fieldOf(candidate, 'id') === schema);
  const skipped = schema === userSchema ? 'groups' : schema === groupSchema ? 'members' : '';
  return elementsOf(fieldOf(definition, 'attributes'))
    .filter((attribute) => fieldOf(attribute, 'name') !== skipped)
    .flatMap((attribute) => flattened(attribute, owner));
}

function flattened(definition: unknown, schema: string | null): readonly ScimAttribute[] {
  const attribute = textOf(fieldOf(definition, 'name'));
  if (attribute === '' || attribute === 'id' || attribute === 'externalId' || attribute === 'meta') return [];
  const isMany = fieldOf(definition, 'multiValued') === true;
  const subs = elementsOf(fieldOf(definition, 'subAttributes')).filter(isSimple);
  if (fieldOf(definition, 'type') !== 'complex')
    return isMany ? [] : [shown(definition, definition, attribute, { schema, attribute, ...noFilter })];
  if (!isMany) return subs.map((sub) => ofComplex(definition, sub, schema, attribute));
  return labelsOf(attribute, subs).flatMap((label) => ofLabel(definition, subs, label, schema, attribute));
}

const isSimple = (sub: unknown): boolean =>
  fieldOf(sub, 'type') !== 'complex' && fieldOf(sub, 'multiValued') !== true && fieldOf(sub, 'name') !== '$ref';

// manager.value is the manager; everything else says its own name.
function ofComplex(definition: unknown, sub: unknown, schema: string | null, attribute: string): ScimAttribute {
  const name = textOf(fieldOf(sub, 'name'));
  const flat = name === 'value' ? attribute : `${attribute}.${name}`;
  return shown(definition, sub, flat, { schema, attribute, filter: null, sub: name });
}

function labelsOf(attribute: string, subs: readonly unknown[]): readonly string[] {
  const said = elementsOf(
    fieldOf(
      subs.find((sub) => fieldOf(sub, 'name') === 'type'),
      'canonicalValues',
    ),
  ).filter((label): label is string => typeof label === 'string' && /^[\w-]+$/.test(label));
  return said.length > 0 ? said : (labels[attribute] ?? []);
}

function ofLabel(
  definition: unknown,
  subs: readonly unknown[],
  label: string,
  schema: string | null,
  attribute: string,
): readonly ScimAttribute[] {
  const filter = { by: 'type', value: label };
  const path = (sub: string): ScimPath => ({ schema, attribute, filter, sub });
  const value = subs.find((sub) => fieldOf(sub, 'name') === 'value');
  if (value !== undefined) return [shown(definition, value, `${attribute}.${label}`, path('value'))];
  return subs
    .map((sub) => ({ sub, name: textOf(fieldOf(sub, 'name')) }))
    .filter(({ name }) => !['type', 'primary', 'display'].includes(name))
    .map(({ sub, name }) => shown(definition, sub, `${attribute}.${label}.${name}`, path(name)));
}

function shown(definition: unknown, leaf: unknown, name: string, path: ScimPath): ScimAttribute {
  const is = (field: string, value: string) => [definition, leaf].some((part) => fieldOf(part, field) === value);
  const isWriteOnly = is('mutability', 'writeOnly') || is('returned', 'never');
  return {
    description: {
      name,
      type: typeOfText(textOf(fieldOf(leaf, 'type'))),
      isRequired: definition === leaf && fieldOf(leaf, 'required') === true,
      isReadOnly: is('mutability', 'readOnly'),
      ...(isWriteOnly ? { isWriteOnly } : {}),
    },
    path,
  };
}

function typeOfText(type: string): AttributeDescription['type'] {
  if (type === 'boolean') return 'boolean';
  if (type === 'decimal' || type === 'integer') return 'number';
  return type === 'dateTime' ? 'date' : 'string';
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
