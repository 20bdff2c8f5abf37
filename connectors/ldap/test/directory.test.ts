// What only a real directory can show: schema, kinds of links, places, limits, passwords, hostile names.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ApplyOutcome,
  callContext,
  type ConnectorError,
  type ConnectorSession,
  type ConnectorSettings,
  type Delta,
} from '@joinery/connector-kit';
import ldap from '@joinery/connector-ldap';
import { childName } from '@joinery/ldap-client';
import fc from 'fast-check';
import { person, startDirectory } from './directory.js';

const directory = await startDirectory();
const { admin, server, people, groups } = directory;
afterAll(() => directory.stop());
beforeEach(async () => {
  await admin.empty(groups);
  for (const unit of ['north', 'south']) await admin.empty(`ou=${unit},${people}`).catch(() => undefined);
  await admin.empty(people);
});

const connection = {
  host: server.host,
  port: server.port,
  bindDn: server.service.dn,
  password: server.service.password,
  baseDn: server.suffix,
};
const account = { name: 'account', baseDn: people, objectClasses: ['inetOrgPerson'], rdnAttribute: 'uid', key: 'uid' };
const withTypes = (...objectTypes: readonly object[]): ConnectorSettings => ({ ...connection, objectTypes });

async function using<T>(settings: ConnectorSettings, use: (session: ConnectorSession) => Promise<T>): Promise<T> {
  const session = await ldap.open(settings);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const change = (
  kind: Delta['kind'],
  objectType: string,
  key: string,
  set: Delta['set'] = {},
  more: Partial<Delta> = {},
): Delta => ({ kind, objectType, key, set, add: {}, remove: {}, ...more });

const newAccount = (key: string, set: Delta['set'] = {}, more: Partial<Delta> = {}): Delta =>
  change('create', 'account', key, { sn: 'Muster', cn: 'Muster', ...set }, more);

const write = (session: ConnectorSession, delta: Delta): Promise<ApplyOutcome> =>
  session.apply(delta, { ...callContext(20_000), idempotencyKey: 'k' });

async function applied(session: ConnectorSession, ...deltas: readonly Delta[]): Promise<void> {
  for (const delta of deltas) expect(await write(session, delta)).toMatchObject({ kind: 'applied' });
}

const read = (session: ConnectorSession, objectType: string, key: string) =>
  session.read(objectType, key, callContext(20_000));

async function keysListed(session: ConnectorSession, objectType: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const page of session.list(objectType, callContext(20_000)))
    keys.push(...page.objects.map((object) => object.key));
  return keys.sort();
}

async function checkError(settings: ConnectorSettings): Promise<ConnectorError> {
  return using(settings, (session) =>
    session.check(callContext(10_000)).then(
      () => Promise.reject(new Error('the check passed')),
      (error: ConnectorError) => error,
    ),
  );
}

describe('settings that do not fit the directory', () => {
  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ['an object class that is not there', { objectClasses: ['inetOrgPersn'] }, /object class "inetOrgPersn"/],
    ['an attribute that is not there', { attributes: [{ name: 'eMale' }] }, /no attribute "eMale"/],
    ['an attribute twice', { attributes: [{ name: 'mail' }, { name: 'mail' }] }, /attribute "mail" twice/],
  ];
  test.each(wrong)('%s: the check says so by name', async (_name, part, message) => {
    const error = await checkError(withTypes({ ...account, ...part }));
    expect(error.failure.code).toBe('INVALID_VALUE');
    expect(error.message).toMatch(message);
  });

  test('a base that is not there: NOT_FOUND, with what the server holds', async () => {
    const error = await checkError({ ...withTypes({ ...account, baseDn: 'ou=a,dc=gone' }), baseDn: 'dc=gone' });
    expect(error.failure).toMatchObject({ code: 'NOT_FOUND', hint: expect.stringContaining(server.suffix) });
  });

  const contradictions: readonly (readonly [string, ConnectorSettings, RegExp])[] = [
    ['a place outside the base', withTypes({ ...account, baseDn: 'dc=other' }), /not below the setting "baseDn"/],
    ['places within one another', withTypes({ ...account, baseDn: [people, server.suffix] }), /lie within one another/],
    ['no name', withTypes({ ...account, baseDn: 'people' }), /"people" is no name/],
    ['a filter that is none', withTypes({ ...account, filter: '(uid=' }), /filter .* is not valid/],
    [
      'a link to nowhere',
      withTypes({ ...account, links: [{ name: 'boss', attribute: 'manager', targetObjectType: 'gone' }] }),
      /object type "gone"/,
    ],
  ];
  test.each(contradictions)('%s: opening says so', async (_name, settings, message) => {
    await expect(ldap.open(settings)).rejects.toThrow(message);
  });
});

