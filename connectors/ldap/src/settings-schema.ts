// The JSON Schema of the settings of a directory connection. Owns what is allowed and how it is described;
// defaults and checks across settings are in settings.ts.
import type { SettingsSchema } from '@joinery/connector-kit';
import { ldapAddressSchema } from '@joinery/ldap-client';

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const flag = (description: string) => ({ type: 'boolean', description }) as const;

const attributeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: text('Name of the attribute.'),
    attribute: text('Name of the attribute in the directory (default: the name).'),
    type: {
      enum: ['string', 'number', 'boolean', 'date'],
      description: 'Default: what the schema of the directory says.',
    },
    multivalued: flag('Several values, as text with one value a line. Otherwise it has one value.'),
    encoding: { enum: ['text', 'base64'], description: 'base64 for values that are no text (default text).' },
    required: flag('Must have a value (default: what the schema says).'),
    readOnly: flag('Joinery may not write it.'),
    writeOnly: flag('Joinery may write it, and never reads it.'),
  },
} as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'attribute', 'targetObjectType'],
  properties: {
    name: text('Name of the link.'),
    attribute: text('Attribute that holds the members: member, uniqueMember, memberUid, manager.'),
    targetObjectType: text('Object type of the members.'),
    value: { enum: ['dn', 'name'], description: 'What the attribute holds: dn (default) or the name (memberUid).' },
    side: {
      enum: ['own', 'other'],
      description:
        'own (default): this entry has the attribute. other: the linked entries have it, as groups of an account.',
    },
    reverseAttribute: text('With side other: attribute of this entry the server keeps the other ends in (memberOf).'),
  },
} as const;

const disablingSchema = {
  description: 'How rows are disabled: ppolicy (the password policy of OpenLDAP), or an attribute and its values.',
  oneOf: [
    { const: 'ppolicy' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['attribute', 'disabledValue'],
      properties: {
        attribute: text('Attribute that says so.'),
        disabledValue: text('Its value when the row is disabled.'),
        enabledValue: text('Its value when the row is enabled (default: none).'),
      },
    },
  ],
} as const;

const names = (description: string) =>
  ({ type: 'array', minItems: 1, items: { type: 'string', minLength: 1 }, description }) as const;

const objectTypeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'objectClasses', 'rdnAttribute'],
  properties: {
    name: text('Name of the object type.'),
    baseDn: {
      description: 'Place of the entries, or several; new ones come into the first (default: the baseDn of all).',
      oneOf: [
        { type: 'string', minLength: 1 },
        { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
      ],
    },
    scope: { enum: ['one', 'sub'], description: 'Only directly below the place, or at any depth (default sub).' },
    objectClasses: names('Object classes of the entries; new ones get all of them.'),
    filter: text('Filter (RFC 4515) the entries must match besides.'),
    rdnAttribute: text('Attribute entries are named by, such as uid or cn.'),
    key: text('What identifies a row: entryUUID (default), dn, or an attribute whose values are unique.'),
    attributes: {
      type: 'array',
      items: attributeSchema,
      description: 'Default: the text attributes the schema allows these object classes.',
    },
    links: { type: 'array', items: linkSchema, description: 'Memberships and references.' },
    placeholderMember: text('DN that stands in new groups as a member, where a group must have one; never shown.'),
    placeAttribute: text('Name of an attribute that is the place (DN) of a row; changing it moves the row.'),
    disabling: disablingSchema,
    passwordAttribute: text('Attribute that holds the password, such as userPassword.'),
    passwordMethod: {
      enum: ['operation', 'attribute'],
      description: 'By the password modify operation (default where the server knows it), or by writing the attribute.',
    },
  },
} as const;

export const ldapSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'baseDn', 'objectTypes'],
  properties: {
    ...ldapAddressSchema,
    baseDn: text('Name (DN) everything is below.'),
    objectTypes: { type: 'array', minItems: 1, items: objectTypeSchema, description: 'What is read and written.' },
    pageSize: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000,
      description: 'Entries asked for at once; not more than the server allows the account (default 500).',
    },
    changes: {
      enum: ['accesslog', 'entryCSN', 'comparison'],
      description: 'How incremental readings find changes (default: the best the server offers).',
    },
    accesslogDn: text('Name (DN) of the log of changes (default cn=accesslog).'),
  },
};
