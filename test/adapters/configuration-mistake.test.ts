// Mistakes in configuration files: each is told with its place, all at once, and what to do.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from '../../src/adapters/configuration.js';
import { changed, company, problems, problemsIn } from '../support/configuration.js';

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
      'singleRoles[0].approvers[0]: «boss» is not valid: expected manager, owner, officers, people',
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
      'a placeholder of a ticket that means nothing',
      'package: memory, settings: { store: crm }',
      'package: ticket, settings: { instructions: "For {{person.shoe}}" }',
      'connections[1].settings.instructions: {{person.shoe}} stands for nothing. Known here: {{person.displayName}}, {{person.key}}, {{person.login}}',
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
    const reading = await readConfiguration(join(tmpdir(), 'joinery-nowhere'), { timeZone: 'UTC' });
    expect(problemsIn(reading).join()).toContain('the folder cannot be read');
  });
});
