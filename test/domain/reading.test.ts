// What a reading of one entity type is about, which cookies still say something, and which rows can be taken.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { correlationExpressionsOf, queryKey } from '#src/domain/correlation.js';
import type { Configuration, EntityTypeDefinition } from '#src/domain/configuration.js';
import { chunksOf, cookieText, RefusedReading, repeatedRow, subjectOf, usableRows } from '#src/domain/reading.js';
import type { ResourceContent } from '#src/domain/resource.js';
import { plainQueryRule, plainResourceType } from './definition.js';
import { company, crmType, modelOf, today } from './role-model/company.js';
import { entityType, property } from './role-model/entity-type.js';

const groups = entityType('crmGroup', 'name', [property('name'), property('owner', { references: 'person' })]);
const typed = (definition: EntityTypeDefinition, changes: Partial<Configuration> = {}) => {
  const model = modelOf({ ...changes, entityTypes: [...(changes.entityTypes ?? company.entityTypes), groups] });
  return { model, subject: subjectOf(model, definition, correlationExpressionsOf(model, definition.identifier)) };
};
const [person, account] = company.entityTypes as readonly [EntityTypeDefinition, EntityTypeDefinition];

describe('a reading is about', () => {
  test('people, where its type is that of identities', () => {
    expect(typed(person).subject).toMatchObject({ entityType: 'person', isIdentity: true, resourceTypes: [] });
    expect(typed(account).subject).toMatchObject({ entityType: 'crmAccount', isIdentity: false });
  });

  test('the accounts of every resource type whose rows it reads, and of no other', () => {
    const admin = { ...crmType, identifier: 'crm-admin' };
    const elsewhere = { ...plainResourceType, ...crmType, identifier: 'group-owner', targetEntityType: 'crmGroup' };
    const changes = { resourceTypes: [crmType, admin, elsewhere] };
    expect(typed(account, changes).subject.resourceTypes).toEqual(['crm-account', 'crm-admin']);
    expect(typed(groups, changes).subject.resourceTypes).toEqual(['group-owner']);
  });

  test('single references that are shown; lists of links and secrets are none', () => {
    const referring = entityType('crmGroup', 'name', [
      property('name'),
      property('owner', { references: 'person' }),
      property('parent', { references: 'crmGroup' }),
      property('members', { references: 'crmAccount', isMultivalued: true }),
      property('token', { references: 'person', isSecret: true }),
    ]);
    expect(typed(referring).subject.references).toEqual([
      { property: 'owner', target: 'person' },
      { property: 'parent', target: 'crmGroup' },
    ]);
  });

  test('the rows that contexts are made of, only where there is a context rule', () => {
    expect(typed(person).subject).not.toHaveProperty('people');
    const contextRules = [{ identifier: 'by-person', policy: 'p', positions: null, dimensions: {} }];
    expect(typed(person, { contextRules }).subject.people).toEqual({
      entityType: 'person',
      positions: null,
      hierarchies: [],
    });
  });

  test('classes and queries, where rules ask for them', () => {
    expect(typed(account).subject).toMatchObject({ isClassified: false, isQueried: false });
    const classificationRules = [
      { identifier: 'mine', policy: 'p', resourceType: 'crm-account', confidencePercent: 100, when: 'resource.title' },
    ];
    expect(typed(account, { classificationRules }).subject).toMatchObject({ isClassified: true, isQueried: false });
    const queryRules = [
      { ...plainQueryRule, policy: 'p', identifier: 'q', resourceType: 'crm-account', property: 'groups' },
    ].map((rule) => ({ ...rule, source: 'person.department', target: 'resource.name' }));
    // The rows that are linked are read by the query, not those that link.
    expect(typed(groups, { queryRules }).subject).toMatchObject({ isClassified: false, isQueried: true });
    expect(typed(account, { queryRules }).subject).toMatchObject({ isQueried: false });
  });
});

describe('a cookie says nothing any more', () => {
  const type = entityType('account', 'id', [property('id'), property('mail')], { connection: 'crm' });
  const changed = (changes: Partial<EntityTypeDefinition>): EntityTypeDefinition => ({ ...type, ...changes });
  test.each<[string, EntityTypeDefinition]>([
    ['of another connection', changed({ connection: 'other' })],
    ['of another object type', changed({ objectType: 'user' })],
    ['with one property more', changed({ properties: [...type.properties, property('name')] })],
    ['with one property less', changed({ properties: [property('id')] })],
    [
      'with another name of a property',
      changed({ properties: [property('id'), property('post', { attribute: 'mail' })] }),
    ],
    ['with another attribute', changed({ properties: [property('id'), property('mail', { attribute: 'email' })] })],
    ['with another type of value', changed({ properties: [property('id'), property('mail', { type: 'number' })] })],
    ['with several values', changed({ properties: [property('id'), property('mail', { isMultivalued: true })] })],
    ['with what was shown a secret', changed({ properties: [property('id'), property('mail', { isSecret: true })] })],
  ])('%s', (_name, other) => expect(cookieText(other, 'd')).not.toBe(cookieText(type, 'd')));

  test('with other settings', () => expect(cookieText(type, 'e')).not.toBe(cookieText(type, 'd')));

  test('but still does where only names for people, or what a property refers to, changed', () => {
    const renamed = changed({
      displayName: 'Accounts',
      displayProperty: 'mail',
      properties: [property('id'), property('mail', { displayName: 'Address', references: 'person' })],
    });
    expect(cookieText(renamed, 'd')).toBe(cookieText(type, 'd'));
  });

  test.each([',', '","'])('and no text of one can be made of another’s parts, joined by %s', (comma) => {
    const whole = cookieText(changed({ connection: `a${comma}b` }), 'c');
    expect(cookieText(changed({ connection: 'a' }), `b${comma}c`)).not.toBe(whole);
  });
});

