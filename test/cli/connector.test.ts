// `joinery connector new`, `test` and `discover`, as an author of packages meets them: the real program, a package that is
// compiled, its sample system, and a package that ships.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfiguration } from '../../src/adapters/configuration.js';
import { draftOf } from '../../src/cli/connector-discover.js';
import { waitFor } from '../support/wait-for.js';
import { freePort } from '../systems/program.mjs';

const folder = mkdtempSync(join(tmpdir(), 'joinery-new-package-'));
const program = join(process.cwd(), 'dist/main.js');
const home = join(folder, 'repository');
const place = join(home, 'connectors/acme-crm');
let sample: ChildProcess;

function joinery(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { cwd: home, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A repository with our packages, so that the new one is built as an author would build it. */
beforeAll(async () => {
  mkdirSync(join(home, 'connectors'), { recursive: true });
  for (const name of ['node_modules', 'tsconfig.base.json', 'connectors/kit'])
    spawnSync('ln', ['-s', join(process.cwd(), name), join(home, name)]);
  const made = joinery('connector', 'new', 'acme-crm');
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const settings = join(place, 'sample/settings.yaml');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('18080', String(port)));
  sample = spawn(process.execPath, [join(place, 'sample/server.mjs'), String(port)], { stdio: 'ignore' });
  const address = `http://127.0.0.1:${port}/people`;
  await waitFor(() => fetch(address).then(({ status }) => status === 401), { what: 'the sample system' });
});
afterAll(() => {
  sample.kill();
  rmSync(folder, { recursive: true });
});

describe('a new package', () => {
  test('compiles', () => {
    const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', place], {
      cwd: home,
      encoding: 'utf8',
    });
    expect(built.stdout).toBe('');
    expect(built.status).toBe(0);
  });

  test('reaches its sample system, and fails the suite by naming what is to be written', () => {
    const { status, stdout } = joinery(
      'connector',
      'test',
      './connectors/acme-crm',
      '-s',
      join(place, 'sample/settings.yaml'),
      '--quick',
      '--json',
    );
    const { passed, failed, cases } = JSON.parse(stdout);
    expect(status).toBe(1);
    expect(passed).toBeGreaterThan(10);
    expect(failed).toBeGreaterThan(10);
    expect(cases).toContainEqual(
      expect.objectContaining({ name: 'answers a check when the system is there', result: 'passed' }),
    );
    const creating = cases.find(({ name }: { readonly name: string }) => name === 'shows a created row on reading');
    expect(creating.reason).toContain('fill in the function create in src/session.ts');
  });

  test('is not written over another', () => {
    expect(joinery('connector', 'new', 'acme-crm')).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('nothing was written'),
    });
    expect(joinery('connector', 'new', 'Acme CRM')).toMatchObject({ status: 2 });
  });

  test('is drafted as configuration, its secrets left out', () => {
    const { status, stdout } = joinery(
      'connector',
      'discover',
      './connectors/acme-crm',
      '-s',
      join(place, 'sample/settings.yaml'),
      '--name',
      'acme',
    );
    expect(status).toBe(0);
    expect(stdout).toContain('$env: ACME_TOKEN');
    expect(stdout).not.toContain('sample-token');
    expect(stdout).toContain('identifier: acme-person');
    expect(stdout).toContain('package: "@joinery/connector-acme-crm"');
  });

  test('tells in its own words why the system refuses, and what to do', () => {
    const refused = join(folder, 'refused.yaml');
    const settings = readFileSync(join(place, 'sample/settings.yaml'), 'utf8');
    writeFileSync(refused, settings.replace('sample-token', 'wrong-token'));
    for (const command of ['discover', 'test']) {
      const { status, stderr } = joinery('connector', command, './connectors/acme-crm', '-s', refused);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^Could not .*: the service answered 401\.\nLook up the status/);
      expect(stderr).not.toContain('    at ');
    }
  });
});

