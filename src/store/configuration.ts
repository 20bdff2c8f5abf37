// Versions of the configuration as rows, and the compiled model of the newest one, kept for as long as it is the newest.
import type { ExpressionCompiler } from '../domain/role-model/expression.js';
import { compileModel } from '../domain/role-model/compile.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { Configuration } from '../domain/configuration.js';
import { type ConfigurationOverlay, noOverlay, withOverlay } from '../domain/configuration-overlay.js';
import type { ConfigurationStore, NewConfiguration, StoredConfiguration } from '../steps/ports/configuration.js';
import type { ModelSource } from '../steps/ports/model.js';
import { appendAudit } from './audit-entry.js';
import { lockConfiguration } from './configuration-lock.js';
import { disableNew } from './connector-switch.js';
import type { Database, Sql } from './database.js';
import { onMarkedBefore } from './dirty-identity.js';
import { indexPeople, indexPositions } from './identity-index.js';
import { indexNames } from './name-index.js';

export const configurationStore = (database: Database): ConfigurationStore => ({
  newest: () => newest(database),
  newestVersion: () => newestVersion(database),
  commit: (next) => database.transaction((sql) => commit(sql, next)),
});

async function newest(sql: Sql): Promise<StoredConfiguration | null> {
  const { rows } = await sql.query<{ version: number; digest: string; document: Configuration }>(
    'select version, digest, document from configuration_version order by version desc limit 1',
  );
  const [row] = rows;
  return row === undefined ? null : { version: row.version, digest: row.digest, configuration: row.document };
}

async function newestVersion(sql: Sql): Promise<number | null> {
  const { rows } = await sql.query<{ version: number | null }>(
    'select max(version) as version from configuration_version',
  );
  return rows[0]?.version ?? null;
}

async function commit(sql: Sql, next: NewConfiguration): Promise<number | null> {
  await lockConfiguration(sql);
  if ((await newestVersion(sql)) !== next.previousVersion) return null;
  const { rows } = await sql.query<{ version: number }>(
    'insert into configuration_version (digest, document, applied_by) values ($1, $2, $3) returning version',
    [next.digest, JSON.stringify(next.configuration), next.appliedBy],
  );
  const version = rows[0]?.version;
  if (version === undefined) throw new Error('PostgreSQL answered an insert without a row.');
  await disableNew(sql, next.configuration.connections);
  for (const type of next.configuration.entityTypes) await indexPeople(sql, type);
  await indexPositions(sql, next.configuration);
  for (const type of next.configuration.entityTypes) await indexNames(sql, type);
  if (next.dirtyEntityType !== null) await markEverybody(sql, next.dirtyEntityType);
  await appendAudit(sql, {
    actor: next.appliedBy,
    action: 'configuration.apply',
    subject: null,
    before: next.previousVersion === null ? null : { version: next.previousVersion },
    after: { version, digest: next.digest },
  });
  return version;
}

async function markEverybody(sql: Sql, entityType: string): Promise<void> {
  await sql.query(
    `insert into dirty_identity (identity_id, reason)
     select id, 'configuration' from resource where entity_type = $1 order by id
     ${onMarkedBefore}`,
    [entityType],
  );
}

export interface ModelSourceOptions {
  /** Builds the compiler of one version; its expressions share what they convert. */
  readonly compiler: () => ExpressionCompiler;
  /** Milliseconds of a clock that never goes back, e.g. performance.now. */
  readonly elapsed: () => number;
  /** How long the newest version is believed to be the newest. Default 1,000. */
  readonly recheckMs?: number;
  /** What people added while Joinery runs. Left out: nothing. */
  readonly overlays?: OverlaySource;
}

/** What is laid over the configuration of the files. */
export interface OverlaySource {
  /** Another text when anything changed. Cheap. */
  revision(): Promise<string>;
  read(): Promise<ConfigurationOverlay>;
}

export interface ReloadableModels extends ModelSource {
  /** The next `current` asks the database: call it after an apply in this process. */
  expire(): void;
  /** A configuration that is not in force, as it will be once it is that version. */
  compile(version: number, configuration: Configuration): CompiledModel;
}

/** The model of the files, what is laid over it, and both together: the same object while neither changed. */
interface KnownModel {
  readonly files: CompiledModel;
  readonly overlay: ConfigurationOverlay;
  readonly revision: string;
  readonly model: CompiledModel;
}

export function modelSource(configurations: ConfigurationStore, options: ModelSourceOptions): ReloadableModels {
  const never = Number.NEGATIVE_INFINITY;
  let known: (KnownModel & { readonly checkedAt: number }) | null = null;
  let loading: Promise<CompiledModel> | null = null;
  let expirations = 0;
  const load = async (): Promise<CompiledModel> => {
    const [checkedAt, before] = [options.elapsed(), expirations];
    const newest = await newestModel(configurations, options, known);
    // Expired while the database was asked: the answer may be older than what made it expire.
    known = { ...newest, checkedAt: before === expirations ? checkedAt : never };
    return newest.model;
  };
  return {
    // Callers that come while the database is asked share one question.
    current: async () => {
      if (known !== null && options.elapsed() - known.checkedAt < (options.recheckMs ?? 1_000)) return known.model;
      const asked = (loading ??= load());
      try {
        return await asked;
      } finally {
        if (loading === asked) loading = null;
      }
    },
    expire: () => {
      expirations += 1;
      loading = null;
      known = known === null ? null : { ...known, checkedAt: never };
    },
    compile: (version, configuration) =>
      withOverlay(compileModel(version, configuration, options.compiler()), known?.overlay ?? noOverlay),
  };
}

async function newestModel(
  configurations: ConfigurationStore,
  options: ModelSourceOptions,
  known: KnownModel | null,
): Promise<KnownModel> {
  const revision = (await options.overlays?.revision()) ?? '';
  const files = await newestFiles(configurations, options, known?.files ?? null);
  if (known !== null && files === known.files && revision === known.revision) return known;
  const overlay = revision === known?.revision ? known.overlay : ((await options.overlays?.read()) ?? noOverlay);
  return { files, overlay, revision, model: withOverlay(files, overlay) };
}

async function newestFiles(
  configurations: ConfigurationStore,
  options: ModelSourceOptions,
  known: CompiledModel | null,
): Promise<CompiledModel> {
  if (known !== null && (await configurations.newestVersion()) === known.version) return known;
  const stored = await configurations.newest();
  if (stored === null)
    throw new Error('No configuration was applied yet: start the server with JOINERY_CONFIGURATION, which applies it.');
  return compileModel(stored.version, stored.configuration, options.compiler());
}
