// A folder of CSV files as the conformance suite wants it; an independent CSV library is the test's own hand on it.
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceTarget, ScalarValue } from '@joinery/connector-kit';
import csv from '@joinery/connector-csv';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { withLock } from '../src/lock.js';

/** How the files of the target are written. */
export interface CsvDialect {
  readonly delimiter: ',' | ';';
  readonly lineEnd: '\n' | '\r\n';
  readonly byteOrderMark: '' | '\uFEFF';
}

const accountHeader = ['id', 'name', 'note', 'mail', 'groups'] as const;

export function csvConformanceTarget(root: string, dialect: CsvDialect): ConformanceTarget {
  const folder = join(root, 'live');
  const accounts = join(folder, 'accounts.csv');
  const groups = join(folder, 'groups.csv');
  const lines = (rows: readonly (readonly ScalarValue[])[]): string =>
    stringify(
      rows.map((row) => [...row]),
      { delimiter: dialect.delimiter, record_delimiter: dialect.lineEnd, quoted_match: /[\r\n]/ },
    );
  const records = (): Record<string, string>[] =>
    parse(readFileSync(accounts), {
      columns: true,
      bom: true,
      delimiter: dialect.delimiter,
      record_delimiter: dialect.lineEnd,
    });
  const rewrite = (edit: (record: Record<string, string>) => Record<string, string> | null): void => {
    const changed = records()
      .map(edit)
      .filter((record) => record !== null);
    const rows = changed.map((record) => accountHeader.map((name) => record[name] ?? ''));
    writeFileSync(accounts, dialect.byteOrderMark + lines([accountHeader, ...rows]));
  };
  return {
    connector: csv,
    settings: {
      folder,
      delimiter: dialect.delimiter,
      objectTypes: [
        {
          name: 'account',
          file: 'accounts.csv',
          key: 'id',
          columns: [{ name: 'id' }, { name: 'name' }, { name: 'mail' }],
          links: [{ name: 'groups', targetObjectType: 'group' }],
        },
        { name: 'group', file: 'groups.csv', key: 'id' },
      ],
    },
    objectType: 'account',
    attributes: ['name', 'mail'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(accounts, dialect.byteOrderMark + lines([accountHeader]));
      writeFileSync(groups, dialect.byteOrderMark + lines([['id', 'name']]));
    },
    outside: {
      insert: async (rows) =>
        appendFileSync(
          accounts,
          lines(rows.map(({ key, attributes }) => [key, attributes.name ?? '', 'kept', attributes.mail ?? '', ''])),
        ),
      keys: async () => records().map((record) => record.id ?? ''),
    },
    link: {
      objectType: 'account',
      name: 'groups',
      memberKey: (n) => `g${n}`,
      prepare: async () => undefined,
      addFromOutside: async (key, member) =>
        rewrite((record) => (record.id === key ? { ...record, groups: `${record.groups};${member}` } : record)),
      removeFromOutside: async (key, member) =>
        rewrite((record) => (record.id === key ? { ...record, groups: without(record.groups, member) } : record)),
    },
    incremental: {
      change: async (key, attributes) =>
        rewrite((record) => (record.id === key ? { ...record, ...textOf(attributes) } : record)),
      remove: async (key) => rewrite((record) => (record.id === key ? null : record)),
      rename: async (key, to) => rewrite((record) => (record.id === key ? { ...record, id: to } : record)),
      corruptCookies: ['', 'file-1', 'file-1~x~{}~y', 'comparison-1.x.y'],
    },
    outage: {
      start: async () => renameSync(folder, `${folder}.away`),
      stop: async () => renameSync(`${folder}.away`, folder),
    },
    hang: { ...heldLock(accounts), of: 'writes' },
    brokenListing: {
      start: async () => appendFileSync(accounts, `u9${dialect.delimiter}"cut off in the mid`),
      stop: async () => undefined,
    },
  };
}

function without(groups: string | undefined, member: string): string {
  return (groups ?? '')
    .split(';')
    .filter((group) => group !== member)
    .join(';');
}

function textOf(attributes: Readonly<Record<string, ScalarValue>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value ?? '')]));
}

// A process that stands still while it writes: its lock is there and its owner lives.
function heldLock(path: string): { start(): Promise<void>; stop(): Promise<void> } {
  let letGo: () => void = () => undefined;
  let held: Promise<void> = Promise.resolve();
  return {
    start: () =>
      new Promise((resolve) => {
        held = withLock(path, new AbortController().signal, async () => {
          resolve();
          await new Promise<void>((release) => {
            letGo = release;
          });
        });
      }),
    stop: async () => {
      letGo();
      await held;
      if (!existsSync(path)) throw new Error('the lock test must not touch the file');
    },
  };
}
