// A drop folder, the program that takes documents from it, and sessions on it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApplyOutcome,
  callContext,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
} from '@joinery/connector-kit';
import { type JsonOptions, openJsonSession } from '../src/session.js';
import { jsonSettings } from '../src/settings.js';

export interface Document {
  readonly id: string;
  readonly operation: Delta['kind'];
  readonly objectType: string;
  readonly key: string;
  readonly set: Readonly<Record<string, unknown>>;
  readonly add: Readonly<Record<string, readonly string[]>>;
  readonly remove: Readonly<Record<string, readonly string[]>>;
  readonly omitted: readonly string[];
  readonly at: string;
}

export interface Folder {
  readonly root: string;
  readonly path: string;
  readonly acknowledgements: string;
  /** Names of the documents that wait, in their order. */
  names(): readonly string[];
  documents(): readonly Document[];
  /** Takes all documents away, as the other program does. */
  take(): readonly Document[];
  /** What lies in the drop folder that is no document and not the journal. */
  leftovers(): readonly string[];
  acknowledge(name: string, answer: Readonly<Record<string, unknown>> | string): void;
  remove(): void;
}

export function makeFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), 'json-'));
  const [path, acknowledgements] = [join(root, 'drop'), join(root, 'answers')];
  mkdirSync(path);
  mkdirSync(acknowledgements);
  const names = (): readonly string[] =>
    readdirSync(path)
      .filter((name) => !name.startsWith('.'))
      .sort();
  const read = (name: string): Document => JSON.parse(readFileSync(join(path, name), 'utf8')) as Document;
  return {
    root,
    path,
    acknowledgements,
    names,
    documents: () => names().map(read),
    take: () =>
      names().map((name) => {
        const document = read(name);
        unlinkSync(join(path, name));
        return document;
      }),
    leftovers: () => readdirSync(path).filter((name) => name.startsWith('.') && name !== '.joinery'),
    acknowledge: (name, answer) =>
      writeFileSync(join(acknowledgements, name), typeof answer === 'string' ? answer : JSON.stringify(answer)),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export function settingsOf(folder: Folder, more: ConnectorSettings = {}): ConnectorSettings {
  return {
    folder: folder.path,
    objectTypes: [
      {
        name: 'user',
        key: 'login',
        attributes: [
          { name: 'mail' },
          { name: 'floor', type: 'number' },
          { name: 'password', writeOnly: true },
          { name: 'note' },
        ],
        links: [{ name: 'groups', targetObjectType: 'user' }],
      },
    ],
    ...more,
  };
}

export function openFolder(folder: Folder, more: ConnectorSettings = {}, options: JsonOptions = {}): ConnectorSession {
  return openJsonSession(jsonSettings(settingsOf(folder, more)), options);
}

const nothing = { set: {}, add: {}, remove: {} } as const;

export const create = (key: string, set: Delta['set'] = {}): Delta => ({
  ...nothing,
  kind: 'create',
  objectType: 'user',
  key,
  set,
});

export const update = (key: string, change: Partial<Pick<Delta, 'set' | 'add' | 'remove'>>): Delta => ({
  ...nothing,
  kind: 'update',
  objectType: 'user',
  key,
  ...change,
});

export async function apply(
  session: ConnectorSession,
  delta: Delta,
  idempotencyKey: string,
  timeoutMs = 20_000,
): Promise<ApplyOutcome> {
  return session.apply(delta, { ...callContext(timeoutMs), idempotencyKey });
}