describe('the schema of the directory', () => {
  test('gives attributes their names, types and rules when the settings name none', async () => {
    const type = { ...account, objectClasses: ['inetOrgPerson', 'posixAccount'], key: 'entryUUID' };
    const [described] = await using(withTypes(type), (session) => session.describe(callContext(10_000)));
    const named = new Map(described?.attributes.map((attribute) => [attribute.name, attribute]));
    expect([described?.keyAttribute, described?.nameAttribute]).toEqual(['entryUUID', 'uid']);
    expect(named.get('sn')).toMatchObject({ type: 'string', isRequired: true });
    expect(named.get('uidNumber')).toMatchObject({ type: 'number', isRequired: true });
    expect(named.get('mail')).toMatchObject({ type: 'string', isRequired: false });
    expect(['jpegPhoto', 'userPassword', 'objectClass', 'createTimestamp'].filter((name) => named.has(name))).toEqual(
      [],
    );
  });

  test('types values: numbers, several values as lines, times, base64', async () => {
    const attributes = [
      { name: 'sn' },
      { name: 'cn' },
      { name: 'uidNumber' },
      { name: 'gidNumber' },
      { name: 'home', attribute: 'homeDirectory' },
      { name: 'phones', attribute: 'telephoneNumber', multivalued: true },
      { name: 'photo', attribute: 'jpegPhoto', encoding: 'base64' },
      { name: 'made', attribute: 'createTimestamp' },
    ];
    const type = { ...account, objectClasses: ['inetOrgPerson', 'posixAccount'], attributes };
    const set = { uidNumber: 1001, gidNumber: 1, home: '/home/a', phones: '+1 2\n+1 1', photo: 'AP8QIA==' };
    await using(withTypes(type), async (session) => {
      await applied(session, newAccount('a', set));
      const row = await read(session, 'account', 'a');
      expect(row?.attributes).toMatchObject({
        ...set,
        phones: '+1 1\n+1 2',
        made: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      expect(await write(session, change('update', 'account', 'a', set))).toMatchObject({ kind: 'alreadySo' });
      await applied(session, change('update', 'account', 'a', { uidNumber: 1002, phones: '+1 3' }));
      expect(await write(session, change('update', 'account', 'a', { uidNumber: 1.5 }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'INVALID_VALUE' },
      });
    });
  });
});

describe('what the directory refuses', () => {
  const cases: readonly (readonly [string, Delta, string, string])[] = [
    ['a value with a wrong form', newAccount('b', { mail: 'no mail' }), 'CONSTRAINT_VIOLATION', '19'],
    ['a value another entry has', newAccount('b', { mail: 'a@x' }), 'CONSTRAINT_VIOLATION', '19'],
    ['a name with a wrong syntax', newAccount('b', { manager: 'nobody' }), 'INVALID_VALUE', '21'],
  ];
  test.each(cases)('%s: refused with its own code, nothing written', async (_name, delta, code, targetCode) => {
    await using(withTypes(account), async (session) => {
      await applied(session, newAccount('a', { mail: 'a@x' }));
      expect(await write(session, delta)).toMatchObject({ kind: 'refused', failure: { code, targetCode } });
      expect(await keysListed(session, 'account')).toEqual(['a']);
    });
  });

  test('an unpaged reading beyond the limits of the account: the hint says which setting', async () => {
    await admin.addAll(Array.from({ length: 30 }, (_unused, n) => person(`p${n}`, people)));
    await using({ ...withTypes(account), pageSize: 1_000 }, async (session) => {
      const error: unknown = await keysListed(session, 'account').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ failure: { targetCode: '11', hint: expect.stringContaining('pageSize') } });
    });
    await using({ ...withTypes(account), pageSize: 7 }, async (session) => {
      expect((await keysListed(session, 'account')).length).toBe(30);
    });
  });

  test('a place the account may only read: FORBIDDEN', async () => {
    const restricted = { ...account, baseDn: `ou=restricted,${server.suffix}` };
    await using(withTypes(restricted), async (session) => {
      expect(await write(session, newAccount('a'))).toMatchObject({
        kind: 'refused',
        failure: { code: 'FORBIDDEN', targetCode: '50' },
      });
    });
  });
});

