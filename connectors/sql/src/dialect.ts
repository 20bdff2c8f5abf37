// The seam between engines: everything in which PostgreSQL, MySQL and MariaDB, and SQLite differ, as data and small functions.
// Owns the shape only; each engine's folder has the body. What a delta or a listing is, is said once, beside it.
import type { ConnectorError } from '@joinery/connector-kit';
import type { Fragment } from './fragment.js';
import type { Column, LinkTable, TableLayout } from './layout.js';
import type { SqlSettings } from './settings.js';

/** Statements of one call, on one connection. All values come back as text, or null. */
export interface Statements {
  run(statement: Fragment): Promise<SqlResult>;
}

export type SqlRow = Readonly<Record<string, string | null>>;

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  readonly rowCount: number;
}

/** A connection lent for one call. Aborting the call closes it, and with it whatever it had begun. */
export interface Loan {
  readonly statements: Statements;
  /** `whole`: nothing is under way on it; else it is closed. Giving back twice does nothing. */
  giveBack(state: 'whole' | 'broken'): void;
}

export interface Database {
  lend(signal: AbortSignal): Promise<Loan>;
  close(): Promise<void>;
}

/** A column together with its table, and whether the account may read it. */
export interface CatalogColumn extends Column {
  readonly table: string;
  readonly isReadable: boolean;
}

/** Memberships of one row, changed and read by lists. */
export interface MemberStatements {
  /** Columns own and other, for all of the keys. */
  of(
    statements: Statements,
    layout: TableLayout,
    table: LinkTable,
    keys: readonly string[],
  ): Promise<readonly SqlRow[]>;
  /** How many of the members are there. */
  count(
    statements: Statements,
    layout: TableLayout,
    table: LinkTable,
    key: string,
    members: readonly string[],
  ): Promise<number>;
  /** Adds those that are not there yet; answers how many. */
  add(
    statements: Statements,
    layout: TableLayout,
    table: LinkTable,
    key: string,
    members: readonly string[],
  ): Promise<number>;
  remove(
    statements: Statements,
    layout: TableLayout,
    table: LinkTable,
    key: string,
    members: readonly string[],
  ): Promise<number>;
}

/** What the engine's errors mean. */
export interface ErrorReading {
  /** The typed error; what is typed already stays as it is. */
  typed(error: unknown, operation: string): ConnectorError;
  /** The server itself said so: it is alive, and the statement was not carried out. */
  isAnswer(error: unknown): boolean;
  /** A transaction given up for another one's sake, or a row that appeared between look and insert. */
  isWorthRepeating(error: unknown): boolean;
  /** The text cannot be a value of the column's type. */
  isNoSuchValue(error: unknown): boolean;
  /** A table or column is gone or of another type: what was known of the schema is out of date. */
  isSchemaChange(error: ConnectorError): boolean;
}

/** What becomes of the rows of a page; the connection that read them can be asked for more. */
export type PageReader<T> = (statements: Statements, rows: readonly SqlRow[]) => Promise<T>;

export interface Dialect {
  readonly engine: SqlSettings['engine'];
  readonly errors: ErrorReading;
  readonly members: MemberStatements;
  /** What opens a transaction that writes. */
  readonly beginWriting: Fragment;
  open(settings: SqlSettings): Database;
  readColumns(
    statements: Statements,
    settings: SqlSettings,
    tables: readonly string[],
  ): Promise<readonly CatalogColumn[]>;
  /** A name as SQL text, whatever characters it holds. */
  quoted(name: string): Fragment;
  tableName(layout: Pick<TableLayout, 'schema'>, table: string): Fragment;
  /** The column as text, dates in ISO 8601 whatever the session's settings are. */
  shown(column: Column): Fragment;
  /** A value of the contract as a bound value of the column. */
  value(column: Column, text: string | null): Fragment;
  /** Whether the column has exactly this value, as a condition. */
  isKey(column: Column, text: string): Fragment;
  /** Whether the column has exactly this value or both are null, as 1 or t. */
  isSame(column: Column, text: string | null): Fragment;
  /** What is put behind a select to keep its row from others until the end. */
  readonly lockingRow: Fragment;
  /** Whether a value of the column can have this text at all. */
  canHold(statements: Statements, column: Column, text: string): Promise<boolean>;
  /** All rows of the table, columns k, a0, a1 …, page by page, each as `read` makes it while its connection is held. */
  pages<T>(
    database: Database,
    layout: TableLayout,
    signal: AbortSignal,
    read: PageReader<T>,
    condition?: Fragment,
  ): AsyncGenerator<T>;
  /** As text, up to where a growing column was read completely: an aggregate over its table. */
  position(column: Column): Fragment;
  /** Which rows may have changed since that position. `overlap`: null for the default of the column's type. */
  since(column: Column, position: string, overlap: number | null): Fragment;
}

/** What reading and writing need of a connection. */
export interface Access {
  readonly database: Database;
  readonly dialect: Dialect;
}

/** How long, and by how many numbers, transactions may be late without being overlooked, unless settings say otherwise. */
export const defaultOverlap = { seconds: 60, units: 1_000 } as const;

/** The most rows of one page of a listing. */
export const pageSize = 500;

/** Whether a comparison came back as true. */
export function isTrue(value: string | null | undefined): boolean {
  return value === 't' || value === '1';
}
