// Parameters of roles whose values are rows: what a rule or a person gives must be there.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EntityTypeDefinition, RoleDefinition } from '../../src/domain/configuration.js';
import { plainRoleRule, plainScalarRule } from '../domain/definition.js';
import { company, role } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';
import { accountsOf, load, person, row, system } from './value-world.js';

const [template] = company.entityTypes;
const site: EntityTypeDefinition = {
  ...(template as EntityTypeDefinition), // The company has people.
  identifier: 'site',
  displayName: 'Site',
  objectType: 'site',
  key: 'login',
  identity: null,
};
const door: RoleDefinition = {
  ...role('door'),
  parameters: [{ identifier: 'site', displayName: 'Site', dimension: 'site', isRequired: true }],
};

describe('a parameter that names a row', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld('role_parameter');
    world.configure({
      ...system,
      entityTypes: [...company.entityTypes, site],
      dimensions: [{ identifier: 'site', displayName: 'Site', entityType: 'site', parent: null }],
      singleRoles: [...company.singleRoles, door],
      roleRules: [
        {
          ...plainRoleRule,
          policy: 'p',
          identifier: 'door-of-department',
          role: 'door',
          parameters: { site: 'person.department' },
        },
      ],
      typeRules: company.typeRules.slice(0, 1).map((rule) => ({ ...rule, role: 'door' })),
      scalarRules: [
        {
          ...plainScalarRule,
          policy: 'p',
          identifier: 'title-of-site',
          resourceType: 'crm-account',
          property: 'title',
          role: 'door',
          value: '"at " + parameters.site',
        },
      ],
      navigationRules: [],
    });
  });
  afterAll(() => world.close());

  test('gives nothing but an error that names it until the row is there', async () => {
    const people = [person('camille', { department: 'lyon' })];
    await load(world, { person: people });
    await world.compute();
    const [refused] = await accountsOf(world);
    expect(refused?.state).toBe('ERROR');
    expect(refused?.error).toContain('The parameter site of door is "lyon", which is no value of site.');
    await load(world, { person: people, site: [row('lyon', { login: 'lyon' })] });
    await world.compute({ kind: 'all' });
    expect(await accountsOf(world)).toMatchObject([{ state: 'PENDING', error: null, values: { title: 'at lyon' } }]);
    const again = await world.compute({ kind: 'all' });
    expect(again.counters.updated).toBe(0);
  });
});
