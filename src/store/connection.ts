// Connections made through the API as rows: their open settings, and their secrets sealed. Nothing here can open a seal.
import { type Actor, actorReference } from '../domain/actor.js';
import type { ConnectionDefinition } from '../domain/configuration.js';
import type { ConfigurationOverlay } from '../domain/configuration-overlay.js';
import { toGlobalId } from '../domain/global-id.js';
import type { SealedSecret, SealedSetting } from '../domain/sealed-secret.js';
import type { ConnectionChange, ConnectionStore, KeptConnection } from '../steps/ports/connection.js';
import { appendAudit } from './audit-entry.js';
import type { OverlaySource } from './configuration.js';
import { lockConfiguration } from './configuration-lock.js';
import { disableNew } from './connector-switch.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';

const columns = `identifier, connector, display_name as "displayName", package, settings, secrets, secret_versions as "secretVersions", version`;

export const connectionStore = (database: Database): ConnectionStore => ({
  load: async (identifier) => {
    const { rows } = await database.query<KeptConnection>(`select ${columns} from connection where identifier = $1`, [
      identifier,
    ]);
    return rows[0] ?? null;
  },
  create: (connection, actor) => database.transaction((sql) => create(sql, connection, actor)),
  update: (connection, actor) => database.transaction((sql) => update(sql, connection, actor)),
  rewrap: (wrap) => database.transaction((sql) => rewrap(sql, wrap)),
  keysInUse: () => keysInUse(database),
});

async function create(sql: Sql, connection: ConnectionChange, actor: Actor): Promise<boolean> {
  await lockConfiguration(sql);
  if (await isInFiles(sql, connection.identifier)) return false;
  const { identifier, connector, displayName, package: packageName, settings, secrets, secretVersions } = connection;
  const { count } = await sql.query(
    `insert into connection (identifier, connector, display_name, package, settings, secrets, secret_versions, created_by, updated_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict do nothing`,
    [
      identifier,
      connector,
      displayName,
      packageName,
      JSON.stringify(settings),
      JSON.stringify(secrets),
      JSON.stringify(secretVersions),
      actorReference(actor),
    ],
  );
  if (count === 0) return false;
  await disableNew(sql, [connection]);
  await record(sql, { action: 'connection.create', before: null, after: connection }, actor);
  return true;
}

async function isInFiles(sql: Sql, identifier: string): Promise<boolean> {
  const { rows } = await sql.query(
    `select from (select document from configuration_version order by version desc limit 1) newest,
       jsonb_array_elements(newest.document -> 'connections') c where c ->> 'identifier' = $1`,
    [identifier],
  );
  return rows.length > 0;
}

async function update(sql: Sql, connection: ConnectionChange, actor: Actor): Promise<boolean> {
  const { identifier, displayName, settings, secrets, secretVersions, previousVersion } = connection;
  const { rows } = await sql.query<KeptConnection>(
    `select ${columns} from connection where identifier = $1 for update`,
    [identifier],
  );
  const [before] = rows;
  if (before?.version !== previousVersion) return false;
  await sql.query(
    `update connection set display_name = $2, settings = $3, secrets = $4, secret_versions = $5, version = version + 1,
       updated_by = $6, updated_at = clock_timestamp() where identifier = $1`,
    [
      identifier,
      displayName,
      JSON.stringify(settings),
      JSON.stringify(secrets),
      JSON.stringify(secretVersions),
      actorReference(actor),
    ],
  );
  await record(sql, { action: 'connection.update', before, after: connection }, actor);
  return true;
}

interface Recorded {
  readonly action: 'connection.create' | 'connection.update';
  readonly before: KeptConnection | null;
  readonly after: ConnectionChange;
}

