// Connectors switched off and on: the switch itself, and the circuits of their connections, which keep orders waiting.
import { type Actor, actorReference } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ConnectorSwitch, ConnectorSwitchStore } from '../steps/ports/connection.js';
import { appendAudit } from './audit-entry.js';
import { lockConfiguration } from './configuration-lock.js';
import { releaseWaiting } from './connection-health.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';

export const connectorSwitchStore = (database: Database): ConnectorSwitchStore => ({
  set: (change, actor) => database.transaction((sql) => set(sql, change, actor)),
});

async function set(sql: Sql, { connector, isEnabled, connections }: ConnectorSwitch, actor: Actor): Promise<void> {
  await lockConfiguration(sql);
  const { rows } = await sql.query<{ isEnabled: boolean }>(
    'select is_enabled as "isEnabled" from connector_switch where connector = $1 for update',
    [connector],
  );
  if ((rows[0]?.isEnabled ?? true) === isEnabled) return;
  const by = actorReference(actor);
  await sql.query(
    `insert into connector_switch (connector, is_enabled, changed_by) values ($1, $2, $3)
     on conflict (connector) do update set is_enabled = excluded.is_enabled, changed_by = excluded.changed_by,
       version = connector_switch.version + 1, changed_at = clock_timestamp()`,
    [connector, isEnabled, by],
  );
  await (isEnabled ? enable(sql, connections) : disable(sql, connections));
  await appendAudit(sql, {
    actor: by,
    action: isEnabled ? 'connector.enable' : 'connector.disable',
    subject: toGlobalId('Connector', connector),
    before: { isEnabled: !isEnabled },
    after: { isEnabled },
  });
  const status = isEnabled ? 'CLOSED' : 'DISABLED';
  const detail = { change: isEnabled ? 'connector.enable' : 'connector.disable', connector, status, by };
  await appendFacts(
    sql,
    connections.map((connection) => ({ kind: 'ConnectionChanged', connection, detail })),
  );
}

const reason = 'The connector is switched off.';

async function disable(sql: Sql, connections: readonly string[]): Promise<void> {
  await sql.query(
    `insert into connection_health (connection, status, code, reason)
     select c, 'DISABLED', 'UNREACHABLE', $2 from unnest($1::text[]) c
     on conflict (connection) do update set status = excluded.status, code = excluded.code, reason = excluded.reason,
       since = clock_timestamp(), next_probe_at = null, probe_interval_seconds = null, settings_digest = null`,
    [connections, reason],
  );
}

/** Whatever was wrong before shows itself again. */
async function enable(sql: Sql, connections: readonly string[]): Promise<void> {
  await sql.query(
    `update connection_health set status = 'CLOSED', code = null, reason = null, recent = '{}', connect_failures = 0,
       since = clock_timestamp() where connection = any($1::text[]) and status = 'DISABLED'`,
    [connections],
  );
  for (const connection of connections) await releaseWaiting(sql, connection);
}

/** A connection that is new to a connector that is switched off. */
export async function disableNew(
  sql: Sql,
  connections: readonly { readonly identifier: string; readonly connector: string }[],
): Promise<void> {
  const { rows } = await sql.query<{ connector: string }>(
    'select connector from connector_switch where not is_enabled',
  );
  const off = new Set(rows.map(({ connector }) => connector));
  const own = connections.filter(({ connector }) => off.has(connector)).map(({ identifier }) => identifier);
  if (own.length > 0) await disable(sql, own);
}
