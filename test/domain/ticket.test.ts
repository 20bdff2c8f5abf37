// Instructions of tickets: what may stand in them, and how they are filled in.
import { describe, expect, test } from '@jest/globals';
import type { Configuration } from '#src/domain/configuration.js';
import { renderedInstructions, ticketConflicts, unknownPlaceholders } from '#src/domain/ticket.js';
import { emptyConfiguration, plainIdentityMapping, plainResourceType } from './definition.js';

const entityType = (identifier: string, properties: readonly string[], isPeople = false) => ({
  identifier,
  displayName: identifier,
  connector: 'c',
  connection: 'desk',
  objectType: identifier,
  key: 'id',
  displayProperty: 'name',
  properties: properties.map((name) => ({
    identifier: name,
    displayName: name,
    attribute: name,
    type: 'string' as const,
    references: null,
    isMultivalued: name === 'doors',
    isSecret: name === 'pin',
  })),
  lastUsedProperty: null,
  identity: isPeople ? plainIdentityMapping : null,
});
const person = entityType('person', ['id', 'name', 'office'], true);
const configuration = (instructions: string, packageName = 'ticket'): Configuration => ({
  ...emptyConfiguration,
  connections: [
    {
      identifier: 'desk',
      displayName: 'Desk',
      connector: 'c',
      package: packageName,
      settings: { instructions },
      concurrency: 4,
      ratePerSecond: null,
      deadlineSeconds: 30,
    },
  ],
  entityTypes: [person, entityType('badge', ['id', 'zone', 'doors', 'pin'])],
  resourceTypes: [
    {
      ...plainResourceType,
      identifier: 'badge',
      displayName: 'Badge',
      sourceEntityType: 'person',
      targetEntityType: 'badge',
      policy: 'main',
      connection: 'desk',
      key: 'person.id',
    },
  ],
});

describe('placeholders', () => {
  test.each(['person.displayName', 'person.key', 'person.office', 'account.key', 'change.zone', 'change.doors'])(
    '{{%s}} are known',
    (name) => expect(ticketConflicts(configuration(`Do {{ ${name} }} now.`))).toEqual([]),
  );

  test.each(['person.shoe', 'change.colour', 'account.zone', 'change.pin', 'now', ''])('{{%s}} are refused', (name) => {
    expect(ticketConflicts(configuration(`Do {{${name}}} now.`))).toMatchObject([
      { path: ['connections', 0, 'settings', 'instructions'], why: `{{${name}}} stands for nothing` },
    ]);
  });

  test('are told with what may stand in their place, and only in connections without code', () => {
    const [first] = unknownPlaceholders('{{change.colour}}', configuration(''), 'desk');
    expect(first?.known).toEqual(['change.id', 'change.zone', 'change.doors']);
    expect(ticketConflicts(configuration('{{now}}', 'manual'))).toHaveLength(1);
    expect(ticketConflicts(configuration('{{now}}', 'csv'))).toEqual([]);
  });
});

describe('instructions', () => {
  const template =
    '{{person.displayName}} ({{person.key}}, {{person.office}}): {{account.key}} zone {{change.zone}}, doors {{change.doors}}, id {{change.id}}.';
  const delta = {
    key: 'b-7',
    scalars: [{ property: 'zone', from: null, to: 'A {{person.key}}', rule: null }],
    links: [{ property: 'doors', add: ['d1', 'd2'], remove: ['d3'], rules: {} }],
  };
  const ada = { id: 'x', key: 'ada', attributes: { name: 'Ada L.', office: '' }, isRemoved: false };

  test('are filled in once: what is filled in is no placeholder', () => {
    expect(renderedInstructions(template, { person: ada, delta }, person)).toBe(
      'Ada L. (ada, –): b-7 zone A {{person.key}}, doors +d1, +d2, −d3, id unchanged.',
    );
  });

  test('say of an account without an owner what there is', () => {
    expect(renderedInstructions('{{person.displayName}}: {{account.key}}', { person: null, delta }, person)).toBe(
      '–: b-7',
    );
  });
});
