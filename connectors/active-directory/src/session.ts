// A session on a domain: the contract's operations. Owns the pool and what is known of the domain; the rest is beside it.
import { randomBytes } from 'node:crypto';
import {
  type CallContext,
  type ChangePage,
  changesByComparison,
  ConnectorError,
  type ConnectorSession,
  type ListPage,
  runWrite,
} from '@joinery/connector-kit';
import { type LdapClient, type LdapPool, openLdapPool, withLdapClient } from '@joinery/ldap-client';
import { type Catalog, type Layout, readCatalog } from './catalog.js';
import { changesByDirSync } from './dir-sync.js';
import { adError } from './failure.js';
import { listRows, readRow } from './listing.js';
import type { AdSettings } from './settings.js';
import { changesByUsn } from './usn-changed.js';
import { applyDelta } from './write.js';

interface Connection {
  readonly settings: AdSettings;
  readonly pool: LdapPool;
  /** What the domain said of itself; null until asked. */
  catalog: Catalog | null;
}

/** A password that obeys every usual rule and that nobody knows. */
const unknownPassword = (): string => `${randomBytes(24).toString('base64url')}aA1!`;

export function openAdSession(settings: AdSettings, newPassword: () => string = unknownPassword): ConnectorSession {
  const connection: Connection = { settings, pool: openLdapPool(settings.address), catalog: null };
  return {
    describe: (context) =>
      typed('read the schema', async () => (await refreshed(connection, context)).layouts.map(({ type }) => type)),
    check: (context) => typed('connect to the domain', async () => void (await refreshed(connection, context))),
    read: (objectType, key, context) =>
      typed(`read ${objectType} ${JSON.stringify(key)}`, () =>
        using(connection, objectType, context, ({ client, catalog, layout }) => readRow(client, catalog, layout, key)),
      ),
    list: (objectType, context) =>
      pages(connection, objectType, context, `list ${objectType}`, ({ client, catalog, layout }) =>
        listRows(client, catalog, layout, settings.pageSize),
      ),
    changes: (objectType, cookie, context) =>
      pages(connection, objectType, context, `read changes of ${objectType}`, (ground) =>
        changesOf(settings, ground, cookie),
      ),
    apply: (delta, context) => {
      const operation = `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`;
      return runWrite(context, operation, (signal, markSent) =>
        typed(operation, () =>
          using(connection, delta.objectType, { ...context, signal }, (ground) =>
            applyDelta({ ...ground, delta, markSent, newPassword }),
          ),
        ),
      );
    },
    close: async () => connection.pool.close(),
  };
}

interface Ground {
  readonly client: LdapClient;
  readonly catalog: Catalog;
  readonly layout: Layout;
}

function changesOf(settings: AdSettings, ground: Ground, cookie: string | null): AsyncGenerator<ChangePage> {
  const { client, catalog, layout } = ground;
  switch (settings.changesBy) {
    case 'dirSync':
      return changesByDirSync(ground, cookie);
    case 'usnChanged':
      return changesByUsn(ground, cookie);
    case 'comparison':
      return changesByComparison(() => listRows(client, catalog, layout, settings.pageSize), layout.type.name, cookie);
    default:
      return settings.changesBy satisfies never;
  }
}

async function typed<T>(operation: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw adError(error, operation);
  }
}

function using<T>(
  connection: Connection,
  objectType: string,
  { signal }: CallContext,
  use: (ground: Ground) => Promise<T>,
): Promise<T> {
  requireObjectType(connection, objectType);
  return withLdapClient(connection.pool, signal, async (client) => use(await groundOf(connection, objectType, client)));
}

async function* pages<Page extends ListPage | ChangePage>(
  connection: Connection,
  objectType: string,
  { signal }: CallContext,
  operation: string,
  open: (ground: Ground) => AsyncGenerator<Page>,
): AsyncGenerator<Page> {
  requireObjectType(connection, objectType);
  let loan: Awaited<ReturnType<LdapPool['lend']>> | null = null;
  let isWhole = false;
  try {
    loan = await connection.pool.lend(signal);
    yield* open(await groundOf(connection, objectType, loan.client));
    isWhole = true;
  } catch (error) {
    throw adError(error, operation);
  } finally {
    // Left half-way, an answer may still be under way.
    loan?.giveBack(isWhole ? 'whole' : 'broken');
  }
}

async function groundOf(connection: Connection, objectType: string, client: LdapClient): Promise<Ground> {
  const catalog = connection.catalog ?? (await readCatalog(connection.settings, client));
  connection.catalog = catalog;
  const layout = catalog.layouts.find(({ type }) => type.name === objectType);
  if (layout === undefined) throw unknownType(connection, objectType);
  return { client, catalog, layout };
}

async function refreshed(connection: Connection, { signal }: CallContext): Promise<Catalog> {
  connection.catalog = null;
  const catalog = await withLdapClient(connection.pool, signal, (client) => readCatalog(connection.settings, client));
  connection.catalog = catalog;
  return catalog;
}

function requireObjectType(connection: Connection, objectType: string): void {
  if (!connection.settings.objectTypes.some(({ name }) => name === objectType))
    throw unknownType(connection, objectType);
}

function unknownType({ settings }: Connection, objectType: string): ConnectorError {
  return new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The settings name no object type "${objectType}".`,
    hint: `Known object types: ${settings.objectTypes.map(({ name }) => name).join(', ')}.`,
  });
}
