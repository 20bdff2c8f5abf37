// Configuration files as people write them: what is accepted, with which defaults, and every mistake with its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import memory from '@joinery/connector-memory';
import { formatProblem, readConfiguration, type ReadingOptions } from '../../src/adapters/configuration.js';
import { celCompiler } from '../../src/adapters/expression.js';
import type { Configuration } from '../../src/domain/configuration.js';
import { compileModel } from '../../src/domain/role-model/compile.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'joinery-configuration-'));
});
afterAll(() => rm(root, { recursive: true }));

async function read(files: Readonly<Record<string, string | Uint8Array>>, options: Partial<ReadingOptions> = {}) {
  const folder = await mkdtemp(join(root, 'case-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return readConfiguration(folder, { timeZone: 'Europe/Paris', ...options });
}

/** The problems as a person reads them. */
async function problems(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ReadingOptions> = {},
): Promise<readonly string[]> {
  const reading = await read(files, options);
  return reading.ok ? [] : reading.problems.map(formatProblem);
}

async function configuration(text: string, options: Partial<ReadingOptions> = {}): Promise<Configuration> {
  const reading = await read({ 'all.yaml': text }, options);
  if (!reading.ok) throw new Error(reading.problems.map(formatProblem).join('\n'));
  return reading.configuration;
}

const company = `connectors:
  - { identifier: hr, displayName: HR }
  - { identifier: crm, displayName: CRM }
connections:
  - { identifier: hr-file, displayName: HR file, connector: hr, package: memory, settings: { store: hr } }
  - { identifier: crm-store, displayName: CRM store, connector: crm, package: memory, settings: { store: crm } }
entityTypes:
  - identifier: person
    displayName: Person
    connection: hr-file
    objectType: people
    key: login
    properties:
      - { identifier: login }
      - { identifier: grade, type: number }
      - { identifier: department, attribute: dept }
    identity: { department: department }
  - identifier: account
    displayName: Account
    connection: crm-store
    objectType: account
    key: id
    properties:
      - { identifier: id }
      - { identifier: level, type: number }
      - { identifier: groups, references: group, isMultivalued: true }
  - identifier: group
    displayName: Group
    connection: crm-store
    objectType: group
    key: id
    properties: [{ identifier: id }]
policies: [{ identifier: main, displayName: Main }]
categories: [{ identifier: sales, displayName: Sales }]
singleRoles:
  - identifier: reader
    displayName: Reader
    description: Reads customers.
    category: sales
    isRequestable: true
    approvalWorkflow: MANAGER
resourceTypes:
  - identifier: crm-account
    displayName: CRM account
    sourceEntityType: person
    targetEntityType: account
    blockProvisioning: false
    key: person.login
typeRules: [{ identifier: t1, resourceType: crm-account, role: reader }]
scalarRules: [{ identifier: s1, resourceType: crm-account, property: level, value: person.grade }]
navigationRules: [{ identifier: n1, resourceType: crm-account, property: groups, role: reader, target: readers }]
correlationRules: [{ identifier: c1, resourceType: crm-account, source: person.login, target: resource.id }]
roleRules: [{ identifier: r1, role: reader, when: person.department == "SAL" }]
jobs:
  - identifier: nightly
    displayName: Nightly
    mode: COMPLETE
    schedule: "0 2 * * *"
    steps:
      - { identifier: read-hr, kind: SYNCHRONIZE, connector: hr, level: 1 }
      - { identifier: read-crm, kind: SYNCHRONIZE, connector: crm, level: 1 }
      - { identifier: compute, kind: COMPUTE_ROLE_MODEL }
`;

/** The company with one piece of text replaced. */
function changed(from: string, to: string): string {
  if (!company.includes(from)) throw new Error(`not in the file: ${from}`);
  return company.replace(from, () => to);
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
    expect(reading.ok ? [] : reading.problems.map(formatProblem)).toEqual([]);
  });

  it('calls a package that works on one file once at a time', async () => {
    const serial = { ...memory, serial: 'connection' as const };
    const { connections } = await configuration(company, { loadPackage: async () => serial });
    expect(connections.map((connection) => connection.concurrency)).toEqual([1, 1]);
  });
});