describe('links', () => {
  const group = (objectClass: string, attribute: string, more: object = {}, type: object = {}) => ({
    name: 'group',
    baseDn: groups,
    objectClasses: [objectClass],
    rdnAttribute: 'cn',
    key: 'cn',
    scope: 'one',
    links: [{ name: 'members', attribute, targetObjectType: 'account', ...more }],
    ...type,
  });
  const nobody = { placeholderMember: `cn=nobody,${server.suffix}` };
  const posix = group('posixGroup', 'memberUid', { value: 'name' });
  const kinds: readonly (readonly [string, object, Delta['set'], readonly string[]])[] = [
    ['member', group('groupOfNames', 'member', {}, nobody), {}, [childName('uid', 'a', people)]],
    ['uniqueMember', group('groupOfUniqueNames', 'uniqueMember', {}, nobody), {}, [childName('uid', 'a', people)]],
    ['memberUid', posix, { gidNumber: 7 }, ['a']],
  ];
  test.each(kinds)('by %s hold what others expect there', async (attribute, type, set, stored) => {
    await using(withTypes(account, type), async (session) => {
      await applied(session, newAccount('a'), newAccount('b'));
      await applied(session, change('create', 'group', 'g', set, { add: { members: ['a', 'b'] } }));
      await applied(session, change('update', 'group', 'g', {}, { remove: { members: ['b'] } }));
      expect((await read(session, 'group', 'g'))?.links).toEqual({ members: ['a'] });
      expect(await admin.values(groups, attribute)).toEqual(expect.arrayContaining([...stored]));
    });
  });

  test('of a group that others made without a placeholder: its last member can be removed', async () => {
    const type = group('groupOfNames', 'member', {}, nobody);
    await admin.addAll([person('a', people)]);
    await admin.add(childName('cn', 'g', groups), {
      objectClass: ['groupOfNames'],
      cn: ['g'],
      member: [childName('uid', 'a', people)],
    });
    await using(withTypes(account, type), async (session) => {
      await applied(session, change('update', 'group', 'g', {}, { remove: { members: ['a'] } }));
      expect((await read(session, 'group', 'g'))?.links).toEqual({ members: [] });
    });
  });

  test.each([
    ['asked of the groups', {}],
    ['kept by the server', { reverseAttribute: 'memberOf' }],
  ])('of an account to its groups, %s, are written into the groups', async (_name, more) => {
    const roles = { name: 'roles', attribute: 'member', targetObjectType: 'group', side: 'other', ...more };
    const plain = { ...group('groupOfNames', 'member', {}, nobody), links: [] };
    await using(withTypes({ ...account, links: [roles] }, plain), async (session) => {
      await applied(session, change('create', 'group', 'g'), change('create', 'group', 'h'));
      await applied(session, newAccount('a', {}, { add: { roles: ['g', 'h'] } }));
      expect((await read(session, 'account', 'a'))?.links).toEqual({ roles: ['g', 'h'] });
      expect(await write(session, newAccount('a', {}, { add: { roles: ['g', 'h'] } }))).toMatchObject({
        kind: 'alreadySo',
      });
      const leave = change('update', 'account', 'a', { title: 'x' }, { remove: { roles: ['g'] } });
      await applied(session, leave);
      expect(await write(session, leave)).toMatchObject({ kind: 'alreadySo' });
      expect((await read(session, 'account', 'a'))?.links).toEqual({ roles: ['h'] });
      await applied(session, change('delete', 'account', 'a'));
      expect(await admin.values(groups, 'member')).not.toContain(childName('uid', 'a', people));
    });
  });

  test('by reference (manager) lead to another row of the same kind', async () => {
    const boss = { name: 'boss', attribute: 'manager', targetObjectType: 'account' };
    await using(withTypes({ ...account, links: [boss] }), async (session) => {
      await applied(session, newAccount('boss'), newAccount('a', {}, { add: { boss: ['boss'] } }));
      expect((await read(session, 'account', 'a'))?.links).toEqual({ boss: ['boss'] });
      expect(await write(session, newAccount('b', {}, { add: { boss: ['nobody'] } }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'CONSTRAINT_VIOLATION', message: expect.stringContaining('nobody') },
      });
    });
  });
});

describe('places', () => {
  const placed = { ...account, key: 'entryUUID', placeAttribute: 'place' };
  const [north, south] = [`ou=north,${people}`, `ou=south,${people}`];

  test('rows are made there, moved, and moved and renamed at once, with the same key', async () => {
    for (const unit of ['north', 'south'])
      await admin.add(`ou=${unit},${people}`, { objectClass: ['organizationalUnit'], ou: [unit] });
    await using(withTypes(placed), async (session) => {
      const made = await write(session, newAccount('a', { place: north }));
      const key = 'key' in made ? made.key : '';
      expect((await read(session, 'account', 'a'))?.attributes.place).toBe(north);
      await applied(session, change('update', 'account', key, { place: south }));
      await applied(session, change('update', 'account', 'a', { place: north, uid: 'b,c', title: 'moved' }));
      expect(await read(session, 'account', key)).toMatchObject({
        key,
        attributes: { place: north, uid: 'b,c', title: 'moved' },
      });
      expect(await write(session, change('update', 'account', key, { place: north.toUpperCase() }))).toMatchObject({
        kind: 'alreadySo',
      });
    });
  });

  test('a place of somebody else is refused, and so is a name that is taken at another place', async () => {
    await admin.add(north, { objectClass: ['organizationalUnit'], ou: ['north'] });
    await using(withTypes(placed), async (session) => {
      await applied(session, newAccount('a', { place: north }));
      expect(await write(session, newAccount('b', { place: groups }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'INVALID_VALUE', hint: expect.stringContaining(people) },
      });
      expect(await write(session, newAccount('a', { title: 'other' }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'ALREADY_EXISTS' },
      });
    });
  });

  test('an update is taken back when the move after it is refused', async () => {
    await admin.addAll([person('taken', people)]);
    await using(withTypes(placed), async (session) => {
      await applied(session, newAccount('a', { title: 'before' }));
      expect(await write(session, change('update', 'account', 'a', { title: 'after', uid: 'taken' }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'ALREADY_EXISTS' },
      });
      expect((await read(session, 'account', 'a'))?.attributes.title).toBe('before');
    });
  });
});

