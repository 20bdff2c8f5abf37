// Files of a test and sessions on them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApplyOutcome,
  callContext,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
  type TargetObject,
} from '@joinery/connector-kit';
import { type LdifOptions, openLdifSession } from '../src/session.js';
import { ldifSettings } from '../src/settings.js';

export const people = 'ou=people,dc=example,dc=org';
export const groups = 'ou=groups,dc=example,dc=org';

export const objectTypes = [
  {
    name: 'person',
    objectClasses: ['inetOrgPerson'],
    base: people,
    key: 'uid',
    attributes: [
      { name: 'name', attribute: 'cn', required: true },
      { name: 'surname', attribute: 'sn' },
      { name: 'note', attribute: 'description' },
      { name: 'password', attribute: 'userPassword', writeOnly: true },
    ],
  },
  {
    name: 'group',
    objectClasses: ['groupOfNames'],
    base: groups,
    key: 'cn',
    links: [{ name: 'members', attribute: 'member', targetObjectType: 'person' }],
  },
];

export interface Folder {
  readonly path: string;
  readonly exported: string;
  readonly changes: string;
  write(text: string | Uint8Array): void;
  text(): string;
  remove(): void;
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'ldif-'));
  const [exported, changes] = [join(path, 'export.ldif'), join(path, 'changes.ldif')];
  return {
    path,
    exported,
    changes,
    write: (text) => writeFileSync(exported, text),
    text: () => readFileSync(changes, 'utf8'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function openExport(folder: Folder, more: ConnectorSettings = {}): ConnectorSession {
  return openLdifSession(ldifSettings({ mode: 'content', file: folder.exported, objectTypes, ...more }));
}

export function openChanges(folder: Folder, more: ConnectorSettings = {}, options: LdifOptions = {}): ConnectorSession {
  return openLdifSession(ldifSettings({ mode: 'changes', changeFile: folder.changes, objectTypes, ...more }), options);
}

export async function listAll(session: ConnectorSession, objectType: string): Promise<readonly TargetObject[]> {
  const rows: TargetObject[] = [];
  for await (const page of session.list(objectType, callContext(20_000))) rows.push(...page.objects);
  return rows;
}

const nothing = { set: {}, add: {}, remove: {} } as const;

export const create = (objectType: string, key: string, change: Partial<Pick<Delta, 'set' | 'add'>>): Delta => ({
  ...nothing,
  kind: 'create',
  objectType,
  key,
  ...change,
});

export const update = (
  objectType: string,
  key: string,
  change: Partial<Pick<Delta, 'set' | 'add' | 'remove'>>,
): Delta => ({ ...nothing, kind: 'update', objectType, key, ...change });

export const deletion = (objectType: string, key: string): Delta => ({ ...nothing, kind: 'delete', objectType, key });

export async function apply(session: ConnectorSession, delta: Delta, idempotencyKey: string): Promise<ApplyOutcome> {
  return session.apply(delta, { ...callContext(20_000), idempotencyKey });
}