describe('a mistake is told with file, line, column and what to do', () => {
  it.each<[string, string, string, string]>([
    [
      'an unknown key',
      'connection: hr-file',
      'connection: hr-file\n    colour: red',
      'all.yaml:11:5: entityTypes[0].colour: this key is unknown. Known here: identifier, displayName, connection,',
    ],
    [
      'an unknown key inside',
      '{ identifier: grade, type: number }',
      '{ identifier: grade, typo: number }',
      'all.yaml:15:30: entityTypes[0].properties[1].typo: this key is unknown. Known here: identifier,',
    ],
    [
      'an unknown list',
      'categories:',
      'catgories:',
      'all.yaml:34:1: catgories: this key is unknown. Known here: connectors,',
    ],
    [
      'a missing key',
      '    blockProvisioning: false\n',
      '',
      'all.yaml:43:5: resourceTypes[0].blockProvisioning: is missing. Add it',
    ],
    [
      'a wrong type',
      'isRequestable: true',
      'isRequestable: maybe',
      'all.yaml:40:20: singleRoles[0].isRequestable: has the wrong type: expected true or false, found «maybe».',
    ],
    [
      'a number where a text is needed',
      'target: readers',
      'target: 42',
      'has the wrong type: expected a text, found «42». Write a text; put it in quotes',
    ],
    [
      'a word that is not in the list',
      'mode: COMPLETE',
      'mode: complete',
      'jobs[0].mode: «complete» is not one of COMPLETE, INCREMENTAL.',
    ],
    [
      'one thing instead of a list',
      'categories: [{ identifier: sales, displayName: Sales }]',
      'categories: sales',
      'all.yaml:34:13: categories: a list is needed here.',
    ],
    [
      'a duplicate identifier',
      '{ identifier: crm, displayName: CRM }',
      '{ identifier: hr, displayName: CRM }',
      'all.yaml:3:19: connectors[1].identifier: the connector «hr» is there already.',
    ],
    [
      'a rule named like one of another kind',
      '[{ identifier: s1,',
      '[{ identifier: t1,',
      'scalarRules[0].identifier: the rule «t1» is there already.',
    ],
    [
      'a role that is not there',
      'role: reader, when',
      'role: writer, when',
      'roleRules[0].role: there is no role «writer». Write one that exists (reader), or add it.',
    ],
    [
      'a category that is not there',
      'category: sales',
      'category: sails',
      'all.yaml:39:15: singleRoles[0].category: there is no category «sails».',
    ],
    [
      'a connector that is not there',
      'connector: crm, level',
      'connector: crn, level',
      'jobs[0].steps[1].connector: there is no connector «crn».',
    ],
    [
      'a connection that is not there',
      'connection: hr-file',
      'connection: hr-fil',
      'entityTypes[0].connection: there is no connection «hr-fil».',
    ],
    [
      'an entity type that is not there',
      'targetEntityType: account',
      'targetEntityType: acount',
      'resourceTypes[0].targetEntityType: there is no entity type «acount».',
    ],
    [
      'a resource type that is not there',
      'n1, resourceType: crm-account',
      'n1, resourceType: crm',
      'navigationRules[0].resourceType: there is no resource type «crm».',
    ],
    [
      'a property that is not there',
      'property: level',
      'property: levle',
      'scalarRules[0].property: account has no property «levle». Write one of: id, level, groups.',
    ],
    [
      'a value rule for links',
      'property: level',
      'property: groups',
      'scalarRules[0].property: «groups» holds links. Use a navigation rule.',
    ],
    [
      'a value rule for the key',
      'property: level, value: person.grade',
      'property: id, value: person.login',
      'scalarRules[0].property: «id» is the key of account.',
    ],
    [
      'a policy that is not there',
      'role: reader, when',
      'policy: other, role: reader, when',
      'roleRules[0].policy: there is no policy «other».',
    ],
    [
      'a policy unsaid among several',
      '[{ identifier: main, displayName: Main }]',
      '[{ identifier: main, displayName: Main }, { identifier: b, displayName: B }]',
      'singleRoles[0].policy: is missing. Name one: main, b.',
    ],
    [
      'an ill-typed condition',
      'person.department == "SAL"',
      'person.department == 5',
      'roleRules[0].when: The expression cannot be understood: no such overload: string == int.',
    ],
    [
      'a condition that is no condition',
      'person.department == "SAL"',
      'person.department',
      'roleRules[0].when: The expression gives string; true or false is needed here. Compare something',
    ],
    [
      'a value of the wrong type',
      'value: person.grade',
      'value: person.login',
      'scalarRules[0].value: The expression gives string; a number is needed here.',
    ],
    [
      'a requestable role nobody can understand',
      '    description: Reads customers.\n',
      '',
      'singleRoles[0].description: is missing: people may ask for this role',
    ],
    [
      'a requestable role without a say',
      '    approvalWorkflow: MANAGER\n',
      '',
      'singleRoles[0].approvalWorkflow: is missing: people may ask for this role. Write one of: NONE, MANAGER,',
    ],
    [
      'fewer approvers than steps',
      'approvalWorkflow: MANAGER',
      'approvalWorkflow: TWO_APPROVALS\n    approvers: [manager]',
      'singleRoles[0].approvers: names 1 approvers, but TWO_APPROVALS has 2 steps.',
    ],
    [
      'an owner who is nobody',
      'approvalWorkflow: MANAGER',
      'approvalWorkflow: ONE_APPROVAL\n    approvers: [owner]',
      'singleRoles[0].approvers: names the owner, but the role has none.',
    ],
    [
      'an unknown approver',
      'approvalWorkflow: MANAGER',
      'approvalWorkflow: ONE_APPROVAL\n    approvers: [boss]',
      'singleRoles[0].approvers[0]: «boss» is not valid: expected manager, owner, or people',
    ],
    ['a schedule that is none', '"0 2 * * *"', '"0 26 * * *"', 'jobs[0].schedule: is no cron schedule'],
    [
      'a step that needs a connector',
      'SYNCHRONIZE, connector: hr, level: 1',
      'SYNCHRONIZE, level: 1',
      'jobs[0].steps[0].connector: is missing: SYNCHRONIZE works on one connector.',
    ],
    [
      'a placeholder that means nothing',
      'settings: { store: hr }',
      'settings: { store: "${home}/hr" }',
      'connections[0].settings.store: «${home}» stands for nothing.',
    ],
    [
      'a word of the expression language as a property',
      '{ identifier: grade, type: number }',
      '{ identifier: in }',
      '«in» is not valid: this word is reserved by the expression language.',
    ],
    [
      'orders sent to another system',
      'key: person.login\n',
      'key: person.login\n    connection: hr-file\n',
      'resourceTypes[0].connection: leads to hr, but account belongs to crm.',
    ],
    [
      'no people at all',
      '    identity: { department: department }\n',
      '',
      'no entity type is marked as identity. Add identity:',
    ],
  ])('%s', async (_what, from, to, expected) => {
    const found = await problems({ 'all.yaml': changed(from, to) });
    expect(found.join('\n')).toContain(expected);
  });

  it('points into the expression, also over several lines', async () => {
    const text = changed('when: person.department == "SAL" }]', 'when: "true" }]\n').replace(
      'when: "true" }]',
      'when: person.wage == 1 }]',
    );
    const line = text.split('\n').findIndex((one) => one.includes('person.wage'));
    const column = (text.split('\n')[line] ?? '').indexOf('wage') + 1;
    expect((await problems({ 'all.yaml': text }))[0]).toMatch(
      new RegExp(`^all.yaml:${line + 1}:${column}: roleRules\\[0\\].when: The expression reads «wage»`),
    );
    const block = `${company.slice(0, company.indexOf('roleRules:'))}roleRules:\n  - identifier: r1\n    role: reader\n    when: |\n      person.grade > 3 &&\n        person.wage == 1\n`;
    const last = block.trimEnd().split('\n').length;
    expect((await problems({ 'all.yaml': block }))[0]).toMatch(new RegExp(`^all.yaml:${last}:16: roleRules`));
  });

  it('once, even where several things are wrong at the same time', async () => {
    const text = changed('role: reader, when', 'role: writer, when')
      .replace('category: sales', 'category: sails')
      .replace('mode: COMPLETE', 'mode: SOON')
      .replace('person.grade', 'person.rank');
    expect(await problems({ 'all.yaml': text })).toHaveLength(4);
  });

  it('and is not blamed on what refers to the entry that has it', async () => {
    const found = await problems({ 'all.yaml': changed('    displayName: Reader\n', '') });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('singleRoles[0].displayName: is missing');
  });
});

