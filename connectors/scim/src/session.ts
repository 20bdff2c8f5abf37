// A session on a SCIM service: the contract's operations.
// Owns the client and what is known of the service; reading and writing are beside it.
import { type CallContext, changesByComparison, type ConnectorSession, runWrite } from '@joinery/connector-kit';
import { openHttpClient } from '@joinery/http-client';
import { applyMany } from './bulk.js';
import { listRows } from './listing.js';
import { modifiedSince } from './modified.js';
import { askService, type Connection, findResource, readJson, rowOf, typeKnown } from './resource.js';
import type { ScimSettings } from './settings.js';
import { applyDelta } from './write.js';

export function openScimSession(settings: ScimSettings): ConnectorSession {
  const connection: Connection = { settings, client: openHttpClient(settings.client), service: null };
  return {
    describe: async ({ signal }) => {
      connection.service = await askService(connection, signal);
      return connection.service.types.map(({ description }) => description);
    },
    check: (context) => check(connection, context),
    read: (objectType, key, context) => readOne(connection, objectType, key, context),
    list: (objectType, { signal }) => listRows(connection, objectType, signal),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
        applyDelta(connection, delta, { signal, onSend: markSent, idempotencyKey: context.idempotencyKey }),
      ),
    applyMany: (deltas, context) => applyMany(connection, deltas, context),
    changes: (objectType, cookie, { signal }) =>
      settings.incremental === 'lastModified'
        ? modifiedSince(connection, objectType, cookie, signal)
        : changesByComparison(() => listRows(connection, objectType, signal), objectType, cookie),
    close: () => connection.client.close(),
  };
}

// Services give their configuration without credentials, too: one user is what needs them.
async function check(connection: Connection, { signal }: CallContext): Promise<void> {
  const { endpoint } = await typeKnown(connection, 'user', signal);
  const query = { startIndex: 1, count: 1 };
  await readJson(connection, { method: 'GET', path: endpoint, query, operation: 'read from the service' }, signal);
}

async function readOne(connection: Connection, objectType: string, key: string, { signal }: CallContext) {
  const type = await typeKnown(connection, objectType, signal);
  const found = await findResource(connection, type, key, signal);
  const operation = `read ${objectType} ${JSON.stringify(key)}`;
  return found === null ? null : rowOf(type, found.resource, { method: 'GET', path: type.endpoint, operation });
}
