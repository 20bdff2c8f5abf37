// The object types of the settings fitted to the schema of the directory: types, rules, what is asked for.
// Owns the errors about attributes and object classes that are not as the settings say.
import { type AttributeDescription, ConnectorError, type ObjectTypeDescription } from '@joinery/connector-kit';
import { allOf, equalTo, type Filter } from '@joinery/ldap-client';
import { type AttributeType, attributesOfClasses } from './schema.js';
import type { ServerFacts } from './server.js';
import type { LdapAttribute, LdapLink, LdapObjectType } from './settings.js';
import type { ValueForm } from './value.js';

/** What an attribute of a row is in the entry: a plain one, or part of what identifies, names, places or locks it. */
export type AttributeRole = 'key' | 'name' | 'place' | 'disabling' | 'password' | 'plain';

export interface PlacedAttribute extends ValueForm {
  /** Name in the directory; empty for what is no attribute there. */
  readonly attribute: string;
  readonly role: AttributeRole;
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
  readonly isWriteOnly: boolean;
}

/** An object type with everything requests need. */
export interface Layout {
  readonly setting: LdapObjectType;
  readonly type: ObjectTypeDescription;
  /** What entries of this type match. */
  readonly filter: Filter;
  readonly attributes: readonly PlacedAttribute[];
  /** Attributes that hold members, by links of this type or of others to it. */
  readonly memberAttributes: readonly string[];
  /** Attributes to ask for, without those of links. */
  readonly requested: readonly string[];
}

const syntax = (number: number) => `1.3.6.1.4.1.1466.115.121.1.${number}`;

const typeBySyntax: Readonly<Record<string, AttributeDescription['type']>> = {
  [syntax(7)]: 'boolean',
  [syntax(24)]: 'date',
  [syntax(27)]: 'number',
};

/** Syntaxes whose values are no text: audio, binary, certificates, JPEG, octet string. */
const binarySyntaxes = new Set([4, 5, 8, 9, 10, 28, 40].map(syntax));

/** `linkedFrom`: links of other types whose values entries of this one hold. Throws INVALID_VALUE naming the attribute or class that the directory does not know. */
export function layoutOf(setting: LdapObjectType, facts: ServerFacts, linkedFrom: readonly LdapLink[]): Layout {
  const rules = rulesOf(setting, facts);
  const held = linkedFrom.map((link) => link.attribute);
  const plain = plainAttributes(setting, facts, rules, held);
  const attributes = [
    ...identity(setting, plain),
    ...plain.filter((attribute) => attribute.role === 'plain'),
    ...virtual(setting),
  ];
  const twice = attributes.find(({ name }, n) => attributes.findIndex((other) => other.name === name) !== n);
  if (twice !== undefined)
    throw invalid(
      `The object type "${setting.name}" has the attribute "${twice.name}" twice.`,
      'Give each another name.',
    );
  return {
    setting,
    type: descriptionOf(setting, attributes),
    filter: allOf(
      ...setting.objectClasses.map((name) => equalTo('objectClass', name)),
      ...(setting.filter === null ? [] : [setting.filter]),
    ),
    attributes,
    memberAttributes: [...setting.links.filter(({ side }) => side === 'own').map((link) => link.attribute), ...held],
    requested: requestedOf(setting, attributes),
  };
}

interface ClassRules {
  readonly must: ReadonlySet<string>;
  readonly all: readonly string[];
}

function rulesOf(setting: LdapObjectType, { schema }: ServerFacts): ClassRules | null {
  const found = attributesOfClasses(schema, setting.objectClasses);
  if (!('unknownClass' in found))
    return { must: new Set(found.must.map((name) => name.toLowerCase())), all: [...found.must, ...found.may] };
  // Without any schema the account may not read it: then the settings must say everything.
  if (schema.objectClass('top') !== null)
    throw invalid(
      `The object type "${setting.name}" has the object class "${found.unknownClass}", which the directory does not know.`,
      'Correct "objectClasses", or load the schema that has it.',
    );
  if (setting.attributes === null)
    throw invalid(
      `The account may not read the schema of the directory, and the object type "${setting.name}" names no attributes.`,
      'Let it read the schema, or name the attributes in the settings.',
    );
  return null;
}

function plainAttributes(
  setting: LdapObjectType,
  facts: ServerFacts,
  rules: ClassRules | null,
  held: readonly string[],
): readonly PlacedAttribute[] {
  if (setting.attributes !== null)
    return setting.attributes.map((attribute) => placed(setting, facts, rules, attribute));
  const taken = new Set(
    [
      'objectClass',
      setting.password?.attribute,
      setting.disabling?.attribute,
      ...setting.links.map((link) => link.attribute),
      ...held,
    ].map((name) => name?.toLowerCase()),
  );
  const names = [...new Map((rules?.all ?? []).map((name) => [name.toLowerCase(), name])).values()];
  return names
    .filter((name) => !taken.has(name.toLowerCase()) && isText(facts.schema.attribute(name)))
    .map((name) => placed(setting, facts, rules, unsaid(name)));
}

