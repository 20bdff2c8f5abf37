// The settings of a database connection: their schema, and the shape the code works with.
// Owns defaults; whether tables and columns exist is asked of the database in catalog.ts.
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type SettingsSchema,
} from '@joinery/connector-kit';

/** A column as an attribute. */
export interface SqlAttribute {
  readonly name: string;
  readonly column: string;
  /** null: as the column's type says. */
  readonly type: AttributeDescription['type'] | null;
  /** null: required when the column is NOT NULL without a default. */
  readonly isRequired: boolean | null;
  readonly isReadOnly: boolean;
}

/** A table of pairs: the row's key and the key of another row. */
export interface SqlLink {
  readonly name: string;
  readonly joinTable: string;
  readonly ownColumn: string;
  readonly otherColumn: string;
  readonly targetObjectType: string;
}

export interface SqlObjectType {
  readonly name: string;
  readonly table: string;
  /** Column that holds the key; the caller gives its values. */
  readonly key: string;
  /** null: every column of the table. */
  readonly attributes: readonly SqlAttribute[] | null;
  readonly links: readonly SqlLink[];
}

export interface SqlSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly ssl: 'off' | 'require' | 'verify';
  readonly caCertificate: string | undefined;
  readonly schema: string;
  readonly objectTypes: readonly SqlObjectType[];
  readonly statementTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
}

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

export const sqlSettingsSchema: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'database', 'user', 'objectTypes'],
  properties: {
    host: text('Name or address of the server, or the folder of its socket.'),
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Default 5432.' },
    database: text('Name of the database.'),
    user: text('Account Joinery signs in with.'),
    password: { type: 'string', 'x-secret': true, description: 'Password of the account.' },
    ssl: {
      enum: ['off', 'require', 'verify'],
      description: 'Default: off on this machine, else verify (certificate and host name are checked).',
    },
    caCertificate: text('PEM text of the authority that signed the server certificate.'),
    schema: text('Schema of the tables (default public).'),
    objectTypes: {
      type: 'array',
      minItems: 1,
      description: 'One entry a table.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'table', 'key'],
        properties: {
          name: text('Name of the object type.'),
          table: text('Name of the table.'),
          key: text('Column that holds the key; unique.'),
          attributes: { type: 'array', items: attributeSchema, description: 'Default: every column.' },
          links: { type: 'array', items: linkSchema },
        },
      },
    },
    statementTimeoutMs: { type: 'integer', minimum: 100, description: 'Longest a statement may take (default 20000).' },
    connectTimeoutMs: { type: 'integer', minimum: 100, description: 'Longest connecting may take (default 5000).' },
    maxConnections: { type: 'integer', minimum: 1, maximum: 50, description: 'Most connections at once (default 4).' },
  },
};

interface ConfiguredObjectType {
  readonly name: string;
  readonly table: string;
  readonly key: string;
  readonly attributes?: readonly {
    readonly name: string;
    readonly column?: string;
    readonly type?: AttributeDescription['type'];
    readonly required?: boolean;
    readonly readOnly?: boolean;
  }[];
  readonly links?: readonly SqlLink[];
}

type ConfiguredSettings = Partial<Omit<SqlSettings, 'objectTypes'>> & {
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly objectTypes: readonly ConfiguredObjectType[];
};

/** The settings with their defaults; throws INVALID_VALUE when names do not fit together. */
export function sqlSettings(settings: ConnectorSettings): SqlSettings {
  // The kit has checked the settings against the schema above.
  const configured = settings as unknown as ConfiguredSettings;
  const problem = settingsProblem(configured);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  return {
    host: configured.host,
    port: configured.port ?? 5432,
    database: configured.database,
    user: configured.user,
    password: configured.password,
    ssl: configured.ssl ?? (isThisMachine(configured.host) ? 'off' : 'verify'),
    caCertificate: configured.caCertificate,
    schema: configured.schema ?? 'public',
    objectTypes: configured.objectTypes.map(toObjectType),
    statementTimeoutMs: configured.statementTimeoutMs ?? 20_000,
    connectTimeoutMs: configured.connectTimeoutMs ?? 5_000,
    maxConnections: configured.maxConnections ?? 4,
  };
}

function isThisMachine(host: string): boolean {
  return host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
}

function settingsProblem({ objectTypes }: ConfiguredSettings): string | null {
  const names = objectTypes.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const dangling = objectTypes
    .flatMap((type) => type.links ?? [])
    .find((link) => !names.includes(link.targetObjectType));
  if (dangling !== undefined)
    return `The link "${dangling.name}" leads to the object type "${dangling.targetObjectType}", which the setting "objectTypes" does not name.`;
  return null;
}

function toObjectType(type: ConfiguredObjectType): SqlObjectType {
  const attributes = type.attributes?.map((attribute) => ({
    name: attribute.name,
    column: attribute.column ?? attribute.name,
    type: attribute.type ?? null,
    isRequired: attribute.required ?? null,
    isReadOnly: attribute.readOnly ?? false,
  }));
  return { name: type.name, table: type.table, key: type.key, attributes: attributes ?? null, links: type.links ?? [] };
}
