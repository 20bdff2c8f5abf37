// Files of a test and sessions on them, with the probes that the connector itself never has.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type ApplyOutcome,
  callContext,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
} from '@joinery/connector-kit';
import type { ReplaceOptions } from '../src/replace.js';
import { openCsvSession } from '../src/session.js';
import { csvSettings } from '../src/settings.js';

export interface Folder {
  readonly path: string;
  readonly file: string;
  write(text: string | Buffer): void;
  text(): string;
  /** What lies beside the file that a finished write must not leave. */
  leftovers(): readonly string[];
  remove(): void;
}

export function makeFolder(fileName = 'users.csv'): Folder {
  const path = mkdtempSync(join(tmpdir(), 'csv-'));
  const file = join(path, fileName);
  return {
    path,
    file,
    write: (text) => writeFileSync(file, text),
    text: () => readFileSync(file, 'utf8'),
    leftovers: () => readdirSync(path).filter((name) => name !== basename(file)),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function settingsOf(folder: Folder, more: ConnectorSettings = {}): ConnectorSettings {
  return { path: folder.file, objectTypes: [{ name: 'user', key: 'id' }], ...more };
}

export function openFolder(
  folder: Folder,
  options: ReplaceOptions = {},
  more: ConnectorSettings = {},
): ConnectorSession {
  return openCsvSession(csvSettings(settingsOf(folder, more)), options);
}

export function update(key: string, set: Delta['set']): Delta {
  return { kind: 'update', objectType: 'user', key, set, add: {}, remove: {} };
}

export function create(key: string, set: Delta['set'] = {}): Delta {
  return { ...update(key, set), kind: 'create' };
}

export function deletion(key: string): Delta {
  return { ...update(key, {}), kind: 'delete' };
}

export async function apply(session: ConnectorSession, delta: Delta): Promise<ApplyOutcome> {
  return session.apply(delta, { ...callContext(20_000), idempotencyKey: `${delta.kind} ${delta.key}` });
}
