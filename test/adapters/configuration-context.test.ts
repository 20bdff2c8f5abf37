// Contexts in configuration files: what is understood, what a rule then says, and mistakes with their place.
import { describe, expect, it } from '@jest/globals';
import { celCompiler } from '../../src/adapters/expression.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import { describeRules } from '../../src/domain/role-model/rule.js';
import { company, problems, read } from '../support/configuration.js';

const jobs = `  - identifier: job
    displayName: Job
    connection: hr-file
    objectType: jobs
    key: id
    properties: [{ identifier: id }, { identifier: holder }, { identifier: unit }, { identifier: begin, type: date }, { identifier: tags, references: group, isMultivalued: true }]
  - identifier: unit
    displayName: Unit
    connection: hr-file
    objectType: units
    key: id
    properties: [{ identifier: id }, { identifier: above }]
policies:`;
const contexts = `dimensions:
  - { identifier: unit, displayName: Unit, entityType: unit, parent: above }
  - { identifier: site, displayName: Site }
contextRules:
  - identifier: by-job
    positions: { entityType: job, person: holder, startDate: begin }
    dimensions: { unit: position.unit }
`;
const roleRule = 'roleRules: [{ identifier: r1, role: reader, when: person.department == "SAL" }]';
const withContexts = company.replace('policies:', jobs) + contexts;

/** The company with contexts, with pieces of text replaced. */
function changed(...pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`not in the file: ${from}`);
    return text.replace(from, () => to);
  }, withContexts);
}
const withRule = (rule: string): string =>
  changed([roleRule, `roleRules: [{ identifier: r1, role: reader, ${rule} }]`]);

describe('a rule with criteria', () => {
  it.each([
    ['context: { unit: sales }', 'IF Unit is sales THEN role Reader'],
    [
      'context: { unit: [sales, legal] }, when: context.unit != "x"',
      'IF Unit is sales or legal AND context.unit != "x" THEN role Reader',
    ],
    ['context: { unit: { under: emea } }, gives: SUGGESTED', 'IF Unit is in or below emea THEN offer role Reader'],
    ['context: { unit: emea }, isDenied: true', 'IF Unit is emea THEN never role Reader'],
  ])('%s says itself in a sentence', async (rule, sentence) => {
    const reading = await read({ 'all.yaml': withRule(rule) });
    if (!reading.ok) throw new Error(reading.problems.map(({ why }) => why).join());
    expect(describeRules(reading.configuration).find(({ identifier }) => identifier === 'r1')?.summary).toBe(sentence);
    expect(compileModel(1, reading.configuration, celCompiler()).contextRule?.dimensions.size).toBe(1);
  });

  it('says from when to when it counts', async () => {
    const offset = 'timeOffset: { mode: AROUND, before: -3, after: 1 }';
    const text = changed([
      '{ identifier: t1, resourceType: crm-account, role: reader }',
      `{ identifier: t1, resourceType: crm-account, isDenied: true, ${offset} }`,
    ]);
    const reading = await read({ 'all.yaml': text });
    expect(
      reading.ok && describeRules(reading.configuration).find(({ identifier }) => identifier === 't1')?.summary,
    ).toBe('ALWAYS never account CRM account, from 3 days before the first day to 1 day after the last day');
  });
});

describe('a mistake', () => {
  it.each<[string, string, string]>([
    ['a dimension that is not there', withRule('context: { floor: top }'), 'there is no dimension «floor»'],
    [
      'a dimension that the context rule does not give',
      withRule('context: { site: lyon }'),
      'the context rule by-job gives no «site»',
    ],
    [
      'a condition on a dimension that is not given',
      withRule('when: context.site == "lyon"'),
      'The expression reads «site», which person and context do not have',
    ],
    [
      'what is below a dimension without an order',
      changed(
        ['parent: above', 'parent: null'],
        [roleRule, 'roleRules: [{ identifier: r1, role: reader, context: { unit: { under: emea } } }]'],
      ),
      'nothing is below a value of «unit»',
    ],
    [
      'a parent without rows',
      changed(['displayName: Site }', 'displayName: Site, parent: above }']),
      'names a property, but the dimension says no entity type',
    ],
    [
      'a property that positions do not have',
      changed(['person: holder', 'person: owner']),
      'contextRules[0].positions.person: job has no property «owner»',
    ],
    ['a property with several values', changed(['person: holder', 'person: tags']), '«tags» is multi-valued'],
    [
      'a second context rule',
      `${withContexts}  - { identifier: other, dimensions: { site: person.department } }\n`,
      'is a second context rule, besides by-job',
    ],
    ['contexts that read the day', changed(['unit: position.unit', 'unit: today']), 'Unknown variable: today'],
    [
      'criteria without a context rule',
      company.replace(
        roleRule,
        `roleRules: [{ identifier: r1, role: reader, context: { unit: x } }]\ndimensions: [{ identifier: unit, displayName: Unit }]`,
      ),
      'asks for a context, but no context rule makes any',
    ],
    [
      'an offer that denies',
      withRule('gives: SUGGESTED, isDenied: true'),
      'says how the role is offered, but the rule takes it away',
    ],
    [
      'a parameter that the role does not have',
      withRule('parameters: { site: context.unit }'),
      'reader has no parameter «site»',
    ],
    [
      'an offset that ends before it begins',
      changed(['{ identifier: t1,', '{ identifier: t1, timeOffset: { mode: BEFORE, before: 2, after: 1 },']),
      'ends before it begins: 2 days to 1 days',
    ],
    [
      'hours ahead of a first day that nobody says',
      changed(['blockProvisioning: false', 'blockProvisioning: false\n    fulfillHoursAheadOfTime: 12']),
      'counts from the first day, but the identity of person says no startDate',
    ],
  ])('%s', async (_name, text, expected) => {
    const told = await problems({ 'all.yaml': text });
    expect(told.join('\n')).toContain(expected);
    expect(told).toHaveLength(1);
  });

  it('control: without one there is no problem', async () => {
    expect(await problems({ 'all.yaml': withContexts })).toEqual([]);
  });
});
