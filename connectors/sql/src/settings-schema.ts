// The JSON Schema of the settings of a database connection.
// Owns names, limits and descriptions; defaults and what must fit together are in settings.ts.
import type { SettingsSchema } from '@joinery/connector-kit';

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;

const attributeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: text('Name of the attribute.'),
    column: text('Name of the column (default: the name).'),
    type: {
      enum: ['string', 'number', 'boolean', 'date'],
      description: 'Must fit the column (default: what the column is).',
    },
    required: { type: 'boolean', description: 'Must have a value (default: as the column says).' },
    readOnly: { type: 'boolean', description: 'Joinery may not write it.' },
  },
} as const;

const linkSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'joinTable', 'ownColumn', 'otherColumn', 'targetObjectType'],
  properties: {
    name: text('Name of the link.'),
    joinTable: text('Table with one row a member.'),
    ownColumn: text('Its column with the key of the row that has the link.'),
    otherColumn: text('Its column with the key of the member.'),
    targetObjectType: text('Object type of the members.'),
  },
} as const;

const changesSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['column'],
  properties: {
    column: text('Column that grows with every change of the row.'),
    overlap: {
      type: 'number',
      minimum: 0,
      description:
        'How far behind the highest value changes may still appear: seconds for times (default 60), units for numbers (default 1000). Not used for xid8.',
    },
  },
  description: 'How changed rows are found (default: by comparing all rows).',
} as const;

const parameterSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'parameter'],
  properties: {
    name: text('Name of the attribute.'),
    parameter: text('Configuration parameter that is set for the role, such as search_path.'),
  },
} as const;

const objectTypeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: text('Name of the object type.'),
    kind: {
      enum: ['table', 'databaseAccounts', 'databaseRoles', 'databasePrivileges'],
      description: 'What its rows are: rows of a table (default), or what the database itself knows.',
    },
    table: text('With tables: name of the table or view.'),
    key: text('With tables: column that holds the key; unique.'),
    attributes: { type: 'array', items: attributeSchema, description: 'With tables. Default: every column.' },
    links: { type: 'array', items: linkSchema, description: 'With tables: join tables.' },
    disabling: {
      type: 'object',
      additionalProperties: false,
      required: ['attribute', 'disabledValue', 'enabledValue'],
      properties: {
        attribute: text('Attribute that says whether the row is in use.'),
        disabledValue: { type: ['string', 'number', 'boolean', 'null'], description: 'Its value when it is not.' },
        enabledValue: { type: ['string', 'number', 'boolean', 'null'], description: 'Its value when it is.' },
      },
      description: 'With tables: how a row is disabled and enabled again.',
    },
    changes: changesSchema,
    names: text('With accounts and roles: regular expression of the names that are managed (default: all).'),
    parameters: {
      type: 'array',
      items: parameterSchema,
      description: 'With accounts and roles of PostgreSQL: parameters set for the role, as attributes.',
    },
  },
} as const;

export const sqlSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['objectTypes'],
  properties: {
    engine: { enum: ['postgresql', 'mysql', 'sqlite'], description: 'Default postgresql; mysql also for MariaDB.' },
    file: text('With sqlite: path of the database file.'),
    host: text('Name or address of the server, or the path of its socket (its folder for PostgreSQL).'),
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Default 5432, for mysql 3306.' },
    database: text('Name of the database.'),
    user: text('Account Joinery signs in with.'),
    password: { type: 'string', 'x-secret': true, description: 'Password of the account.' },
    ssl: {
      enum: ['off', 'require', 'verify'],
      description: 'Default: off on this machine, else verify (certificate and host name are checked).',
    },
    caCertificate: text('PEM text of the authority that signed the server certificate.'),
    schema: text('With postgresql: schema of the tables (default public).'),
    objectTypes: { type: 'array', minItems: 1, description: 'One entry a table or kind.', items: objectTypeSchema },
    statementTimeoutMs: { type: 'integer', minimum: 100, description: 'Longest a statement may take (default 20000).' },
    connectTimeoutMs: { type: 'integer', minimum: 100, description: 'Longest connecting may take (default 5000).' },
    maxConnections: { type: 'integer', minimum: 1, maximum: 50, description: 'Most connections at once (default 4).' },
  },
};
