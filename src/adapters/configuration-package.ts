// Checks connections against the connector packages they name: is the package there, do the settings fit its schema.
// Owns no settings rules: those are the package's own JSON Schema.
import { type ConnectorPackageDefinition, secretSettings, settingsProblems } from '@joinery/connector-kit';
import type { Entry } from './configuration-schema.js';
import { standIn } from './setting.js';
import type { EntryConflict } from './configuration-entry-rule.js';

export interface LoadedPackage {
  /** Null when it could not be loaded, or nobody was asked. */
  readonly definition: ConnectorPackageDefinition | null;
  /** Why it could not be loaded. */
  readonly failure: string | null;
}
export type Packages = ReadonlyMap<string, LoadedPackage>;

export async function loadPackages(
  names: readonly string[],
  load: ((name: string) => Promise<ConnectorPackageDefinition>) | undefined,
): Promise<Packages> {
  if (load === undefined) return new Map();
  const distinct = [...new Set(names)];
  return new Map(
    await Promise.all(
      distinct.map(async (name): Promise<[string, LoadedPackage]> => [name, await loadOne(name, load)]),
    ),
  );
}

async function loadOne(
  name: string,
  load: (name: string) => Promise<ConnectorPackageDefinition>,
): Promise<LoadedPackage> {
  try {
    return { definition: await load(name), failure: null };
  } catch (error) {
    return { definition: null, failure: error instanceof Error ? error.message : String(error) };
  }
}

export interface SettingsConflict extends EntryConflict {
  readonly path: readonly ['connections', ...(string | number)[]];
}

export const settingsConflicts = (
  connections: readonly Entry<'connections'>[],
  packages: Packages,
): readonly SettingsConflict[] =>
  connections.flatMap((connection, index) =>
    conflictsOf(connection, packages.get(connection.package)).map(
      ({ path, why, hint }): SettingsConflict => ({ path: ['connections', index, ...path], why, hint }),
    ),
  );

function conflictsOf(connection: Entry<'connections'>, loaded: LoadedPackage | undefined): readonly EntryConflict[] {
  if (loaded === undefined) return [];
  if (loaded.definition === null) {
    const why = `the package «${connection.package}» cannot be loaded: ${loaded.failure ?? 'unknown cause'}`;
    return [{ path: ['package'], why: why.replace(/\.$/, ''), hint: 'Correct the name, or install the package.' }];
  }
  return [...wrongSettings(connection, loaded.definition), ...openSecrets(connection, loaded.definition)];
}

/** A secret in the files would end up in version control and in the database. */
function openSecrets(
  connection: Entry<'connections'>,
  definition: ConnectorPackageDefinition,
): readonly EntryConflict[] {
  return secretSettings(definition.settingsSchema)
    .filter((name) => connection.settings[name] !== undefined && standIn(connection.settings[name]) === null)
    .map((name) => ({
      path: ['settings', name],
      why: 'is secret and stands in the file',
      hint: 'Write { $file: path } or { $env: NAME } instead.',
    }));
}

function wrongSettings(
  connection: Entry<'connections'>,
  definition: ConnectorPackageDefinition,
): readonly EntryConflict[] {
  const later: string[] = [];
  const settings = Object.fromEntries(
    Object.entries(connection.settings).map(([name, value]) => [name, forChecking(value, name, later)]),
  );
  return settingsProblems(definition.settingsSchema, settings)
    .filter((problem) => !later.includes(problem.setting))
    .map((problem) => ({
      path: ['settings', ...pathOf(problem.setting)],
      why: problem.message.replace(/\.$/, ''),
      hint: `Read the settings of the package ${connection.package}.`,
    }));
}

/** Replaces values that are read later by a text; notes where, because their content cannot be judged now. */
function forChecking(value: unknown, at: string, later: string[]): unknown {
  if (standIn(value) !== null) {
    later.push(at);
    return 'read later';
  }
  if (Array.isArray(value)) return value.map((item: unknown, index) => forChecking(item, `${at}[${index}]`, later));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, forChecking(inner, `${at}.${name}`, later)]),
  );
}

/** `objectTypes[0].table` → objectTypes, 0, table. */
const pathOf = (setting: string): readonly (string | number)[] =>
  setting
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
