// Settings whose values are kept elsewhere: where they come from, and that nothing secret is said when they are missing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolveSettings, type SettingSource, typedSettings } from '../../src/adapters/setting.js';

let source: SettingSource;
beforeAll(async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'joinery-setting-'));
  await writeFile(join(dataFolder, 'password'), 'tiger lily\n');
  source = { dataFolder, environment: (name) => (name === 'CRM_TOKEN' ? 'abc' : undefined) };
});
afterAll(() => rm(source.dataFolder, { recursive: true }));

describe('settings', () => {
  it('are filled in where they name the data folder, at any depth', () => {
    const raw = {
      folder: '${dataFolder}/hr',
      files: [{ path: '${dataFolder}/a ${dataFolder}/b', size: 3, isOpen: true, none: null }],
    };
    const folder = source.dataFolder;
    expect(resolveSettings(raw, source)).toEqual({
      folder: `${folder}/hr`,
      files: [{ path: `${folder}/a ${folder}/b`, size: 3, isOpen: true, none: null }],
    });
  });

  it('are read from files, relative to the data folder, without the last line break', () => {
    expect(
      resolveSettings({ password: { $file: 'password' }, again: { $file: '${dataFolder}/password' } }, source),
    ).toEqual({
      password: 'tiger lily',
      again: 'tiger lily',
    });
  });

  it('are read from the environment', () => {
    expect(resolveSettings({ token: { $env: 'CRM_TOKEN' } }, source)).toEqual({ token: 'abc' });
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'a file that is not there',
      { password: { $file: 'nothing' } },
      /^The setting password is kept in the file .*nothing, which cannot be read \(ENOENT\)/,
    ],
    [
      'a variable that is not set',
      { deep: [{ token: { $env: 'NOT_SET' } }] },
      /^The setting deep\[0\]\.token is kept in the environment variable NOT_SET, which is not set/,
    ],
    [
      'a placeholder that means nothing',
      { folder: '${home}/x' },
      /^The setting folder names «\$\{home\}», which stands for nothing/,
    ],
  ])('name the setting and the reason for %s', (_what, raw, message) => {
    expect(() => resolveSettings(raw, source)).toThrow(message);
  });

  it('that the package wants as numbers or truth values become so, when they were read from elsewhere', () => {
    const types = {
      port: 'integer',
      ratio: 'number',
      isOpen: 'boolean',
      odd: 'integer',
      name: 'string',
      said: 'integer',
    };
    const properties = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
    const elsewhere = { $env: 'X' };
    const raw = { port: elsewhere, ratio: elsewhere, isOpen: elsewhere, odd: elsewhere, name: elsewhere, said: '5' };
    const resolved = { port: '5433', ratio: '0.5', isOpen: 'true', odd: '54 33', name: '77', said: '5' };
    expect(typedSettings(resolved, raw, { properties })).toEqual({
      port: 5433,
      ratio: 0.5,
      isOpen: true,
      odd: '54 33',
      name: '77',
      said: '5',
    });
  });
});
