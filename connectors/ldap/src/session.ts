// A session on a directory: the contract's operations.
// Owns the connections and what is known of the directory; reading and writing are beside it.
import {
  type ApplyOutcome,
  type CallContext,
  type ChangePage,
  type ConnectorError,
  type ConnectorSession,
  type Delta,
  type ListPage,
  runWrite,
} from '@joinery/connector-kit';
import {
  canSignIn,
  isLdapResult,
  isLdapTransport,
  type LdapClient,
  ldapError,
  type LdapPool,
  openLdapPool,
  withLdapClient,
} from '@joinery/ldap-client';
import { readChanges } from './changes.js';
import { type Directory, layoutNamed, readDirectory } from './directory.js';
import { listRows, readRow } from './listing.js';
import type { LdapSettings } from './settings.js';
import { applyDelta } from './write.js';

interface Connection {
  readonly settings: LdapSettings;
  readonly pool: LdapPool;
  /** null until asked, and after the schema turned out to be another. */
  directory: Directory | null;
}

export function openLdapSession(settings: LdapSettings): ConnectorSession {
  const connection: Connection = { settings, pool: openLdapPool(settings.address), directory: null };
  return {
    describe: (context) =>
      typed(connection, 'read the schema of the directory', async () =>
        [...(await refreshed(connection, context.signal)).layouts.values()].map((layout) => layout.type),
      ),
    check: (context) =>
      typed(connection, 'connect to the directory', async () => void (await refreshed(connection, context.signal))),
    read: (objectType, key, context) =>
      typed(connection, `read ${objectType} ${JSON.stringify(key)}`, () =>
        withDirectory(connection, context.signal, (client, directory) =>
          readRow(client, directory, layoutNamed(directory, objectType), key),
        ),
      ),
    list: (objectType, context) => listObjects(connection, objectType, context),
    apply: (delta, context) =>
      runWrite(context, operationOf(delta), (signal, markSent) => applyOne(connection, delta, signal, markSent)),
    changes: (objectType, cookie, context) => listChanges(connection, objectType, cookie, context),
    close: async () => connection.pool.close(),
  };
}

function operationOf(delta: Delta): string {
  return `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`;
}

async function applyOne(
  connection: Connection,
  delta: Delta,
  signal: AbortSignal,
  markSent: () => void,
): Promise<ApplyOutcome> {
  let wasSent = false;
  const mark = (): void => {
    wasSent = true;
    markSent();
  };
  const { pool, settings } = connection;
  const accepts = (dn: string, password: string): Promise<boolean> => canSignIn(settings.address, dn, password, signal);
  return typed(
    connection,
    operationOf(delta),
    async () => {
      const directory = await known(connection, signal);
      return applyDelta({ pool, directory, accepts }, layoutNamed(directory, delta.objectType), delta, signal, mark);
    },
    () => !wasSent && !signal.aborted,
  );
}

async function* listObjects(
  connection: Connection,
  objectType: string,
  context: CallContext,
): AsyncGenerator<ListPage> {
  yield* paged(connection, `list ${objectType}`, context, (client, directory) =>
    listRows(client, directory, layoutNamed(directory, objectType)),
  );
}

async function* listChanges(
  connection: Connection,
  objectType: string,
  cookie: string | null,
  context: CallContext,
): AsyncGenerator<ChangePage> {
  yield* paged(connection, `read changes of ${objectType}`, context, (client, directory) =>
    readChanges(client, directory, layoutNamed(directory, objectType), cookie),
  );
}

/** Pages read on one connection, which is whole again when the reader leaves half-way. */
async function* paged<Page>(
  connection: Connection,
  operation: string,
  { signal }: CallContext,
  open: (client: LdapClient, directory: Directory) => AsyncIterable<Page>,
): AsyncGenerator<Page> {
  try {
    const directory = await known(connection, signal);
    const loan = await connection.pool.lend(signal);
    try {
      yield* open(loan.client, directory);
    } finally {
      // An answer under way on it would have been waited for; a connection that was lost has ended by itself.
      loan.giveBack('whole');
    }
  } catch (error) {
    throw typedFailure(connection, error, operation);
  }
}

async function withDirectory<T>(
  connection: Connection,
  signal: AbortSignal,
  use: (client: LdapClient, directory: Directory) => Promise<T>,
): Promise<T> {
  const directory = await known(connection, signal);
  return withLdapClient(connection.pool, signal, (client) => use(client, directory));
}

async function known(connection: Connection, signal: AbortSignal): Promise<Directory> {
  return connection.directory ?? refreshed(connection, signal);
}

async function refreshed(connection: Connection, signal: AbortSignal): Promise<Directory> {
  connection.directory = null;
  const directory = await withLdapClient(connection.pool, signal, (client) =>
    readDirectory(client, connection.settings),
  );
  connection.directory = directory;
  return directory;
}

/** Runs a call; once more on another connection when the one it had was lost and that did no harm. */
async function typed<T>(
  connection: Connection,
  operation: string,
  run: () => Promise<T>,
  isHarmless: () => boolean = () => true,
): Promise<T> {
  try {
    return await run().catch((error: unknown) => {
      if (isLdapTransport(error) && error.stage === 'exchange' && isHarmless()) return run();
      throw error;
    });
  } catch (error) {
    throw typedFailure(connection, error, operation);
  }
}

/** An unknown attribute, a class that is not as it was: what was known of the schema is out of date. */
const schemaResults = [17, 18, 21, 65];

function typedFailure(connection: Connection, error: unknown, operation: string): ConnectorError {
  if (isLdapResult(error, ...schemaResults)) connection.directory = null;
  return ldapError(error, operation);
}
