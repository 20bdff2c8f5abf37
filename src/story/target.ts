// The managed systems of one story: a folder for each connection of the package `csv`, a database for each of `sql`, and the
// systems that run already, filled from the company's data. Owns making them, turning them off and on, and finding their tables.
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Entries, SettingsOf, StoryCompany } from './company.js';
import { csvSettings, csvTable, fileNameOf } from './csv-table.js';
import type { StoryGround } from './ground.js';
import { startProxy } from './proxy.js';
import { runningSystem } from './running-system.js';
import { makeTables, sqlSettings, sqlTable } from './sql-table.js';
import type { Row, Table } from './table.js';

interface Target {
  readonly tables: readonly Table[];
  /** What replaces the settings of the connection. */
  readonly settings: Readonly<Record<string, unknown>>;
  turn(isUp: boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface Targets {
  readonly settings: SettingsOf;
  readonly tables: readonly Table[];
  /** By object type, or `<connection>/<object type>`. Throws when there is none, or more than one. */
  table(name: string): Table;
  /** Null for a name that is no connection of files or databases. */
  connection(name: string): Pick<Target, 'turn'> | null;
  stop(): Promise<void>;
}

/** `home`: the program's folder. Packages without a system of the story's are left as the configuration has them. */
export async function makeTargets(
  ground: StoryGround,
  { data, systems }: Pick<StoryCompany, 'data' | 'systems'>,
  entries: Entries,
  home: string,
): Promise<Targets> {
  const made = new Map<string, Target>();
  try {
    for (const connection of entries.connections ?? []) {
      const identifier = String(connection.identifier);
      const source = data === null ? null : join(data, identifier);
      const place = { identifier, home, source: source !== null && existsSync(source) ? source : null };
      const target = await targetOf(ground, place, connection, systems[identifier] ?? null);
      if (target !== null) made.set(identifier, target);
    }
  } catch (error) {
    for (const target of made.values()) await target.stop();
    throw error;
  }
  const tables = [...made.values()].flatMap((target) => target.tables);
  return {
    settings: Object.fromEntries([...made].map(([identifier, target]) => [identifier, target.settings])),
    tables,
    table: (name) => findTable(tables, name),
    connection: (name) => made.get(name) ?? null,
    stop: async () => {
      for (const target of made.values()) await target.stop();
    },
  };
}

async function targetOf(
  ground: StoryGround,
  place: Place,
  { package: packageName, settings }: Entries[string][number],
  running: Readonly<Record<string, unknown>> | null,
): Promise<Target | null> {
  if (running !== null) {
    const whole = { ...(settings as object), ...running };
    const system = await runningSystem(place.identifier, String(packageName), whole, place.home);
    if (place.source !== null) await fill(system.tables, place.source);
    return system;
  }
  if (packageName === 'csv') return fileTarget(place, settings);
  return packageName === 'sql' ? databaseTarget(ground, place, settings) : null;
}

function findTable(tables: readonly Table[], name: string): Table {
  const found = tables.filter(({ connection, objectType }) =>
    [objectType, `${connection}/${objectType}`].includes(name),
  );
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const known = tables.map(({ connection, objectType }) => `${connection}/${objectType}`).join(', ');
  throw new Error(
    found.length === 0
      ? `there is no object type «${name}»; there are ${known}`
      : `«${name}» is in several connections; write one of ${known}`,
  );
}

interface Place {
  readonly identifier: string;
  readonly home: string;
  readonly source: string | null;
}

async function fileTarget({ identifier, home, source }: Place, settings: unknown): Promise<Target> {
  const { objectTypes, path: _path, ...rest } = csvSettings.parse(settings);
  const folder = join(home, 'targets', identifier);
  let present = folder;
  await mkdir(folder, { recursive: true });
  if (source !== null) await cp(source, folder, { recursive: true });
  for (const type of objectTypes) {
    const file = join(folder, fileNameOf(type));
    // A file that nobody brings is empty but for its header.
    const header = [type.key, ...(type.columns ?? []).map(({ name, column }) => column ?? name)];
    if (!existsSync(file)) await writeFile(file, `${[...new Set(header)].join(type.delimiter ?? ',')}\n`);
  }
  const named = objectTypes.map((type) => ({ ...type, file: fileNameOf(type) }));
  return {
    tables: objectTypes.map((type) => csvTable(identifier, type, () => present)),
    settings: { ...rest, folder, objectTypes: named },
    turn: async (isUp) => {
      const next = isUp ? folder : `${folder}.away`;
      if (next !== present) await rename(present, next);
      present = next;
    },
    stop: async () => undefined,
  };
}

async function databaseTarget(ground: StoryGround, place: Place, settings: unknown): Promise<Target> {
  const { identifier, home, source } = place;
  const { objectTypes } = sqlSettings.parse(settings);
  const database = await ground.create('empty');
  const address = new URL(database.url);
  const proxy = await startProxy({ host: address.hostname, port: Number(address.port || 5432) });
  const folder = join(home, 'targets', identifier);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'password'), decodeURIComponent(address.password), { mode: 0o600 });
  const schema = source === null ? null : join(source, 'schema.sql');
  if (schema !== null && existsSync(schema)) await database.client.query(await readFile(schema, 'utf8'));
  else await makeTables(database.client, objectTypes);
  const tables = objectTypes.map((type) => sqlTable(identifier, type, database.client));
  if (source !== null) await fill(tables, source);
  return {
    tables,
    settings: {
      host: '127.0.0.1',
      port: proxy.port,
      database: database.name,
      user: decodeURIComponent(address.username),
      password: { $file: join('targets', identifier, 'password') },
    },
    turn: (isUp) => proxy.turn(isUp),
    stop: async () => {
      await proxy.stop();
      await database.drop();
    },
  };
}

/** `<object type>.csv` with names of attributes and links as header. Rows without links first, for those that lead to them. */
async function fill(tables: readonly Table[], source: string): Promise<void> {
  const read = await Promise.all(
    tables.map(async (table) => ({ table, rows: await rowsIn(join(source, `${table.objectType}.csv`)) })),
  );
  const hasLinks = (rows: readonly (readonly [string, Row])[]): boolean =>
    rows.some(([, row]) => Object.values(row).some((cell) => typeof cell !== 'string'));
  for (const { table, rows } of read.toSorted(
    (left, right) => Number(hasLinks(left.rows)) - Number(hasLinks(right.rows)),
  ))
    await table.write(new Map(rows));
}

/** The first column is the key; a column named `name[]` holds keys separated by semicolons. */
async function rowsIn(path: string): Promise<readonly (readonly [string, Row])[]> {
  if (!existsSync(path)) return [];
  const [header = [], ...lines] = parse(await readFile(path, 'utf8'), { bom: true });
  return lines.map((line) => [
    line[0] ?? '',
    Object.fromEntries(
      header.map((name, index) =>
        name.endsWith('[]')
          ? [
              name.slice(0, -2),
              (line[index] ?? '')
                .split(';')
                .filter((key) => key !== '')
                .toSorted(),
            ]
          : [name, line[index] ?? ''],
      ),
    ),
  ]);
}
