// Packages on disk: which are found, and the report of the conformance suite beside their code.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conformanceOf, installedNames } from '../../src/adapters/installed-package.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joinery-installed-'));
  for (const name of ['connector-scim', 'connector-csv', 'connector-kit', 'http-client'])
    await mkdir(join(folder, '@joinery', name), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

test('connector packages are found by their folders, wherever Node looks, and nothing else is', async () => {
  expect(await installedNames(['/nowhere', folder, folder])).toEqual(['csv', 'scim']);
  expect(await installedNames()).toEqual(expect.arrayContaining(['csv', 'internal', 'ticket']));
});

test('a report is read as `npm run conformance` writes it, with the kit that the package was made with', async () => {
  const own = join(folder, '@joinery/connector-csv');
  await writeFile(join(own, 'package.json'), JSON.stringify({ dependencies: { '@joinery/connector-kit': '0.1.0' } }));
  const report = {
    package: 'csv',
    version: '0.1.0',
    date: '2026-03-02T10:00:00.000Z',
    passed: 101,
    failed: 0,
    skipped: 7,
  };
  await writeFile(join(own, 'conformance.json'), JSON.stringify({ ...report, variants: [] }));
  expect(await conformanceOf(['@joinery/connector-csv', 'csv'], ['/nowhere', folder])).toEqual({
    kitVersion: '0.1.0',
    passed: 101,
    failed: 0,
    skipped: 7,
    ranAt: new Date('2026-03-02T10:00:00Z'),
  });
});

test.each(['not JSON', '[]', '{"passed": 1}', '{"date": "x", "passed": 1, "failed": 0, "skipped": 0}'])(
  'a report that says %s is none',
  async (text) => {
    await writeFile(join(folder, '@joinery/connector-scim/conformance.json'), text);
    expect(await conformanceOf(['@joinery/connector-scim'], [folder])).toBeNull();
  },
);
