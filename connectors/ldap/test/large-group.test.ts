// Groups of thousands: what the directory sends when rows are read whose groups hold the link. Measured by a network that
// breaks after more bytes than a few rows take.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callContext, type ConnectorSession, type FaultProxy, startFaultProxy } from '@joinery/connector-kit';
import ldap from '@joinery/connector-ldap';
import { childName } from '@joinery/ldap-client';
import { person, startDirectory } from './directory.js';

const directory = await startDirectory();
const { admin, server, people, groups } = directory;
/** More than five rows with their groups' names, much less than the members of one group. */
const fewBytes = 20_000;
const names = ['a', 'b', 'c', 'd', 'e'];
let network: FaultProxy;
let session: ConnectorSession;

beforeAll(async () => {
  await admin.addAll(names.map((name) => person(name, people)));
  const strangers = Array.from({ length: 4_000 }, (_, n) => childName('uid', `stranger${n}`, people));
  const member = [...names.map((name) => childName('uid', name, people)), ...strangers];
  await admin.add(childName('cn', 'everybody', groups), { objectClass: ['groupOfNames'], cn: ['everybody'], member });
  network = await startFaultProxy({ host: server.host, port: server.port });
  session = await ldap.open({
    host: '127.0.0.1',
    port: network.port,
    bindDn: server.service.dn,
    password: server.service.password,
    baseDn: server.suffix,
    objectTypes: [
      {
        name: 'account',
        baseDn: people,
        objectClasses: ['inetOrgPerson'],
        rdnAttribute: 'uid',
        key: 'uid',
        links: [{ name: 'groups', attribute: 'member', side: 'other', targetObjectType: 'group' }],
      },
      { name: 'group', baseDn: groups, objectClasses: ['groupOfNames'], rdnAttribute: 'cn', key: 'cn' },
    ],
  });
  // What is asked once of a directory, its schema above all, is not to be measured.
  await session.check(callContext(20_000));
});
afterAll(async () => {
  await session.close();
  await network.close();
  await directory.stop();
});

async function measured<T>(use: () => Promise<T>): Promise<T> {
  network.set({ cutAfterBytes: fewBytes });
  return use().finally(() => network.set({}));
}

test('one row is read with the names of its groups, without their members', async () => {
  const row = await measured(() => session.read('account', 'a', callContext(20_000)));
  expect(row?.links).toEqual({ groups: ['everybody'] });
});

test('control: of many rows the members are sent, and this network notices', async () => {
  const list = async (): Promise<void> => {
    for await (const page of session.list('account', callContext(20_000))) expect(page.objects).toHaveLength(5);
  };
  await list();
  await expect(measured(list)).rejects.toMatchObject({ failure: { code: 'UNREACHABLE' } });
});