function isText(type: AttributeType | null): boolean {
  return type !== null && !type.isOperational && !binarySyntaxes.has(type.syntax ?? '');
}

function unsaid(name: string): LdapAttribute {
  return {
    name,
    attribute: name,
    type: null,
    isMultivalued: false,
    encoding: 'text',
    isRequired: null,
    isReadOnly: false,
    isWriteOnly: false,
  };
}

function placed(
  setting: LdapObjectType,
  { schema }: ServerFacts,
  rules: ClassRules | null,
  attribute: LdapAttribute,
): PlacedAttribute {
  const known = schema.attribute(attribute.attribute);
  if (known === null && rules !== null)
    throw invalid(
      `The directory knows no attribute "${attribute.attribute}", which the object type "${setting.name}" has.`,
      'Correct the settings, or load the schema that has it.',
    );
  return {
    name: attribute.name,
    attribute: attribute.attribute,
    role: roleOf(setting, attribute.attribute),
    type: attribute.type ?? typeBySyntax[known?.syntax ?? ''] ?? 'string',
    isMultivalued: attribute.isMultivalued,
    encoding: attribute.encoding,
    isRequired: attribute.isRequired ?? rules?.must.has(attribute.attribute.toLowerCase()) ?? false,
    isReadOnly: attribute.isReadOnly || (known?.isReadOnly ?? false),
    isWriteOnly: attribute.isWriteOnly,
  };
}

function roleOf({ key, rdnAttribute }: LdapObjectType, attribute: string): AttributeRole {
  if (isSameName(attribute, key)) return 'key';
  return isSameName(attribute, rdnAttribute) ? 'name' : 'plain';
}

export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

const textForm = { type: 'string', isMultivalued: false, encoding: 'text', isWriteOnly: false } as const;

/** The key attribute, and the naming one where it is another. */
function identity(setting: LdapObjectType, plain: readonly PlacedAttribute[]): readonly PlacedAttribute[] {
  const { key, rdnAttribute } = setting;
  const isGiven = key === 'entryUUID' || key === 'dn';
  const keyAttribute = {
    ...textForm,
    name: plain.find(({ role }) => role === 'key')?.name ?? key,
    attribute: key,
    role: 'key',
    isRequired: true,
    isReadOnly: key === 'entryUUID',
  } as const;
  if (isSameName(key, rdnAttribute)) return [keyAttribute];
  const name = {
    ...textForm,
    name: plain.find(({ role }) => role === 'name')?.name ?? rdnAttribute,
    attribute: rdnAttribute,
    role: 'name',
    isRequired: key !== 'dn',
    // The name is part of such a key, and a key does not change.
    isReadOnly: isGiven && key === 'dn',
  } as const;
  return [keyAttribute, name];
}

function virtual({ key, placeAttribute, disabling, password }: LdapObjectType): readonly PlacedAttribute[] {
  const optional = { ...textForm, isRequired: false, isReadOnly: false } as const;
  return [
    ...(placeAttribute === null
      ? []
      : [{ ...optional, name: placeAttribute, attribute: '', role: 'place' as const, isReadOnly: key === 'dn' }]),
    ...(disabling === null
      ? []
      : [{ ...optional, name: disabling.attribute, attribute: disabling.attribute, role: 'disabling' as const }]),
    ...(password === null
      ? []
      : [
          {
            ...optional,
            name: password.attribute,
            attribute: password.attribute,
            role: 'password' as const,
            isWriteOnly: true,
          },
        ]),
  ];
}

function descriptionOf(setting: LdapObjectType, attributes: readonly PlacedAttribute[]): ObjectTypeDescription {
  const named = (role: AttributeRole): string | undefined =>
    attributes.find((candidate) => candidate.role === role)?.name;
  const nameAttribute = setting.key === 'entryUUID' ? named('name') : undefined;
  const passwordAttribute = named('password');
  return {
    name: setting.name,
    keyAttribute: named('key') ?? setting.key,
    ...(nameAttribute === undefined ? {} : { nameAttribute }),
    attributes: attributes.map(({ name, type, isRequired, isReadOnly, isWriteOnly }) => ({
      name,
      type,
      isRequired,
      isReadOnly,
      ...(isWriteOnly ? { isWriteOnly } : {}),
    })),
    links: setting.links.map(({ name, targetObjectType }) => ({ name, targetObjectType })),
    ...(setting.disabling === null ? {} : { disabling: setting.disabling }),
    ...(passwordAttribute === undefined ? {} : { passwordAttribute }),
  };
}

function requestedOf(setting: LdapObjectType, attributes: readonly PlacedAttribute[]): readonly string[] {
  const named = attributes
    .filter(({ attribute, isWriteOnly }) => !isWriteOnly && attribute !== '' && attribute !== 'dn')
    .map(({ attribute }) => attribute);
  return [...new Set([setting.rdnAttribute, ...named])];
}

function invalid(message: string, hint: string): ConnectorError {
  return new ConnectorError({ code: 'INVALID_VALUE', message, hint });
}
