// An exported file as the conformance suite wants it, written by the test's own hand, every value in base64 or plain.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceTarget, OutsideRow } from '@joinery/connector-kit';
import ldif from '@joinery/connector-ldif';

interface Entry {
  readonly attributes: OutsideRow['attributes'];
  readonly teams: readonly string[];
}

const people = 'ou=people,dc=example,dc=org';
const teams = 'ou=teams,dc=example,dc=org';
const line = (name: string, value: string): string =>
  /^[a-z][a-z0-9 ,=@.]*$/.test(value) && !value.endsWith(' ')
    ? `${name}: ${value.slice(0, 40)}${value.length > 40 ? `\n ${value.slice(40)}` : ''}\n`
    : `${name}:: ${Buffer.from(value).toString('base64')}\n`;

export function ldifConformanceTarget(root: string): ConformanceTarget {
  const folder = join(root, 'live');
  const path = join(folder, 'export.ldif');
  const entries = new Map<string, Entry>();
  let teamCount = 0;
  const save = async (): Promise<void> => {
    const texts = [...entries].map(([key, { attributes, teams: memberships }]) =>
      [
        line('dn', `uid=${key},${people}`),
        'objectClass: top\nobjectClass: inetOrgPerson\n',
        line('uid', key),
        ...Object.entries(attributes).map(([name, value]) =>
          value === null ? '' : line(name === 'name' ? 'cn' : name, String(value)),
        ),
        ...memberships.map((team) => line('seeAlso', `cn=${team} , ${teams.toUpperCase()}`)),
      ].join(''),
    );
    const groups = Array.from({ length: teamCount }, (_unused, n) =>
      line('dn', `cn=t${n},${teams}`).concat('objectClass: organizationalRole\n', line('cn', `t${n}`)),
    );
    writeFileSync(path, ['version: 1\n# an export\n', ...texts, ...groups].map((text) => `${text}\n`).join(''));
  };
  const change = async (key: string, edit: (entry: Entry) => Entry): Promise<void> => {
    entries.set(key, edit(entries.get(key) ?? { attributes: {}, teams: [] }));
    await save();
  };
  const cannotShow = Object.fromEntries(
    (['CREATE', 'UPDATE', 'DELETE', 'IDEMPOTENT_WRITES'] as const).map((capability) => [
      capability,
      'an export is only read; change records are the other mode',
    ]),
  );
  return {
    connector: ldif,
    settings: {
      mode: 'content',
      file: path,
      objectTypes: [
        {
          name: 'account',
          objectClasses: ['inetOrgPerson'],
          base: people,
          key: 'uid',
          attributes: [{ name: 'name', attribute: 'cn' }, { name: 'mail' }],
          links: [{ name: 'teams', attribute: 'seeAlso', targetObjectType: 'team' }],
        },
        { name: 'team', objectClasses: ['organizationalRole'], key: 'cn' },
      ],
    },
    cannotShow,
    objectType: 'account',
    attributes: ['name', 'mail'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      mkdirSync(folder, { recursive: true });
      entries.clear();
      teamCount = 0;
      await save();
    },
    outside: {
      insert: async (rows) => {
        for (const { key, attributes } of rows) entries.set(key, { attributes, teams: [] });
        await save();
      },
      keys: async () => [...entries.keys()],
    },
    link: {
      objectType: 'account',
      name: 'teams',
      memberKey: (n) => `t${n}`,
      prepare: async (count) => {
        teamCount = Math.max(teamCount, count);
        await save();
      },
      addFromOutside: (key, member) => change(key, (entry) => ({ ...entry, teams: [...entry.teams, member] })),
      removeFromOutside: (key, member) =>
        change(key, (entry) => ({ ...entry, teams: entry.teams.filter((known) => known !== member) })),
    },
    incremental: {
      change: (key, attributes) =>
        change(key, (entry) => ({ ...entry, attributes: { ...entry.attributes, ...attributes } })),
      remove: async (key) => {
        entries.delete(key);
        await save();
      },
      rename: async (key, to) => {
        const entry = entries.get(key);
        entries.delete(key);
        await change(to, () => entry ?? { attributes: {}, teams: [] });
      },
      corruptCookies: ['', 'file-1', 'file-1~x~{}~y', 'comparison-1.x.y'],
    },
    outage: {
      start: async () => renameSync(folder, `${folder}.away`),
      stop: async () => renameSync(`${folder}.away`, folder),
    },
    brokenListing: {
      start: async () => {
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.slice(0, text.length / 2));
      },
      stop: async () => undefined,
    },
  };
}
