// Links that are looked for: query rules over rows that the synchronisation has read, and who is computed again when such a row changes.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EntityTypeDefinition, PropertyDefinition, QueryRule } from '../../src/domain/configuration.js';
import { plainQueryRule } from '../domain/definition.js';
import { company } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';
import { accountsOf, load, person, row, system } from './value-world.js';

const property = (identifier: string, more: Partial<PropertyDefinition> = {}): PropertyDefinition => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type: 'string',
  references: null,
  isMultivalued: false,
  isSecret: false,
  ...more,
});

const group: EntityTypeDefinition = {
  lastUsedProperty: null,
  identity: null,
  identifier: 'crmGroup',
  displayName: 'Group',
  connector: 'c',
  connection: 'c',
  objectType: 'crmGroup',
  key: 'name',
  displayProperty: 'name',
  properties: ['name', 'department', 'office'].map((name) => property(name)),
};

const withOffice = company.entityTypes.map((type) =>
  type.identifier === 'crmAccount'
    ? { ...type, properties: [...type.properties, property('office', { references: 'crmGroup' })] }
    : type,
);

const rule = (more: Partial<QueryRule> & Pick<QueryRule, 'identifier'>): QueryRule => ({
  ...plainQueryRule,
  policy: 'p',
  resourceType: 'crm-account',
  property: 'office',
  source: 'person.department',
  target: 'resource.department',
  ...more,
});

describe('query rules', () => {
  let world: World;
  const configure = (...queryRules: readonly QueryRule[]): void =>
    world.configure({ ...system, entityTypes: [...withOffice, group], queryRules });
  const office = async (): Promise<unknown> => (await accountsOf(world))[0]?.values['office'];
  const everything = (groups: Readonly<Record<string, string>>) => ({
    person: [person('camille')],
    crmGroup: Object.entries(groups).map(([name, department]) => row(name, { name, department })),
  });

  beforeAll(async () => {
    world = await openWorld('query_rule');
  });
  beforeEach(async () => {
    await world.database.query('truncate resource, synchronization_state, dirty_identity, event cascade');
    configure(rule({ identifier: 'office-of-department' }));
  });
  afterAll(() => world.close());

  test('give the link to the one row that matches', async () => {
    await load(world, everything({ 'G-1': 'sales', 'G-2': 'finance' }));
    await world.compute();
    expect(await accountsOf(world)).toMatchObject([{ state: 'PENDING', values: { office: 'G-1' } }]);
  });

  test('give each of several links, where the property holds several', async () => {
    configure(
      rule({ identifier: 'group-of-department', property: 'groups' }),
      rule({
        identifier: 'group-of-sellers',
        property: 'groups',
        role: 'seller',
        source: '"all-" + person.department',
      }),
    );
    await load(world, everything({ 'G-1': 'sales', 'G-2': 'all-sales' }));
    await world.compute();
    expect((await accountsOf(world))[0]?.links).toEqual({
      groups: { 'G-1': 'group-of-department', 'G-2': 'group-of-sellers' },
    });
  });

  test('try the surest first, and wait for a person with what is less than sure', async () => {
    configure(
      rule({ identifier: 'guess', source: '"guess"', confidencePercent: 60 }),
      rule({ identifier: 'sure', source: 'person.login', confidencePercent: 100 }),
    );
    await load(world, everything({ 'G-1': 'guess' }));
    await world.compute();
    expect(await accountsOf(world)).toMatchObject([{ state: 'AWAITING_APPROVAL', values: { office: 'G-1' } }]);
    await load(world, everything({ 'G-1': 'guess', 'G-2': 'camille' }));
    await world.compute();
    expect(await accountsOf(world)).toMatchObject([{ state: 'PENDING', values: { office: 'G-2' } }]);
  });

  test('are an error that names both where two rows match', async () => {
    await load(world, everything({ 'G-1': 'sales', 'G-2': 'sales' }));
    await world.compute();
    const [account] = await accountsOf(world);
    expect(account?.state).toBe('ERROR');
    expect(account?.error).toContain('finds several rows for office, with "sales": G-1, G-2');
  });

  test('are computed again when a row comes, changes and goes, and only for those who ask for it', async () => {
    const others = { person: [person('camille'), person('paul', { department: 'finance' })] };
    const reading = (groups: Readonly<Record<string, string>>) => ({ ...everything(groups), ...others });
    const marked = async (): Promise<readonly string[]> =>
      (
        await world.database.query<{ key: string }>(
          'select r.key from dirty_identity d join resource r on r.id = d.identity_id order by 1',
        )
      ).rows.map(({ key }) => key);
    await load(world, reading({}));
    await world.compute();
    expect(await office()).toBeUndefined();
    await load(world, reading({ 'G-1': 'sales' }));
    expect(await marked()).toEqual(['camille']);
    await world.compute();
    expect(await office()).toBe('G-1');
    // A row that matches as before concerns nobody.
    await load(world, { ...others, crmGroup: [row('G-1', { name: 'G-1', department: 'sales', office: 'Lyon' })] });
    expect(await marked()).toEqual([]);
    await load(world, reading({ 'G-1': 'finance' }));
    expect(await marked()).toEqual(['camille']);
    await world.compute();
    expect(await office()).toBeUndefined();
    await load(world, reading({ 'G-1': 'sales' }));
    await world.compute();
    await load(world, reading({}));
    expect(await marked()).toEqual(['camille']);
    await world.compute();
    expect(await office()).toBeUndefined();
  });

  test('leave unchanged people unwritten and unloaded in a complete run', async () => {
    await load(world, everything({ 'G-1': 'sales' }));
    await world.compute();
    await world.carryOut();
    await world.compute();
    const again = await world.compute({ kind: 'all' });
    expect(again.counters).toMatchObject({ read: 1, skipped: 1, updated: 0 });
    // The control: what the directory answers now is looked at in that run, too.
    await world.database.query(`update correlation_key set value = 'other'`);
    const after = await world.compute({ kind: 'all' });
    expect(after.counters.updated).toBeGreaterThan(0);
  });
});