describe('the suite on a system of the caller’s', () => {
  const data = join(folder, 'data');
  const settings = join(folder, 'csv.yaml');

  beforeAll(() => {
    mkdirSync(data);
    const objectTypes =
      '[{ name: account, file: accounts.csv, key: id, columns: [{ name: id }, { name: name }, { name: mail }] }]';
    writeFileSync(
      settings,
      `settings: { folder: ${data}, objectTypes: ${objectTypes} }\ntest: { objectType: account, attributes: [name, mail] }\n`,
    );
  });

  test('passes a package that ships, and leaves the place as empty as it was', () => {
    writeFileSync(join(data, 'accounts.csv'), 'id,name,mail\n');
    const { status, stdout } = joinery('connector', 'test', 'csv', '-s', settings, '--quick');
    expect(stdout).toMatch(/\d\d passed, 0 failed, \d+ skipped\. It is a connector\.\n$/);
    expect(status).toBe(0);
    expect(readFileSync(join(data, 'accounts.csv'), 'utf8')).toBe('id,name,mail\n');
  });

  test('refuses a place that is not empty, and touches nothing', () => {
    writeFileSync(join(data, 'accounts.csv'), 'id,name,mail\n1,Ann,\n');
    const { status, stderr } = joinery('connector', 'test', 'csv', '-s', settings, '--quick');
    expect({ status, stderr }).toMatchObject({ status: 5, stderr: expect.stringContaining('empties what it tests') });
    expect(readFileSync(join(data, 'accounts.csv'), 'utf8')).toBe('id,name,mail\n1,Ann,\n');
  });

  test('passes a package with given keys, passwords and disabled rows', () => {
    const file = join(folder, 'memory.yaml');
    const type =
      '{ name: account, key: id, nameAttribute: login, attributes: [{ name: login }, { name: mail }, { name: title }, { name: enabled, type: boolean }, { name: secret, isWriteOnly: true }], passwordAttribute: secret, disabling: { attribute: enabled, disabledValue: false, enabledValue: true } }';
    writeFileSync(
      file,
      `settings: { store: trial, objectTypes: [${type}] }\ntest: { objectType: account, attributes: [mail, title], rename: login }\n`,
    );
    const { status, stdout, stderr } = joinery('connector', 'test', 'memory', '-s', file, '--quick');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\d\d passed, 0 failed, \d+ skipped\. It is a connector\.\n$/);
    expect(status).toBe(0);
  });

  test('names the setting that is wrong', () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      'settings: { folder: x, file: y }\ntest: { objectType: account, attributes: [name, mail] }\n',
    );
    const { status, stderr } = joinery('connector', 'test', 'csv', '-s', join(folder, 'wrong.yaml'));
    expect(status).toBe(2);
    expect(stderr).toContain('The setting "file" is unknown');
  });
});

describe('a draft', () => {
  test('is a configuration the program takes, once it has people', async () => {
    const types = [
      {
        name: 'Login Account',
        keyAttribute: 'entryUUID',
        nameAttribute: 'uid',
        attributes: [
          { name: 'entryUUID', type: 'string' as const, isReadOnly: true },
          { name: 'uid', type: 'string' as const },
          { name: 'name.givenName', type: 'string' as const },
          { name: 'emails.work', type: 'string' as const },
          { name: 'enabled', type: 'boolean' as const },
          { name: 'password', type: 'string' as const, isWriteOnly: true },
        ],
        links: [{ name: 'groups', targetObjectType: 'Login Account' }],
        disabling: { attribute: 'enabled', disabledValue: false, enabledValue: true },
        passwordAttribute: 'password',
      },
    ];
    const files = join(folder, 'configuration');
    mkdirSync(files);
    const connection = { folder: '.', objectTypes: [{ name: 'person', file: 'people.csv', key: 'identifier' }] };
    const draft = draftOf('directory', 'memory', { store: 'draft' }, types);
    expect(draft).toContain('property: nameGivenName\n    value: person.firstName');
    expect(draft).toContain('property: emailsWork\n    value: person.email');
    writeFileSync(join(files, 'draft.yaml'), draft);
    writeFileSync(
      join(files, 'people.yaml'),
      JSON.stringify({
        connectors: [{ identifier: 'hr', displayName: 'HR' }],
        connections: [{ identifier: 'hr', displayName: 'HR', connector: 'hr', package: 'csv', settings: connection }],
        policies: [{ identifier: 'all', displayName: 'All' }],
        entityTypes: [
          {
            identifier: 'person',
            displayName: 'Person',
            connection: 'hr',
            objectType: 'person',
            key: 'identifier',
            properties: ['identifier', 'firstName', 'lastName', 'displayName', 'email'].map((identifier) => ({
              identifier,
            })),
            identity: {},
          },
        ],
      }),
    );
    const reading = await readConfiguration(files, { timeZone: 'Europe/Paris', loadPackage: loadConnectorPackage });
    expect('problems' in reading ? reading.problems : []).toEqual([]);
  });
});
