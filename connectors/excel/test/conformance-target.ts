// A folder with a workbook as the conformance suite wants it; another program's library is the test's own hand on it.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformanceTarget, OutsideRow } from '@joinery/connector-kit';
import excel from '@joinery/connector-excel';
import { writeWorkbook } from './workbook-file.js';

const headers = ['Id', 'Name', 'Mail', 'Groups'] as const;

interface Line {
  readonly name: string | null;
  readonly mail: string | null;
  readonly groups: string;
}

export function excelConformanceTarget(root: string): ConformanceTarget {
  const folder = join(root, 'live');
  const path = join(folder, 'people.xlsx');
  const lines = new Map<string, Line>();
  const save = (): Promise<void> =>
    writeWorkbook(path, [
      { name: 'Notes', rows: [['Kept by the personnel office']] },
      {
        name: 'People',
        rows: [[...headers], ...[...lines].map(([key, line]) => [key, line.name, line.mail, line.groups])],
      },
      { name: 'Groups', rows: [['Id', 'Title']] },
    ]);
  const put = (key: string, attributes: OutsideRow['attributes']): void => {
    const before = lines.get(key) ?? { name: null, mail: null, groups: '' };
    lines.set(key, { ...before, ...(attributes as Partial<Line>) });
  };
  return {
    connector: excel,
    settings: {
      path,
      objectTypes: [
        {
          name: 'person',
          sheet: 'People',
          key: 'Id',
          columns: [
            { name: 'id', header: 'Id' },
            { name: 'name', header: 'Name' },
            { name: 'mail', header: 'Mail' },
          ],
          links: [{ name: 'groups', header: 'Groups', targetObjectType: 'group' }],
        },
        { name: 'group', sheet: 3, key: 'Id' },
      ],
    },
    objectType: 'person',
    attributes: ['name', 'mail'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      mkdirSync(folder, { recursive: true });
      lines.clear();
      await save();
    },
    outside: {
      insert: async (rows) => {
        for (const { key, attributes } of rows) put(key, attributes);
        await save();
      },
      keys: async () => [...lines.keys()],
    },
    link: {
      objectType: 'person',
      name: 'groups',
      memberKey: (n) => `g${n}`,
      prepare: async () => undefined,
      addFromOutside: async (key, member) => {
        put(key, { groups: [...membersOf(lines.get(key)), member].join('; ') });
        await save();
      },
      removeFromOutside: async (key, member) => {
        put(key, {
          groups: membersOf(lines.get(key))
            .filter((known) => known !== member)
            .join('; '),
        });
        await save();
      },
    },
    incremental: {
      change: async (key, attributes) => {
        put(key, attributes);
        await save();
      },
      remove: async (key) => {
        lines.delete(key);
        await save();
      },
      rename: async (key, to) => {
        put(to, { ...lines.get(key) });
        lines.delete(key);
        await save();
      },
      corruptCookies: ['', 'file-1', 'file-1~x~{}~y', 'comparison-1.x.y'],
    },
    unsupportedText: ['__proto__', 'constructor'].map((text) => ({
      text,
      reason: 'the library that writes the workbooks of the test loses it; see workbook.test.ts',
    })),
    outage: {
      start: async () => renameSync(folder, `${folder}.away`),
      stop: async () => renameSync(`${folder}.away`, folder),
    },
    brokenListing: {
      start: async () => writeFileSync(path, readFileSync(path).subarray(0, 2_000)),
      stop: async () => undefined,
    },
  };
}

function membersOf(line: Line | undefined): readonly string[] {
  return (line?.groups ?? '').split('; ').filter((member) => member !== '');
}