/** In the audit stand settings in clear, and of secrets only how often each was given. */
async function record(sql: Sql, { action, before, after }: Recorded, actor: Actor): Promise<void> {
  await appendAudit(sql, {
    actor: actorReference(actor),
    action,
    subject: toGlobalId('ConnectionProfile', after.identifier),
    before: before === null ? null : shown(before),
    after: { ...shown(after), ...(after.cleared.length === 0 ? {} : { clearedSecrets: after.cleared }) },
  });
  await appendFacts(sql, [
    {
      kind: 'ConnectionChanged',
      connection: after.identifier,
      detail: { change: action, connector: after.connector, by: actorReference(actor) },
    },
  ]);
}

const shown = ({
  connector,
  displayName,
  package: packageName,
  settings,
  secrets,
}: Omit<KeptConnection, 'version'>) => ({
  connector,
  displayName,
  package: packageName,
  settings,
  secrets: Object.fromEntries(Object.entries(secrets).map(([name, { version }]) => [name, { version }])),
});

async function rewrap(
  sql: Sql,
  wrap: (connection: string, setting: string, sealed: SealedSecret) => SealedSecret,
): Promise<number> {
  const { rows } = await sql.query<KeptConnection>(
    `select ${columns} from connection where secrets <> '{}' order by identifier for update`,
  );
  let changed = 0;
  for (const { identifier, secrets } of rows) {
    const entries = Object.entries(secrets).map(([setting, sealed]) => ({
      setting,
      sealed,
      again: wrap(identifier, setting, sealed),
    }));
    const moved = entries.filter(({ sealed, again }) => sealed.keyId !== again.keyId).length;
    if (moved === 0) continue;
    changed += moved;
    const after = Object.fromEntries(entries.map(({ setting, again }) => [setting, again]));
    // A new version: processes that remember the old wrapping read again.
    await sql.query('update connection set secrets = $2, version = version + 1 where identifier = $1', [
      identifier,
      JSON.stringify(after),
    ]);
  }
  if (changed > 0)
    await appendAudit(sql, {
      actor: 'system:joinery',
      action: 'secret.rewrap',
      subject: null,
      before: null,
      after: { secrets: changed },
    });
  return changed;
}

async function keysInUse(sql: Sql): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql.query<{ keyId: string; connections: readonly string[] }>(
    `select s.value ->> 'keyId' as "keyId", array_agg(distinct c.identifier order by c.identifier) as connections
     from connection c, jsonb_each(c.secrets) s group by 1 order by 1`,
  );
  return new Map(rows.map(({ keyId, connections }) => [keyId, connections]));
}

/** What people added, for the model: connections with their secrets still sealed, and connectors switched off. */
export const overlaySource = (database: Sql): OverlaySource => ({
  revision: async () => {
    const { rows } = await database.query<{ revision: string }>(
      `select (select count(*) || '.' || coalesce(sum(version), 0) from connection) || '/' ||
        (select coalesce(sum(version), 0) from connector_switch) as revision`,
    );
    return rows[0]?.revision ?? '';
  },
  read: () => readOverlay(database),
});

async function readOverlay(sql: Sql): Promise<ConfigurationOverlay> {
  const { rows } = await sql.query<KeptConnection>(`select ${columns} from connection order by identifier`);
  const { rows: off } = await sql.query<{ connector: string }>(
    'select connector from connector_switch where not is_enabled',
  );
  return { connections: rows.map(definition), disabled: new Set(off.map(({ connector }) => connector)) };
}

/** The address of a seal is where it was found, not what it says of itself. */
function definition({
  identifier,
  connector,
  displayName,
  package: name,
  settings,
  secrets,
}: KeptConnection): ConnectionDefinition {
  const sealed = Object.entries(secrets).map(([setting, secret]): [string, SealedSetting] => [
    setting,
    { $sealed: { ...secret, connection: identifier, setting } },
  ]);
  return {
    identifier,
    connector,
    displayName,
    package: name,
    settings: { ...settings, ...Object.fromEntries(sealed) },
    concurrency: 4,
    ratePerSecond: null,
    deadlineSeconds: 30,
    isKept: true,
  };
}
