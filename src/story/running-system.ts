// A real system that runs already, as a managed system of a story: an empty place of its own, behind a line that can be
// taken down. Owns that two stories never share a place at the same time.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  callContext,
  type ConnectorPackageDefinition,
  loadConnectorPackage,
  secretSettings,
} from '@joinery/connector-kit';
import { emptyTables, packageTables } from './package-table.js';
import { type Proxy, startProxy } from './proxy.js';
import type { Table } from './table.js';

export interface RunningSystem {
  readonly tables: readonly Table[];
  /** What replaces the settings of the connection in the program's configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
  turn(isUp: boolean): Promise<void>;
  stop(): Promise<void>;
}

type Settings = Readonly<Record<string, unknown>>;

const patienceMs = 60_000;

/** Place → the story that has it now. */
const takenPlaces = new Map<string, Promise<void>>();

/** `home`: folder of the program; secrets are put below it. `settings`: complete, with their secrets. */
export async function runningSystem(
  identifier: string,
  packageName: string,
  settings: Settings,
  home: string,
): Promise<RunningSystem> {
  const leave = await take(JSON.stringify([packageName, settings]));
  try {
    return await opened(identifier, packageName, settings, home, leave);
  } catch (error) {
    leave();
    throw error;
  }
}

async function take(place: string): Promise<() => void> {
  for (let holder = takenPlaces.get(place); holder !== undefined; holder = takenPlaces.get(place)) await holder;
  let leave: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (leave = resolve));
  takenPlaces.set(place, held);
  return () => {
    takenPlaces.delete(place);
    leave();
  };
}

async function opened(
  identifier: string,
  packageName: string,
  settings: Settings,
  home: string,
  leave: () => void,
): Promise<RunningSystem> {
  const definition = await loadConnectorPackage(packageName);
  const session = await definition.open(settings);
  const types = await session.describe(callContext(patienceMs));
  await emptyTables(identifier, session, types);
  const line = await lineTo(settings);
  const placed = await secretsApart(identifier, definition, { ...settings, ...line?.settings }, home);
  return {
    tables: packageTables(identifier, session, types),
    settings: placed,
    turn: async (isUp) => {
      if (line === null) throw new Error(`the connection ${identifier} has no address that can be taken down`);
      await line.proxy.turn(isUp);
    },
    stop: async () => {
      await line?.proxy.stop();
      await session.close();
      leave();
    },
  };
}

/** The program reaches the system through a proxy, by host and port or by the address of a service. */
async function lineTo(settings: Settings): Promise<{ readonly proxy: Proxy; readonly settings: Settings } | null> {
  const { host, port } = settings;
  if (typeof host === 'string' && typeof port === 'number') {
    const proxy = await startProxy({ host, port });
    return { proxy, settings: { host: '127.0.0.1', port: proxy.port } };
  }
  const [name, address] = Object.entries(settings).find(([, value]) => isAddress(value)) ?? [];
  if (name === undefined) return null;
  const url = new URL(String(address));
  const proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
  url.host = `127.0.0.1:${proxy.port}`;
  return { proxy, settings: { [name]: url.href.replace(/\/$/, '') } };
}

const isAddress = (value: unknown): boolean => typeof value === 'string' && /^https?:\/\/[^/]+:\d+/.test(value);

/** Secrets may not stand in files of a configuration: each gets a file of its own. */
async function secretsApart(
  identifier: string,
  { settingsSchema }: ConnectorPackageDefinition,
  settings: Settings,
  home: string,
): Promise<Settings> {
  const folder = join('targets', identifier);
  await mkdir(join(home, folder), { recursive: true });
  const placed: Record<string, unknown> = { ...settings };
  for (const name of secretSettings(settingsSchema)) {
    if (typeof settings[name] !== 'string') continue;
    await writeFile(join(home, folder, name), settings[name], { mode: 0o600 });
    placed[name] = { $file: join(folder, name) };
  }
  return placed;
}