test('a page is handed on in parts of a thousand at most, whole and in its order', () => {
  expect([...chunksOf([])]).toEqual([]);
  fc.assert(
    fc.property(fc.nat({ max: 3_500 }), (length) => {
      const page = Array.from({ length }, (_, at) => at);
      const chunks = [...chunksOf(page)];
      expect(chunks.flat()).toEqual(page);
      expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= 1_000)).toBe(true);
      expect(chunks).toHaveLength(Math.ceil(length / 1_000));
    }),
    { numRuns: 30 },
  );
});

describe('rows', () => {
  const { model } = typed(account);
  const expressions = correlationExpressionsOf(model, 'crmAccount');
  const row = (key: string, more: Partial<ResourceContent> = {}): ResourceContent => ({
    key,
    attributes: { email: `${key}@acme.example` },
    links: {},
    ...more,
  });

  function refusalOf(contents: readonly ResourceContent[]): unknown {
    try {
      usableRows(contents, expressions, today);
    } catch (error) {
      if (error instanceof RefusedReading) return error.reason;
      throw error;
    }
    return null;
  }

  test('are taken in their order, each with what it is found by', () => {
    const contents = [row('bob'), row('ann'), row('cid', { attributes: {} })];
    const taken = usableRows(contents, expressions, today);
    expect(taken.map(({ content }) => content)).toEqual(contents);
    expect(taken.map(({ found }) => found.target)).toEqual([
      { 'by-email': 'bob@acme.example' },
      { 'by-email': 'ann@acme.example' },
      {},
    ]);
    expect(usableRows([], expressions, today)).toEqual([]);
  });

  test('over which a rule fails are taken all the same, with the reason', () => {
    const correlationRules = (company.correlationRules ?? []).map((rule) => ({ ...rule, target: 'fail' }));
    const failing = correlationExpressionsOf(typed(account, { correlationRules }).model, 'crmAccount');
    expect(usableRows([row('ann')], failing, today)).toMatchObject([
      { found: { target: {}, problems: [expect.stringContaining('by-email: ')] } },
    ]);
  });

  test('are found by what queries ask of them', () => {
    const queryRules = [
      { ...plainQueryRule, policy: 'p', identifier: 'q', resourceType: 'crm-account', property: 'groups' },
    ].map((rule) => ({ ...rule, source: 'person.department', target: 'resource.name' }));
    const asked = correlationExpressionsOf(typed(groups, { queryRules }).model, 'crmGroup');
    expect(usableRows([row('g', { attributes: { name: 'sales' } })], asked, today)).toMatchObject([
      { found: { target: { [queryKey('q')]: 'sales' } } },
    ]);
  });

  test.each<[string, readonly ResourceContent[], string, string]>([
    ['a key twice', [row('ann'), row('bob'), row('ann')], 'AMBIGUOUS_MATCH', 'the key "ann" is there more than once'],
    ['no key', [row('ann'), row(' ')], 'INVALID_VALUE', 'row " " has no key'],
    ['a key that is no text', [row('a\0')], 'INVALID_VALUE', 'row "a\0" has a key with characters that are not text'],
    [
      'a value that is no text',
      [row('ann', { attributes: { email: 'x\uD800' } })],
      'INVALID_VALUE',
      'row "ann" has characters in "email" that are not text',
    ],
    [
      'a link that is no text',
      [row('ann', { links: { groups: ['sales', '\0'] } })],
      'INVALID_VALUE',
      'row "ann" has a link in "groups" with characters that are not text',
    ],
  ])('with %s among them are all refused, by name, and nothing is applied', (_name, contents, code, message) => {
    expect(refusalOf(contents)).toEqual({
      code,
      message,
      hint: 'Correct the data in the managed system; nothing of this reading was applied.',
    });
  });

  test('whose keys differ in case only are two rows', () => expect(refusalOf([row('ann'), row('Ann')])).toBeNull());
});

test('a refusal carries its reason and its cause out of the loops', () => {
  const refusal = repeatedRow('ann');
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal.message).toBe(refusal.reason.message);
  const cause = new Error('below');
  expect(new RefusedReading(refusal.reason, { cause })).toMatchObject({ cause, reason: { code: 'AMBIGUOUS_MATCH' } });
});