describe('passwords', () => {
  const secured = { ...account, passwordAttribute: 'userPassword' };

  test.each(['operation', 'attribute'])('by %s: one used lately is refused by the rules of the server', async (how) => {
    await using(withTypes({ ...secured, passwordMethod: how }), async (session) => {
      const become = (userPassword: string) => change('update', 'account', 'a', { userPassword });
      await applied(session, newAccount('a', { userPassword: 'First-pass/1' }), become('Second-pass/2'));
      expect(await directory.signsIn(childName('uid', 'a', people), 'Second-pass/2')).toBe(true);
      const again = await write(session, become('First-pass/1'));
      expect(again).toMatchObject({ kind: 'refused', failure: { code: 'CONSTRAINT_VIOLATION', targetCode: '19' } });
      expect(JSON.stringify(again)).not.toContain('First-pass');
      // After a lost answer the same password is sent again.
      expect(await write(session, become('Second-pass/2'))).toMatchObject({ kind: 'alreadySo' });
    });
  });
});

describe('keys that are names of entries (DN)', () => {
  test('make, find, change and delete rows, whatever the spelling', async () => {
    await using(withTypes({ ...account, key: 'dn' }), async (session) => {
      const key = childName('uid', 'a,b', people);
      const made = await write(session, newAccount(key));
      expect(made).toMatchObject({ kind: 'applied' });
      const row = await read(session, 'account', key.toUpperCase());
      expect(row?.attributes).toMatchObject({ uid: 'a,b', dn: 'key' in made ? made.key : '' });
      await applied(session, change('update', 'account', key, { title: 'x' }), change('delete', 'account', key));
      expect(await read(session, 'account', key)).toBeNull();
      expect(await read(session, 'account', 'no name')).toBeNull();
    });
  });
});

describe('keys that are another attribute than the name', () => {
  test('keep two people with one name apart, and let a person be renamed', async () => {
    await using(withTypes({ ...account, key: 'employeeNumber' }), async (session) => {
      await applied(session, newAccount('1', { uid: 'anna' }));
      expect(await write(session, newAccount('2', { uid: 'anna' }))).toMatchObject({
        kind: 'refused',
        failure: { code: 'ALREADY_EXISTS' },
      });
      expect(await write(session, newAccount('1', { uid: 'anna' }))).toMatchObject({ kind: 'alreadySo', key: '1' });
      await applied(session, change('update', 'account', '1', { uid: 'anna2' }));
      expect((await read(session, 'account', '1'))?.attributes).toMatchObject({ uid: 'anna2', employeeNumber: '1' });
    });
  });
});

describe('hostile text', () => {
  const odd = fc.string({
    unit: fc.constantFrom(...' ,+"\\<>;=#/*()&|!~:\t\r\n\u00a0aBü漢😀'),
    minLength: 1,
    maxLength: 8,
  });

  test('in names and values is stored as it is, found again, and nothing else is', async () => {
    const attributes = [{ name: 'uid' }, { name: 'sn' }, { name: 'cn' }, { name: 'description' }];
    await admin.addAll([person('bystander', people)]);
    await using(withTypes({ ...account, key: 'entryUUID', attributes }), (session) =>
      fc.assert(
        fc.asyncProperty(odd, odd, async (name, description) => {
          // The directory takes blanks alone for no name at all.
          fc.pre(name.trim() !== '' && description.trim() !== '');
          const made = await write(session, newAccount(name, { description }));
          expect(made).toMatchObject({ kind: 'applied' });
          const key = 'key' in made ? made.key : '';
          for (const text of [key, name])
            expect(await read(session, 'account', text)).toMatchObject({ key, attributes: { uid: name, description } });
          expect(await keysListed(session, 'account')).toHaveLength(2);
          await applied(session, change('delete', 'account', name));
        }),
        { numRuns: 60 },
      ),
    );
  }, 120_000);
});