describe('a file that cannot be read', () => {
  it('because it is not YAML is told with the place', async () => {
    expect((await problems({ 'all.yaml': company, 'broken.yaml': 'roleRules:\n  - [\n' }))[0]).toMatch(
      /^broken.yaml:3:1: this is not YAML: /,
    );
  });

  it('because a key stands twice is told with the place', async () => {
    expect((await problems({ 'twice.yaml': 'policies: []\npolicies: []\n' }))[0]).toMatch(
      /^twice.yaml:2:1: this is not YAML: .*unique/,
    );
  });

  it('because its encoding is broken is told with the place', async () => {
    const bytes = Buffer.concat([
      Buffer.from('policies:\n  - identifier: caf'),
      Buffer.from([0xe9]),
      Buffer.from('\n'),
    ]);
    expect(await problems({ 'latin.yaml': bytes })).toEqual([
      'latin.yaml:2:20: the file is not valid UTF-8 here. Save the file with the encoding UTF-8.',
    ]);
  });

  it('because aliases multiply is refused', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'
        .split('')
        .map(
          (name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefg'[index]}`).join(', ')}]`,
        ),
    ];
    expect((await problems({ 'bomb.yaml': `${bomb.join('\n')}\n` }))[0]).toMatch(/alias/i);
  });

  it('because there is none names the folder', async () => {
    expect((await problems({}))[0]).toContain('the folder holds no YAML file');
    const reading = await readConfiguration(join(root, 'nowhere'), { timeZone: 'UTC' });
    expect(reading.ok ? '' : reading.problems.map(formatProblem).join()).toContain('the folder cannot be read');
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
