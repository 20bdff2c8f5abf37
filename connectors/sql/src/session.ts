// A session on a database: the contract's operations.
// Owns the connections and what is known of the tables; reading and writing are beside it.
import {
  type CallContext,
  type ChangePage,
  changesByComparison,
  ConnectorError,
  type ConnectorSession,
  runWrite,
} from '@joinery/connector-kit';
import { accessOf } from './access.js';
import { readLayouts } from './catalog.js';
import { changesByColumn } from './changes.js';
import type { Access } from './dialect.js';
import type { TableLayout } from './layout.js';
import { listRows, readRow } from './listing.js';
import type { SqlSettings } from './settings.js';
import { withConnection } from './transaction.js';
import { applyDelta } from './write.js';

interface Connection {
  readonly settings: SqlSettings;
  readonly access: Access;
  /** Tables as the catalog had them; null until asked, and after a failure. */
  layouts: readonly TableLayout[] | null;
}

export function openSqlSession(settings: SqlSettings): ConnectorSession {
  const connection: Connection = { settings, access: accessOf(settings), layouts: null };
  return {
    describe: (context) =>
      typed(connection, 'read the schema', async () =>
        (await refreshed(connection, context)).map((layout) => layout.type),
      ),
    check: (context) =>
      typed(connection, 'connect to the database', async () => void (await refreshed(connection, context))),
    read: (objectType, key, context) =>
      typed(connection, `read ${objectType} ${JSON.stringify(key)}`, async () =>
        readRow(connection.access, await layoutOf(connection, objectType, context), key, context.signal),
      ),
    list: (objectType, context) => listObjects(connection, objectType, context),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
        typed(connection, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, async () =>
          applyDelta(
            connection.access,
            await layoutOf(connection, delta.objectType, { ...context, signal }),
            delta,
            signal,
            markSent,
          ),
        ),
      ),
    changes: (objectType, cookie, context) => changesOf(connection, objectType, cookie, context),
    close: () => connection.access.database.close(),
  };
}

async function* listObjects(
  connection: Connection,
  objectType: string,
  context: CallContext,
): ReturnType<typeof listRows> {
  try {
    yield* listRows(connection.access, await layoutOf(connection, objectType, context), context.signal);
  } catch (error) {
    throw typedFailure(connection, error, `list ${objectType}`);
  }
}

async function* changesOf(
  connection: Connection,
  objectType: string,
  cookie: string | null,
  context: CallContext,
): AsyncGenerator<ChangePage> {
  try {
    const layout = await layoutOf(connection, objectType, context);
    const { access } = connection;
    if (layout.changes === null)
      yield* changesByComparison(() => listRows(access, layout, context.signal), objectType, cookie);
    else yield* changesByColumn(access, layout, layout.changes, cookie, context.signal);
  } catch (error) {
    throw typedFailure(connection, error, `read the changes of ${objectType}`);
  }
}

async function typed<T>(connection: Connection, operation: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
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

async function layoutOf(connection: Connection, objectType: string, context: CallContext): Promise<TableLayout> {
  const known = connection.settings.objectTypes.map((type) => type.name);
  if (!known.includes(objectType)) {
    throw new ConnectorError({
      code: 'INVALID_VALUE',
      message: `The settings name no table for the object type "${objectType}".`,
      hint: `Known object types: ${known.join(', ')}.`,
    });
  }
  const layouts = connection.layouts ?? (await refreshed(connection, context));
  const layout = layouts.find((candidate) => candidate.type.name === objectType);
  if (layout !== undefined) return layout;
  throw new ConnectorError({
    code: 'CONNECTOR_BUG',
    message: `The object type "${objectType}" got lost while reading the schema.`,
  });
}
