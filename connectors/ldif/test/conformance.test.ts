// The LDIF package passes the conformance suite: reading an export, and writing change records.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { ConformanceTarget } from '@joinery/connector-kit';
import ldif from '@joinery/connector-ldif';
import { describeConformance } from '../../../test/support/conformance.js';
import { ldifConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'ldif-connector-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeConformance('ldif export', ldifConformanceTarget(folder));

const drop = join(folder, 'drop');
const base = 'ou=people,dc=example,dc=org';
/** What imports the files, as far as the suite looks: which entries there are. */
const entries = new Set<string>();

function importFiles(): void {
  if (!existsSync(drop)) return;
  for (const name of readdirSync(drop)
    .filter((file) => !file.startsWith('.'))
    .sort()) {
    const text = readFileSync(join(drop, name), 'utf8');
    const key = /^dn: uid=(.*?),ou=/m.exec(text)?.[1] ?? '';
    if (text.includes('changetype: delete')) entries.delete(key);
    else entries.add(key);
    unlinkSync(join(drop, name));
  }
}

const reason = 'change records are only written; exports are the other mode';
const target: ConformanceTarget = {
  connector: ldif,
  settings: {
    mode: 'changes',
    changeFolder: drop,
    objectTypes: [
      {
        name: 'account',
        objectClasses: ['inetOrgPerson'],
        base,
        key: 'uid',
        attributes: [{ name: 'cn' }, { name: 'mail' }],
      },
    ],
  },
  cannotShow: { READ_ONE: reason, EXPORT_COMPLETE: reason, EXPORT_INCREMENTAL: reason },
  objectType: 'account',
  attributes: ['cn', 'mail'],
  key: (n) => `u${n}`,
  reset: async () => {
    mkdirSync(drop, { recursive: true });
    importFiles();
    entries.clear();
  },
  outside: {
    insert: async (rows) => {
      for (const { key } of rows) entries.add(key);
    },
    keys: async () => {
      importFiles();
      return [...entries];
    },
  },
  outage: {
    start: async () => renameSync(drop, `${drop}.away`),
    stop: async () => renameSync(`${drop}.away`, drop),
  },
};

describeConformance('ldif changes', target);
