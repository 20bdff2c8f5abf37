// A session on a database: the contract's operations.
// Owns the connections and what is known of the tables; reading and writing are beside it.
import {
  type ApplyOutcome,
  type CallContext,
  type ChangePage,
  changesByComparison,
  ConnectorError,
  type ConnectorSession,
  type Delta,
  type ListPage,
  type MarkSent,
  type ObjectTypeDescription,
  runWrite,
  type TargetObject,
} from '@joinery/connector-kit';
import { accessOf, accountEngineOf } from './access.js';
import { listAccounts, readAccount } from './accounts/listing.js';
import { type Accounts, applyToAccount } from './accounts/write.js';
import { readLayouts } from './catalog.js';
import { changesByColumn } from './changes.js';
import type { Access } from './dialect.js';
import type { TableLayout } from './layout.js';
import { listRows, readRow } from './listing.js';
import type { AccountType, SqlSettings } from './settings.js';
import { withConnection } from './transaction.js';
import { applyDelta } from './write.js';

interface Connection {
  readonly settings: SqlSettings;
  readonly access: Access;
  /** null: the settings describe no accounts, or the engine has none. */
  readonly accounts: Accounts | null;
  /** Tables as the catalog had them; null until asked, and after a failure. */
  layouts: readonly TableLayout[] | null;
}

export function openSqlSession(settings: SqlSettings): ConnectorSession {
  const access = accessOf(settings);
  const connection: Connection = { settings, access, accounts: accountsOf(settings, access), layouts: null };
  return {
    describe: (context) => typed(connection, 'read the schema', () => describe(connection, context)),
    check: (context) =>
      typed(connection, 'connect to the database', async () => void (await describe(connection, context))),
    read: (objectType, key, context) =>
      typed(connection, `read ${objectType} ${JSON.stringify(key)}`, () =>
        readObject(connection, objectType, key, context),
      ),
    list: (objectType, context) =>
      typedPages(connection, `list ${objectType}`, () => pagesOf(connection, objectType, context)),
    apply: (delta, context) => {
      const operation = `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`;
      return runWrite(context, operation, (signal, markSent) =>
        typed(connection, operation, () => applyTo(connection, delta, { ...context, signal }, markSent)),
      );
    },
    changes: (objectType, cookie, context) =>
      typedPages(connection, `read the changes of ${objectType}`, () =>
        changesOf(connection, objectType, cookie, context),
      ),
    close: () => access.database.close(),
  };
}

function accountsOf(settings: SqlSettings, access: Access): Accounts | null {
  const engine = accountEngineOf(settings);
  if (engine === null || settings.accountTypes.length === 0) return null;
  return { access, engine, world: { types: settings.accountTypes, database: settings.database } };
}

async function describe(connection: Connection, context: CallContext): Promise<readonly ObjectTypeDescription[]> {
  const { accounts } = connection;
  const tables = (await refreshed(connection, context)).map((layout) => layout.type);
  if (accounts === null) return tables;
  const { access, engine, world } = accounts;
  await withConnection(access.database, context.signal, (statements) => engine.check(statements, world));
  return [...tables, ...engine.describe(world)];
}

/** An object type: a table, or something the database itself knows. */
type Subject = { readonly layout: TableLayout } | { readonly accounts: Accounts; readonly type: AccountType };

async function readObject(
  connection: Connection,
  objectType: string,
  key: string,
  context: CallContext,
): Promise<TargetObject | null> {
  const subject = await subjectOf(connection, objectType, context);
  return 'layout' in subject
    ? readRow(connection.access, subject.layout, key, context.signal)
    : readAccount(subject.accounts, subject.type, key, context.signal);
}

async function* pagesOf(connection: Connection, objectType: string, context: CallContext): AsyncGenerator<ListPage> {
  const subject = await subjectOf(connection, objectType, context);
  yield* 'layout' in subject
    ? listRows(connection.access, subject.layout, context.signal)
    : listAccounts(subject.accounts, subject.type, context.signal);
}

async function* changesOf(
  connection: Connection,
  objectType: string,
  cookie: string | null,
  context: CallContext,
): AsyncGenerator<ChangePage> {
  const subject = await subjectOf(connection, objectType, context);
  const growing = 'layout' in subject ? subject.layout.changes : null;
  yield* 'layout' in subject && growing !== null
    ? changesByColumn(connection.access, subject.layout, growing, cookie, context.signal)
    : changesByComparison(() => pagesOf(connection, objectType, context), objectType, cookie);
}

async function applyTo(
  connection: Connection,
  delta: Delta,
  context: CallContext,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const subject = await subjectOf(connection, delta.objectType, context);
  return 'layout' in subject
    ? applyDelta(connection.access, subject.layout, delta, context.signal, markSent)
    : applyToAccount(subject.accounts, subject.type, delta, context.signal, markSent);
}

async function typed<T>(connection: Connection, operation: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw typedFailure(connection, error, operation);
  }
}

async function* typedPages<Page>(
  connection: Connection,
  operation: string,
  open: () => AsyncGenerator<Page>,
): AsyncGenerator<Page> {
  try {
    yield* open();
  } catch (error) {
    throw typedFailure(connection, error, operation);
  }
}

function typedFailure(connection: Connection, error: unknown, operation: string): ConnectorError {
  const { errors } = connection.access.dialect;
  const failure = errors.typed(error, operation);
  // What was known of the schema is out of date.
  if (errors.isSchemaChange(failure)) connection.layouts = null;
  return failure;
}

async function refreshed(connection: Connection, { signal }: CallContext): Promise<readonly TableLayout[]> {
  connection.layouts = null;
  const { database, dialect } = connection.access;
  const layouts = await withConnection(database, signal, (statements) =>
    readLayouts(connection.settings, dialect, statements),
  );
  connection.layouts = layouts;
  return layouts;
}

async function subjectOf(connection: Connection, objectType: string, context: CallContext): Promise<Subject> {
  const { settings, accounts } = connection;
  const type = settings.accountTypes.find(({ name }) => name === objectType);
  if (accounts !== null && type !== undefined) return { accounts, type };
  const known = [...settings.objectTypes, ...settings.accountTypes].map(({ name }) => name);
  if (!known.includes(objectType)) {
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The settings name no table for the object type "${objectType}".`,
      hint: `Known object types: ${known.join(', ')}.`,
    });
  }
  const layouts = connection.layouts ?? (await refreshed(connection, context));
  const layout = layouts.find((candidate) => candidate.type.name === objectType);
  if (layout !== undefined) return { layout };
  throw new ConnectorError({
    code: 'CONNECTOR_BUG',
    message: `The object type "${objectType}" got lost while reading the schema.`,
  });
}
