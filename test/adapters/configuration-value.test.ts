// Rules about values in configuration files: what a rule then says, and mistakes with their place.
import { describe, expect, it } from '@jest/globals';
import { celCompiler } from '../../src/adapters/expression.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import { describeRules } from '../../src/domain/role-model/rule.js';
import { company, problems, read } from '../support/configuration.js';

/** An account with a text and a link besides; a group with a name to find it by. */
const wide = company
  .replace(
    '- { identifier: level, type: number }',
    '- { identifier: level, type: number }\n      - { identifier: mail }\n      - { identifier: home, references: group }',
  )
  .replace('properties: [{ identifier: id }]', 'properties: [{ identifier: id }, { identifier: unit }]');

const query = (more = ''): string =>
  `${wide}queryRules:\n  - { identifier: home-of, resourceType: crm-account, property: home, source: person.department, target: resource.unit${more} }\n`;
const value = (rule: string): string =>
  wide.replace('scalarRules: [', `scalarRules: [{ identifier: v1, resourceType: crm-account, ${rule} }, `);

const sentenceOf = async (text: string, rule: string): Promise<string | undefined> => {
  const reading = await read({ 'all.yaml': text });
  if (!reading.ok) throw new Error(reading.problems.map(({ why }) => why).join());
  expect(compileModel(1, reading.configuration, celCompiler()).ruleText.has(rule)).toBe(true);
  return describeRules(reading.configuration).find(({ identifier }) => identifier === rule)?.summary;
};

describe('a rule says itself in a sentence', () => {
  it('of a query', async () => {
    expect(await sentenceOf(query(', confidencePercent: 80, role: reader'), 'home-of')).toBe(
      'IF holder of Reader THEN home of CRM account is the row whose resource.unit = person.department (80 %)',
    );
  });
  it('of a classification', async () => {
    const rules =
      'classificationRules:\n  - { identifier: users, resourceType: crm-account, when: resource.id != "" }\n';
    expect(await sentenceOf(`${wide}${rules}`, 'users')).toBe('IF resource.id != "" THEN it is a CRM account (100 %)');
  });
  it('of a value that is unique, only written, or compared loosely', async () => {
    const rule =
      'property: mail, value: "person.login + string(attempt)", uniqueness: KEEP, isMapped: false, comparison: IGNORE_CASE';
    expect(await sentenceOf(value(rule), 'v1')).toBe(
      'ALWAYS mail of CRM account = person.login + string(attempt) (unique and kept, written only, whatever its case)',
    );
  });
});

describe('a mistake in a rule about values', () => {
  it.each<[string, string, string]>([
    [
      'a query that leads nowhere',
      query().replace('property: home, source', 'property: mail, source'),
      'queryRules[0].property: «mail» of account points to no entity type: there is nowhere to look.',
    ],
    [
      'a query of a property that is not there',
      query().replace('property: home, source', 'property: house, source'),
      'account has no property «house». Write one of: home, groups.',
    ],
    [
      'a query beside a fixed link',
      query().replace('property: home, source', 'property: groups, source'),
      '«groups» of crm-account has a query rule and another rule,',
    ],
    ['a query for a role that is not there', query(', role: nobody'), 'queryRules[0].role: there is no role «nobody».'],
    [
      'a classification of a type that is not there',
      `${wide}classificationRules:\n  - { identifier: x, resourceType: nothing, when: "true" }\n`,
      'classificationRules[0].resourceType: there is no resource type «nothing».',
    ],
    ['a name given twice', query().replace('identifier: home-of', 'identifier: r1'), 'the rule «r1» is there already.'],
    [
      'a unique number',
      value('property: level, value: "1.0", uniqueness: KEEP'),
      '«level» is a number: only texts can be made unique.',
    ],
    [
      'a secret that is to be compared',
      value('property: mail, value: person.login').replace('identifier: mail }', 'identifier: mail, isSecret: true }'),
      'scalarRules[0].isMapped: must be false: «mail» is secret, so it is never read and can never be compared.',
    ],
    [
      'a number compared loosely',
      value('property: level, value: "1.0", comparison: IGNORE_CASE'),
      '«level» is a number, which has neither case nor accents.',
    ],
    ['attempts where nothing is unique', value('property: mail, value: string(attempt)'), 'attempt'],
    [
      'a unique value beside one that is not',
      value('property: mail, value: person.login, uniqueness: KEEP').replace(
        'scalarRules: [',
        'scalarRules: [{ identifier: v2, resourceType: crm-account, property: mail, value: person.department }, ',
      ),
      'v1 makes «mail» of crm-account unique, this rule could give the same value again.',
    ],
    [
      'a unique value of several accounts',
      value('property: mail, value: person.login, uniqueness: KEEP').replace(
        'blockProvisioning: false\n',
        'blockProvisioning: false\n    correlateMultipleResources: true\n',
      ),
      '«mail» cannot be unique: one person may have several crm-account.',
    ],
    [
      'a unique key that is always the same',
      wide.replace('blockProvisioning: false\n', 'blockProvisioning: false\n    isKeyUnique: true\n'),
      'resourceTypes[0].key: must be unique, but gives the same key at every attempt.',
    ],
    [
      'an owner that has no such property',
      wide.replace('blockProvisioning: false\n', 'blockProvisioning: false\n    dependsOnOwnerProperties: [badge]\n'),
      'person has no property «badge» with one value that may be read.',
    ],
  ])('%s is told with its place', async (_, text, expected) => {
    const told = await problems({ 'all.yaml': text });
    expect(told.join('\n')).toContain(expected);
    expect(told).toHaveLength(1);
  });
});
