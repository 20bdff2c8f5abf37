// A session on a REST API: the contract's operations.
// Owns the client; reading and writing are beside it.
import {
  type CallContext,
  type ChangePage,
  changesByComparison,
  type ConnectorSession,
  runWrite,
} from '@joinery/connector-kit';
import { openHttpClient } from '@joinery/http-client';
import { type Connection, demand } from './answer.js';
import { changesSince } from './change.js';
import type { ApiModel } from './model.js';
import { findItem, listRows, rowOf, typeNamed } from './row.js';
import { requestOf } from './template.js';
import { applyDelta } from './write.js';

export function openHttpSession(model: ApiModel): ConnectorSession {
  const connection: Connection = { model, client: openHttpClient(model.client) };
  return {
    describe: async () => model.types.map(({ description }) => description),
    check: (context) => check(connection, context),
    read: async (objectType, key, { signal }) => {
      const type = typeNamed(connection, objectType);
      const found = await findItem(connection, type, key, signal);
      return found === null ? null : rowOf(connection, type, found.item, signal);
    },
    list: (objectType, { signal }) => listRows(connection, objectType, signal),
    apply: (delta, context) =>
      runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
        applyDelta(connection, delta, { signal, onSend: markSent, idempotencyKey: context.idempotencyKey }),
      ),
    changes: (objectType, cookie, { signal }) => changes(connection, objectType, cookie, signal),
    close: () => connection.client.close(),
  };
}

async function check(connection: Connection, { signal }: CallContext): Promise<void> {
  const { check: own, types } = connection.model;
  const [first] = types;
  const template = own ?? first?.list.request;
  if (template === undefined) return;
  await demand(connection, { ...requestOf(template, {}, 'read from the service'), isRead: true }, { signal });
}

async function* changes(
  connection: Connection,
  objectType: string,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  const type = typeNamed(connection, objectType);
  yield* type.changes === null
    ? changesByComparison(() => listRows(connection, objectType, signal), objectType, cookie)
    : changesSince(connection, type, type.changes, cookie, signal);
}
