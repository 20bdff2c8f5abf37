// The company of a story: finds its files, lays the story's own entries over the configuration, and turns every file and
// database connection to the story's own copies. Owns the effective configuration; what targets hold is target.ts'.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { readCompany, type Reading, type StoryFile } from './file.js';
import type { Overlay } from './shape.js';

type Entry = Readonly<Record<string, unknown>>;
/** Kind of entries → entries, as the files say them. */
export type Entries = Readonly<Record<string, readonly Entry[]>>;

export interface StoryCompany {
  readonly entries: Entries;
  /** Folder of data, or null when there is none: <connection>/<file>. */
  readonly data: string | null;
  readonly zone: string;
  /** Local instant. */
  readonly start: string;
  /** Systems that run already: connection → settings, every value in its place. */
  readonly systems: SettingsOf;
}

/** The service by which the runner looks on; it is added to every company. */
export const onlooker = 'story';

/** `fallback`: the folder given to the command, for stories that name no company and have none above them. */
export async function companyOf(
  { path, story }: StoryFile,
  fallback: string,
  variable: (name: string) => string | undefined,
): Promise<Reading<StoryCompany>> {
  const place = story.company === undefined ? nearest(dirname(path), fallback) : resolve(dirname(path), story.company);
  const isFile = /\.ya?ml$/.test(place);
  const read = isFile ? await readCompany(place) : ({ ok: true, value: {} } as const);
  if (!read.ok) return read;
  const folder = isFile ? dirname(place) : place;
  const data = resolve(folder, read.value.data ?? 'data');
  const configuration = resolve(folder, read.value.configuration ?? 'configuration');
  if (!existsSync(configuration))
    throw new Error(
      `there is no configuration in ${configuration}; name the company with company:, or put a company.yaml above the story`,
    );
  const own = await entriesIn(configuration);
  return {
    ok: true,
    value: {
      entries: overlaid(overlaid(own, read.value.overlay ?? {}), story.configuration ?? {}),
      data: existsSync(data) ? data : null,
      zone: story.zone ?? read.value.zone ?? 'Europe/Paris',
      start: story.start ?? read.value.start ?? '2027-03-01T09:00',
      systems: placedSettings(read.value.systems ?? {}, folder, variable),
    },
  };
}

/** Throws an error that names the variable or file that is missing. */
function placedSettings(
  systems: SettingsOf,
  folder: string,
  variable: (name: string) => string | undefined,
): SettingsOf {
  const placed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(placed);
    if (typeof value !== 'object' || value === null) return value;
    if ('$file' in value) return readFileSync(resolve(folder, String(value.$file)), 'utf8').trimEnd();
    if ('$env' in value) return fromEnvironment(String(value.$env), variable);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, placed(inner)]));
  };
  return Object.fromEntries(
    Object.entries(systems).map(([name, settings]) => [name, placed(settings) as SettingsOf[string]]),
  );
}

/** A number where it is one: ports are numbers in settings. */
function fromEnvironment(name: string, variable: (name: string) => string | undefined): string | number {
  const value = variable(name);
  if (value === undefined)
    throw new Error(`the environment variable ${name} is not set; it says where a system of this company runs`);
  return /^\d+$/.test(value) ? Number(value) : value;
}

function nearest(folder: string, fallback: string): string {
  const file = join(folder, 'company.yaml');
  if (existsSync(file)) return file;
  if (existsSync(join(folder, 'configuration'))) return folder;
  return folder === fallback || dirname(folder) === folder ? fallback : nearest(dirname(folder), fallback);
}

async function entriesIn(folder: string): Promise<Entries> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.ya?ml$/.test(name)).sort();
  const files = await Promise.all(
    names.map(async (name) => parse(await readFile(join(folder, name), 'utf8')) as unknown),
  );
  const entries: Record<string, readonly Entry[]> = {};
  for (const file of files) {
    for (const [kind, list] of Object.entries((file ?? {}) as Readonly<Record<string, readonly Entry[] | null>>))
      entries[kind] = [...(entries[kind] ?? []), ...(list ?? [])];
  }
  return entries;
}

/** Entries by identifier: keys given replace keys, `absent` removes, what is new is appended. */
export function overlaid(entries: Entries, overlay: Overlay): Entries {
  const changed = Object.entries(overlay).map(([kind, list]) => [kind, list.reduce(laidOver, entries[kind] ?? [])]);
  return { ...entries, ...(Object.fromEntries(changed) as Entries) };
}

function laidOver(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const isSame = (other: Entry): boolean => nameOf(other) === nameOf(entry);
  if (entry.absent === true) return entries.filter((other) => !isSame(other));
  return entries.some(isSame)
    ? entries.map((other) => (isSame(other) ? { ...other, ...entry } : other))
    : [...entries, entry];
}

const nameOf = (entry: Entry): unknown => entry.identifier ?? entry.profile;

/** What the story's own copies of the managed systems are reached by: connection → settings that replace those of the files. */
export type SettingsOf = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Writes the configuration that the program reads. Jobs lose their schedules: in a story, only the story lets time pass. */
export async function writeConfiguration(folder: string, entries: Entries, settings: SettingsOf): Promise<void> {
  const connections = (entries.connections ?? []).map((connection) => ({
    ...connection,
    settings: { ...(connection.settings as object), ...settings[String(connection.identifier)] },
  }));
  const jobs = (entries.jobs ?? []).map(({ schedule: _schedule, ...job }) => job);
  const serviceAccounts = [
    ...(entries.serviceAccounts ?? []),
    { identifier: onlooker, displayName: 'Story', profiles: ['administrator'] },
  ];
  await mkdir(folder, { recursive: true });
  // JSON is YAML.
  await writeFile(
    join(folder, 'story.yaml'),
    JSON.stringify({ ...entries, connections, jobs, serviceAccounts }, null, 1),
  );
}
