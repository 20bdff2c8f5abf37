// Configuration files as people write them: what is accepted, with which defaults, and settings of connections.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import memory from '@joinery/connector-memory';
import { formatProblem, readConfiguration, type ReadingOptions } from '../../src/adapters/configuration.js';
import { celCompiler } from '../../src/adapters/expression.js';
import type { Configuration } from '../../src/domain/configuration.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import { changed, company, problems, problemsIn, read } from '../support/configuration.js';

async function configuration(text: string, options: Partial<ReadingOptions> = {}): Promise<Configuration> {
  const reading = await read({ 'all.yaml': text }, options);
  if (!reading.ok) throw new Error(reading.problems.map(formatProblem).join('\n'));
  return reading.configuration;
}

describe('a good configuration', () => {
  it('is read with the documented defaults', async () => {
    const { connectors, connections, entityTypes, singleRoles, resourceTypes, roleRules, jobs } =
      await configuration(company);
    expect(connectors[0]?.thresholds).toEqual({
      rows: 100,
      percent: 5,
      percentFloor: 5,
      links: 1000,
      linkPercent: 5,
      linkPercentFloor: 20,
    });
    expect(connections[0]).toMatchObject({ concurrency: 4, ratePerSecond: null, deadlineSeconds: 30 });
    expect(entityTypes[0]).toMatchObject({
      connector: 'hr',
      displayProperty: 'login',
      identity: { department: 'department', manager: null },
    });
    expect(entityTypes[0]?.properties[2]).toEqual({
      identifier: 'department',
      displayName: 'department',
      attribute: 'dept',
      type: 'string',
      references: null,
      isMultivalued: false,
      isSecret: false,
    });
    expect(singleRoles[0]).toMatchObject({
      policy: 'main',
      owner: null,
      isPrivileged: false,
      approvers: [{ kind: 'manager' }],
      maxDurationDays: null,
    });
    expect(resourceTypes[0]).toMatchObject({
      policy: 'main',
      connection: 'crm-store',
      allowAdd: true,
      allowUpdate: true,
      allowRemove: true,
      dependsOn: [],
      thresholds: { percent: 30, percentFloor: 5, absolute: null },
    });
    expect(roleRules[0]).toMatchObject({ policy: 'main', isDenied: false, priority: 100 });
    expect(jobs[0]).toMatchObject({ timeZone: 'Europe/Paris', isEnabled: true });
    expect(jobs[0]?.steps.map((step) => step.level)).toEqual([1, 1, 2]);
  });

  it('may be spread over files, in any of which a list may stand', async () => {
    const [systems, rules] = [
      company.slice(0, company.indexOf('policies:')),
      company.slice(company.indexOf('policies:')),
    ];
    expect(await problems({ 'b.yml': systems, 'a.yaml': rules, 'empty.yaml': '# nothing yet\n' })).toEqual([]);
  });

  it('compiles', async () => {
    const model = compileModel(3, await configuration(company), celCompiler());
    expect(model.version).toBe(3);
    expect(model.identityType.identifier).toBe('person');
  });

  it('of the demo company is accepted', async () => {
    const folder = fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url));
    const reading = await readConfiguration(folder, { timeZone: 'Europe/Paris' });
    expect(problemsIn(reading)).toEqual([]);
  });

  it('calls a package that works on one file once at a time', async () => {
    const serial = { ...memory, serial: 'connection' as const };
    const { connections } = await configuration(company, { loadPackage: async () => serial });
    expect(connections.map((connection) => connection.concurrency)).toEqual([1, 1]);
  });
});

describe('settings of a connection', () => {
  const load = { loadPackage: async () => memory };

  it('are held against the schema of the package', async () => {
    const found = await problems(
      { 'all.yaml': changed('settings: { store: hr }', 'settings: { stor: hr, latencyMs: soon }') },
      load,
    );
    expect(found.join('\n')).toContain('"stor" is unknown');
    expect(found.join('\n')).toContain('all.yaml:5:');
    expect(found.join('\n')).toMatch(/connections\[0\].settings.latencyMs: .*integer/);
  });

  it('that are read later are not judged by their stand-in', async () => {
    const text = changed(
      'settings: { store: hr }',
      'settings: { store: { $env: STORE }, latencyMs: { $file: latency } }',
    );
    expect(await problems({ 'all.yaml': text }, load)).toEqual([]);
  });

  it('that are secret may not stand in the file', async () => {
    const found = await problems(
      { 'all.yaml': changed('settings: { store: hr }', 'settings: { store: hr, password: tiger }') },
      load,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('connections[0].settings.password: is secret and stands in the file');
    expect(found[0]).not.toContain('tiger');
  });

  it('of a package that is not there are told with the place', async () => {
    const loadPackage = async (name: string) => {
      if (name === 'memory') return memory;
      throw new Error(`there is no package @joinery/connector-${name}`);
    };
    const found = await problems(
      { 'all.yaml': changed('connector: crm, package: memory', 'connector: crm, package: memry') },
      { loadPackage },
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^all.yaml:6:\d+: connections\[1\].package: the package «memry» cannot be loaded: there is no package/,
      ),
    ]);
  });
});
