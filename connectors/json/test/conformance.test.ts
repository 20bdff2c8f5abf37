// The JSON package passes what of the conformance suite concerns a system that is only written to.
import { existsSync, renameSync } from 'node:fs';
import { afterAll } from '@jest/globals';
import type { ConformanceTarget } from '@joinery/connector-kit';
import json from '@joinery/connector-json';
import { describeConformance } from '../../../test/support/conformance.js';
import { type Document, type Folder, makeFolder, settingsOf } from './folder.js';

const folder: Folder = makeFolder();
afterAll(() => folder.remove());

/** The other program: it takes documents whenever somebody looks at its rows. */
const rows = new Set<string>();

function work(): void {
  if (!existsSync(folder.path)) return;
  for (const { operation, key } of folder.take() satisfies readonly Document[]) {
    if (operation === 'delete') rows.delete(key);
    else rows.add(key);
  }
}

const target: ConformanceTarget = {
  connector: json,
  settings: settingsOf(folder),
  objectType: 'user',
  attributes: ['mail', 'note'],
  key: (n) => `u${n}`,
  reset: async () => {
    folder.take();
    rows.clear();
  },
  outside: {
    insert: async (inserted) => {
      for (const { key } of inserted) rows.add(key);
    },
    keys: async () => {
      work();
      return [...rows];
    },
  },
  outage: {
    start: async () => renameSync(folder.path, `${folder.path}.away`),
    stop: async () => renameSync(`${folder.path}.away`, folder.path),
  },
};

describeConformance('json documents', target);
