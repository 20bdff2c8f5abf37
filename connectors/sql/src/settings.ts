// The settings of a database connection in the shape the code works with.
// Owns defaults and what must fit together; whether tables and columns exist is asked of the database in catalog.ts.
import {
  type AttributeDescription,
  ConnectorError,
  type ConnectorSettings,
  type ObjectTypeDescription,
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

/** A column that grows with every change of its row; `overlap` is null for the default of its type. */
export interface SqlChanges {
  readonly column: string;
  readonly overlap: number | null;
}

export interface SqlObjectType {
  readonly name: string;
  readonly table: string;
  /** Column that holds the key; the caller gives its values. */
  readonly key: string;
  /** null: every column of the table. */
  readonly attributes: readonly SqlAttribute[] | null;
  readonly links: readonly SqlLink[];
  readonly disabling: NonNullable<ObjectTypeDescription['disabling']> | null;
  /** null: changes are found by comparing all rows. */
  readonly changes: SqlChanges | null;
}

/** What the database itself knows, as an object type. */
export interface AccountType {
  readonly name: string;
  readonly kind: 'databaseAccounts' | 'databaseRoles' | 'databasePrivileges';
  /** Names that are managed; null: all. */
  readonly names: RegExp | null;
  readonly parameters: readonly { readonly name: string; readonly parameter: string }[];
}

export interface SqlSettings {
  readonly engine: 'postgresql' | 'mysql' | 'sqlite';
  /** With sqlite; else empty. */
  readonly file: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly ssl: 'off' | 'require' | 'verify';
  readonly caCertificate: string | undefined;
  readonly schema: string;
  readonly objectTypes: readonly SqlObjectType[];
  readonly accountTypes: readonly AccountType[];
  readonly statementTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxConnections: number;
}

interface ConfiguredObjectType {
  readonly name: string;
  readonly kind?: 'table' | AccountType['kind'];
  readonly table?: string;
  readonly key?: string;
  readonly attributes?: readonly {
    readonly name: string;
    readonly column?: string;
    readonly type?: AttributeDescription['type'];
    readonly required?: boolean;
    readonly readOnly?: boolean;
  }[];
  readonly links?: readonly SqlLink[];
  readonly disabling?: NonNullable<ObjectTypeDescription['disabling']>;
  readonly changes?: { readonly column: string; readonly overlap?: number };
  readonly names?: string;
  readonly parameters?: AccountType['parameters'];
}

type ConfiguredSettings = Partial<Omit<SqlSettings, 'objectTypes' | 'accountTypes'>> & {
  readonly objectTypes: readonly ConfiguredObjectType[];
};

/** The settings with their defaults; throws INVALID_VALUE when they do not fit together. */
export function sqlSettings(settings: ConnectorSettings): SqlSettings {
  // The kit has checked the settings against the schema.
  const configured = settings as unknown as ConfiguredSettings;
  const problem = settingsProblem(configured);
  if (problem !== null)
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: problem,
      hint: 'Correct the settings of the connection.',
    });
  const { engine = 'postgresql', host = '', database = '' } = configured;
  return {
    engine,
    file: configured.file ?? '',
    host,
    port: configured.port ?? (engine === 'mysql' ? 3306 : 5432),
    database,
    user: configured.user ?? '',
    password: configured.password,
    ssl: configured.ssl ?? (isThisMachine(host) ? 'off' : 'verify'),
    caCertificate: configured.caCertificate,
    schema: engine === 'mysql' ? database : (configured.schema ?? (engine === 'sqlite' ? 'main' : 'public')),
    objectTypes: configured.objectTypes.filter(isTable).map(toObjectType),
    accountTypes: configured.objectTypes.flatMap(toAccountType),
    statementTimeoutMs: configured.statementTimeoutMs ?? 20_000,
    connectTimeoutMs: configured.connectTimeoutMs ?? 5_000,
    maxConnections: configured.maxConnections ?? 4,
  };
}

function isThisMachine(host: string): boolean {
  return host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
}

