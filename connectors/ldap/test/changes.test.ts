// How incremental readings find changes, and what they do when the way they went is closed.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  callContext,
  type Change,
  ConnectorError,
  type ConnectorSession,
  type ConnectorSettings,
  isCookieRefused,
} from '@joinery/connector-kit';
import ldap from '@joinery/connector-ldap';
import { childName, equalTo, rdnText } from '@joinery/ldap-client';
import { person, startDirectory } from './directory.js';

const directory = await startDirectory();
const { admin, server, people, groups } = directory;
afterAll(() => directory.stop());
beforeEach(async () => {
  await admin.empty(groups);
  await admin.empty(people);
  await admin.addAll(['a', 'b', 'c'].map((name) => person(name, people)));
});

const settings = (more: object = {}, type: object = {}): ConnectorSettings => ({
  host: server.host,
  port: server.port,
  bindDn: server.service.dn,
  password: server.service.password,
  baseDn: server.suffix,
  objectTypes: [
    {
      name: 'account',
      baseDn: people,
      objectClasses: ['inetOrgPerson'],
      rdnAttribute: 'uid',
      links: [
        { name: 'roles', attribute: 'member', targetObjectType: 'group', side: 'other', reverseAttribute: 'memberOf' },
      ],
      ...type,
    },
    { name: 'group', baseDn: groups, objectClasses: ['groupOfNames'], rdnAttribute: 'cn', key: 'cn' },
  ],
  ...more,
});

async function using<T>(given: ConnectorSettings, use: (session: ConnectorSession) => Promise<T>): Promise<T> {
  const session = await ldap.open(given);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

async function told(
  session: ConnectorSession,
  cookie: string | null,
): Promise<{ readonly changes: readonly Change[]; readonly cookie: string }> {
  const changes: Change[] = [];
  let last = cookie ?? '';
  for await (const page of session.changes?.('account', cookie, callContext(20_000)) ?? []) {
    changes.push(...page.changes);
    last = page.cookie;
  }
  return { changes, cookie: last };
}

const dn = (name: string): string => childName('uid', name, people);

describe.each(['accesslog', 'entryCSN', 'comparison'])('changes by %s', (changes) => {
  const given = /^[0-9a-f-]{36}$/;
  const keys: readonly (readonly [string, readonly unknown[]])[] = [
    ['entryUUID', [expect.stringMatching(given)]],
    ['uid', ['a', 'b']],
    ['dn', [dn('a'), dn('b')]],
  ];
  test.each(keys)('tell renamed, deleted and new rows by their keys (%s)', async (key, gone) => {
    await using(settings({ changes }, { key, links: [] }), async (session) => {
      const { cookie } = await told(session, null);
      expect(cookie).toMatch(new RegExp(`^${changes}:`));
      await admin.run((client) => client.rename(dn('a'), rdnText('uid', 'x'), null));
      await admin.run((client) => client.remove(dn('b')));
      await admin.addAll([person('d', people)]);
      const reading = await told(session, cookie);
      const upserts = reading.changes.flatMap(({ object }) => object?.attributes.uid ?? []).map(String);
      expect(upserts.toSorted()).toEqual(['d', 'x']);
      const deletions = reading.changes.filter(({ kind }) => kind === 'delete').map((change) => change.key);
      expect(deletions.toSorted()).toEqual(gone);
      expect((await told(session, reading.cookie)).changes).toEqual([]);
    });
  });

  test.each(keys.map(([key]) => key))('tell the rows of a unit that was moved (%s)', async (key) => {
    await using(settings({ changes }, { key, links: [], placeAttribute: 'place' }), async (session) => {
      for (const name of ['north', 'south'])
        await admin.add(`ou=${name},${people}`, { objectClass: ['organizationalUnit'], ou: [name] });
      const [north, south] = [`ou=north,${people}`, `ou=south,${people}`];
      await admin.addAll([person('n', north)]);
      const { cookie } = await told(session, null);
      await admin.run((client) => client.rename(north, 'ou=north', south));
      const { changes: found, cookie: next } = await told(session, cookie);
      const upserts = found.flatMap(({ object }) => (object === undefined ? [] : [object.attributes.place]));
      expect(upserts).toEqual([`ou=north,${south}`]);
      const deletions = found.filter(({ kind }) => kind === 'delete').map((change) => change.key);
      expect(deletions).toEqual(key === 'dn' ? [childName('uid', 'n', north)] : []);
      expect((await told(session, next)).changes).toEqual([]);
      for (const unit of [`ou=north,${south}`, south]) {
        await admin.empty(unit);
        await admin.run((client) => client.remove(unit));
      }
    });
  });
});

describe('changes', () => {
  test('of groups are told for the accounts whose groups they are', async () => {
    await using(settings(), async (session) => {
      const { cookie } = await told(session, null);
      await admin.add(childName('cn', 'g', groups), { objectClass: ['groupOfNames'], cn: ['g'], member: [dn('b')] });
      const { changes } = await told(session, cookie);
      expect(changes.map(({ object }) => [object?.attributes.uid, object?.links])).toEqual([['b', { roles: ['g'] }]]);
    });
  });

  const refused = async (run: () => Promise<unknown>): Promise<boolean> => {
    const error: unknown = await run().catch((reason: unknown) => reason);
    return error instanceof ConnectorError && isCookieRefused(error.failure);
  };

  test('found in another way than the cookie was made by are refused: everything is read again', async () => {
    const { cookie } = await using(settings({ changes: 'entryCSN' }), (session) => told(session, null));
    await using(settings({ changes: 'comparison' }), async (session) =>
      expect(await refused(() => told(session, cookie))).toBe(true),
    );
  });

  test('are refused when the log no longer reaches back that far', async () => {
    const log = settings({ changes: 'accesslog' }, { links: [] });
    await using(log, async (session) => {
      const { cookie } = await told(session, null);
      expect(await refused(() => told(session, cookie))).toBe(false);
      await admin.addAll([person('d', people)]);
      await admin.run(async (client) => {
        const search = { base: 'cn=accesslog', scope: 'one', attributes: ['1.1'] } as const;
        const filter = equalTo('objectClass', 'auditWriteObject');
        const { entries } = await client.search({ ...search, filter });
        for (const entry of entries) await client.remove(entry.dn);
      });
      expect(await refused(() => told(session, cookie))).toBe(true);
    });
  });
});
