// Whose an existing account is, over rows that were really read: uncertain matches, several accounts, and classified rows.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ClassificationRule, Configuration, CorrelationRule } from '../../src/domain/configuration.js';
import { company, crmType } from '../domain/role-model/company.js';
import { openWorld, type World } from './role-model-world.js';
import { accountsOf, load, person, row, system } from './value-world.js';

const byMail = company.correlationRules[0] as CorrelationRule; // The company has it.
const byTitle: CorrelationRule = {
  ...byMail,
  identifier: 'by-title',
  source: 'person.department',
  target: 'resource.title',
  confidencePercent: 70,
};
const isAdmin: ClassificationRule = {
  identifier: 'admins',
  policy: 'p',
  resourceType: 'crm-admin',
  when: 'resource.login.startsWith("adm-")',
  confidencePercent: 100,
};
const isUser: ClassificationRule = {
  ...isAdmin,
  identifier: 'users',
  resourceType: 'crm-account',
  when: '!resource.login.startsWith("adm-")',
};

const account = (login: string, more: Readonly<Record<string, string>> = {}) => row(login, { login, ...more });

describe('existing accounts', () => {
  let world: World;
  const configure = (changes: Partial<Configuration> = {}): void => world.configure({ ...system, ...changes });
  const lines = async (): Promise<readonly string[]> =>
    (await accountsOf(world)).map(({ person: who, key, state }) => `${who} ${key} ${state}`);

  const idOf = async (key: string): Promise<string> =>
    (
      await world.database.query<{ id: string }>(`select id from resource where entity_type = 'person' and key = $1`, [
        key,
      ])
    ).rows[0]?.id ?? '';

  beforeAll(async () => {
    world = await openWorld('correlation');
  });
  beforeEach(async () => {
    await world.database.query('truncate resource, synchronization_state, dirty_identity, event cascade');
    configure({ correlationRules: [byMail, byTitle] });
  });
  afterAll(() => world.close());

  test('are proposed where the match is uncertain, and wait for a person', async () => {
    await load(world, { person: [person('camille')], crmAccount: [account('old', { title: 'sales' })] });
    await world.compute();
    expect(await lines()).toEqual(['camille old AWAITING_APPROVAL']);
  });

  test("are not proposed to one person where they surely are another one's, whoever is computed first", async () => {
    const both = [person('ada'), person('zoe', { department: 'sales', email: 'zoe@acme.example' })];
    const found = [account('old', { title: 'sales', email: 'zoe@acme.example' })];
    await load(world, { person: both, crmAccount: found });
    await world.compute();
    expect(await lines()).toEqual(['ada ada PENDING', 'zoe old VERIFIED']);
  });

  test('whose key is promised to somebody else end with whom a sure rule says, and stop nobody else', async () => {
    const people = [person('ada'), person('fay'), person('gus')];
    await load(world, { person: people });
    await world.compute();
    await load(world, { person: people, crmAccount: [account('fay', { email: 'ada@acme.example' })] });
    const ada = await idOf('ada');
    await world.compute({ kind: 'identities', ids: [ada] });
    expect((await lines())[0]).toBe('ada ada ERROR');
    await world.compute();
    expect(await lines()).toEqual(['ada fay VERIFIED', 'fay fay ERROR', 'gus gus PENDING']);
  });

  test('that were promised, taken or matched twice are looked at again by an incremental run once nothing stands in the way', async () => {
    const twice = [account('one', { email: 'ada@acme.example' }), account('two', { email: 'ada@acme.example' })];
    await load(world, { person: [person('ada')], crmAccount: twice });
    await world.compute();
    expect((await lines())[0]).toContain('ERROR');
    await load(world, { person: [person('ada')], crmAccount: twice.slice(0, 1) });
    await world.database.query('delete from dirty_identity');
    await world.compute();
    expect(await lines()).toEqual(['ada one VERIFIED']);
  });

  test('are not proposed again once declined', async () => {
    await load(world, { person: [person('camille')], crmAccount: [account('old', { title: 'sales' })] });
    await world.compute();
    await world.database.query(
      `update resource_assignment set declined_hash = 'resource:' || resource_id, resource_id = null`,
    );
    await world.database.query(
      `insert into dirty_identity (identity_id, reason) select identity_id, 'review' from resource_assignment`,
    );
    await world.compute();
    expect(await lines()).toEqual(['camille camille PENDING']);
  });

  test("are all one person's where several are allowed, those that come later too", async () => {
    configure({ resourceTypes: [{ ...crmType, correlateMultipleResources: true }] });
    const mail = { email: 'camille@acme.example' };
    await load(world, { person: [person('camille')], crmAccount: [account('one', mail), account('two', mail)] });
    await world.compute();
    expect(await lines()).toEqual(['camille one VERIFIED', 'camille two VERIFIED']);
    const three = [account('one', mail), account('two', mail), account('three', mail)];
    await load(world, { person: [person('camille')], crmAccount: three });
    await world.compute();
    expect(await lines()).toHaveLength(3);
  });

  test('belong only to the type they are classified as, where two types share an entity type', async () => {
    configure({
      resourceTypes: [crmType, { ...crmType, identifier: 'crm-admin', key: '"adm-" + person.login' }],
      typeRules: [
        ...company.typeRules,
        ...company.typeRules.slice(0, 1).map((rule) => ({ ...rule, identifier: 'admin', resourceType: 'crm-admin' })),
      ],
      correlationRules: [byMail, { ...byMail, identifier: 'admin-by-mail', resourceType: 'crm-admin' }],
      classificationRules: [isAdmin, isUser],
    });
    const mail = { email: 'camille@acme.example' };
    await load(world, {
      person: [person('camille')],
      crmAccount: [account('adm-x', mail), account('x', mail), account('adm-orphan')],
    });
    await world.compute();
    expect(await lines()).toEqual(['camille x VERIFIED']);
    expect(await accountsOf(world, 'crm-admin')).toMatchObject([{ key: 'adm-x', state: 'VERIFIED' }]);
    const { rows } = await world.database.query(
      'select key, classified_as as is from resource where classified_as is not null order by 1',
    );
    expect(rows).toEqual([
      { key: 'adm-orphan', is: 'crm-admin' },
      { key: 'adm-x', is: 'crm-admin' },
      { key: 'x', is: 'crm-account' },
    ]);
  });

  test('are classified anew when the rules change, although no row did', async () => {
    const rows = { person: [person('camille')], crmAccount: [account('adm-x')] };
    const classes = async () =>
      (await world.database.query('select classified_as as is from resource where key = $1', ['adm-x'])).rows;
    await load(world, rows);
    expect(await classes()).toEqual([{ is: null }]);
    configure({ classificationRules: [{ ...isAdmin, resourceType: 'crm-account' }] });
    await load(world, rows);
    expect(await classes()).toEqual([{ is: 'crm-account' }]);
    configure();
    await load(world, rows);
    expect(await classes()).toEqual([{ is: null }]);
  });
});