function settingsProblem(configured: ConfiguredSettings): string | null {
  return engineProblem(configured) ?? namesProblem(configured) ?? first(configured.objectTypes.map(objectTypeProblem));
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}

const ofServers = ['host', 'port', 'database', 'user', 'password', 'ssl', 'caCertificate'] as const;

function engineProblem(configured: ConfiguredSettings): string | null {
  const { engine = 'postgresql', objectTypes } = configured;
  const needed = engine === 'sqlite' ? (['file'] as const) : (['host', 'database', 'user'] as const);
  const missing = needed.find((name) => configured[name] === undefined);
  if (missing !== undefined) return `The setting "${missing}" is missing; ${engine} needs it.`;
  const foreign = (engine === 'sqlite' ? ofServers : (['file'] as const)).find(
    (name) => configured[name] !== undefined,
  );
  if (foreign !== undefined) return `The setting "${foreign}" has no meaning for ${engine}.`;
  if (configured.schema !== undefined && engine !== 'postgresql')
    return `The setting "schema" has no meaning for ${engine}.`;
  const account = objectTypes.find((type) => !isTable(type));
  if (account === undefined || engine !== 'sqlite') return null;
  return `The object type "${account.name}" cannot be of the kind "${account.kind}": SQLite has no accounts.`;
}

function namesProblem({ objectTypes }: ConfiguredSettings): string | null {
  const names = objectTypes.map((type) => type.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `The setting "objectTypes" names "${twice}" twice.`;
  const dangling = objectTypes
    .flatMap((type) => type.links ?? [])
    .find((link) => !names.includes(link.targetObjectType));
  if (dangling !== undefined)
    return `The link "${dangling.name}" leads to the object type "${dangling.targetObjectType}", which the setting "objectTypes" does not name.`;
  const kinds = objectTypes.filter((type) => !isTable(type)).map((type) => type.kind);
  const repeated = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
  return repeated === undefined ? null : `The setting "objectTypes" has the kind "${repeated}" twice.`;
}

const ofTables = ['table', 'key', 'attributes', 'links', 'disabling', 'changes'] as const;
const ofAccounts = ['names', 'parameters'] as const;

function objectTypeProblem(type: ConfiguredObjectType): string | null {
  const foreign = (isTable(type) ? ofAccounts : ofTables).find((name) => type[name] !== undefined);
  if (foreign !== undefined)
    return `The setting "${foreign}" of the object type "${type.name}" has no meaning for ${isTable(type) ? 'a table' : type.kind}.`;
  const missing = isTable(type) ? (['table', 'key'] as const).find((name) => type[name] === undefined) : undefined;
  if (missing !== undefined) return `The setting "${missing}" of the object type "${type.name}" is missing.`;
  return type.names === undefined || regularExpression(type.names) !== null
    ? null
    : `The setting "names" of the object type "${type.name}" is no regular expression.`;
}

function regularExpression(text: string): RegExp | null {
  try {
    return new RegExp(text, 'u');
  } catch {
    return null;
  }
}

function isTable({ kind = 'table' }: ConfiguredObjectType): boolean {
  return kind === 'table';
}

function toObjectType(type: ConfiguredObjectType): SqlObjectType {
  const attributes = type.attributes?.map((attribute) => ({
    name: attribute.name,
    column: attribute.column ?? attribute.name,
    type: attribute.type ?? null,
    isRequired: attribute.required ?? null,
    isReadOnly: attribute.readOnly ?? false,
  }));
  const { name, table = '', key = '', links = [], disabling = null, changes } = type;
  return {
    name,
    table,
    key,
    attributes: attributes ?? null,
    links,
    disabling,
    changes: changes === undefined ? null : { column: changes.column, overlap: changes.overlap ?? null },
  };
}

function toAccountType({ name, kind = 'table', names, parameters = [] }: ConfiguredObjectType): readonly AccountType[] {
  if (kind === 'table') return [];
  return [{ name, kind, names: names === undefined ? null : regularExpression(names), parameters }];
}
