// A real OpenLDAP server behind a network that can fail, as the conformance suite wants it: once with keys the directory
// gives and its log of changes, once with names as keys and without that log.
import {
  type ConformanceTarget,
  type ConnectorSettings,
  type NetworkFault,
  type OutsideRow,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import ldap from '@joinery/connector-ldap';
import { childName, type LdapAttributes, rdnText } from '@joinery/ldap-client';
import { person, startDirectory, type TestDirectory } from './directory.js';
import { startLossyBridge } from './lossy-bridge.js';

export interface LdapGround {
  readonly target: ConformanceTarget;
  readonly directory: TestDirectory;
  close(): Promise<void>;
}

/** More entries than that are gone faster with the whole database. */
const manyRows = 100;

type Variant = 'given keys' | 'names as keys';

const attributes = [
  { name: 'uid' },
  { name: 'sn' },
  { name: 'cn' },
  { name: 'description' },
  { name: 'title' },
  { name: 'mail' },
  { name: 'created', attribute: 'createTimestamp' },
];

export async function prepareLdapGround(variant: Variant): Promise<LdapGround> {
  const entries = 'dn: ou=colleagues,dc=example,dc=org\nobjectClass: organizationalUnit\nou: colleagues\n';
  const directory = await startDirectory({ accesslog: variant === 'given keys', entries });
  const bridge = await startLossyBridge(directory.server.port);
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: bridge.port });
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  const lostAnswer = { start: async () => bridge.lose(true), stop: async () => bridge.lose(false) };
  const target = {
    ...targetOf(directory, variant, proxy.port),
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' as const },
    lostAnswer,
    brokenListing: during({ cutAfterBytes: 40_000 }),
    halfAnswer: during({ cutAfterBytes: 30 }),
  };
  return {
    target,
    directory,
    close: async () => {
      await proxy.close();
      await bridge.close();
      await directory.stop();
    },
  };
}

/** Settings of a connection to the test directory, as its service account. */
export function settingsOf({ server }: TestDirectory, port: number, variant: Variant): ConnectorSettings {
  const key = variant === 'given keys' ? 'entryUUID' : 'uid';
  const people = { objectClasses: ['inetOrgPerson'], rdnAttribute: 'uid', key };
  return {
    host: '127.0.0.1',
    port,
    bindDn: server.service.dn,
    password: server.service.password,
    baseDn: server.suffix,
    objectTypes: [
      {
        name: 'person',
        baseDn: `ou=people,${server.suffix}`,
        ...people,
        attributes,
        placeAttribute: 'place',
        disabling: 'ppolicy',
        passwordAttribute: 'userPassword',
      },
      { name: 'colleague', baseDn: `ou=colleagues,${server.suffix}`, ...people, scope: 'one', attributes },
      {
        name: 'group',
        baseDn: `ou=groups,${server.suffix}`,
        objectClasses: ['groupOfNames'],
        rdnAttribute: 'cn',
        key: variant === 'given keys' ? 'entryUUID' : 'cn',
        scope: 'one',
        links: [{ name: 'members', attribute: 'member', targetObjectType: 'colleague' }],
        placeholderMember: `cn=nobody,${server.suffix}`,
      },
    ],
  };
}

function targetOf(directory: TestDirectory, variant: Variant, port: number): ConformanceTarget {
  const { admin, people, groups } = directory;
  const settings = settingsOf(directory, port, variant);
  const dnOf = (key: string): string => childName('uid', key, people);
  const link = linkOf(directory, variant);
  return {
    connector: ldap,
    settings,
    wrongCredentials: { ...settings, password: 'canary-Wrong/81aa@' },
    objectType: 'person',
    attributes: ['description', 'title'],
    required: { sn: 'Muster', cn: 'Muster' },
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: async () => {
      if ((await admin.values(people, 'uid')).length > manyRows) {
        await directory.server.restore();
        link.forget();
      }
      await admin.empty(groups);
      await admin.empty(people);
    },
    outside: {
      insert: (rows) => admin.addAll(rows.map((row) => person(row.key, people, present(valuesOf(row.attributes))))),
      keys: async () => [...(await admin.values(people, 'uid'))].sort(),
    },
    link,
    incremental: {
      change: (key, values) =>
        admin.modify(
          dnOf(key),
          Object.entries(valuesOf(values)).map(([attribute, some]) => ({
            operation: 'replace',
            attribute,
            values: some,
          })),
        ),
      remove: (key) => admin.run((client) => client.remove(dnOf(key))),
      rename: (key, to) => admin.run((client) => client.rename(dnOf(key), rdnText('uid', to), null)),
      corruptCookies: ['accesslog:AAAA', 'accesslog:x.e30', 'entryCSN:comparison-1.AAAA.BBBB', 'comparison:'],
    },
    disabling: {
      isDisabled: async (key) => (await admin.value(dnOf(key), 'pwdAccountLockedTime')) !== null,
    },
    password: {
      value: (n) => `Good-passw0rd/${n}`,
      accepts: (key, password) => directory.signsIn(dnOf(key), password),
      refused: 'short',
    },
    ...(variant === 'given keys' ? { rename: { attribute: 'uid', value: (n) => `renamed${n}` } } : {}),
    readOnlyAttribute: 'created',
    unsupportedText: [{ text: 'NULL', reason: 'names are the same whatever their case, and null is among the texts' }],
  };
}

function valuesOf(attributes: OutsideRow['attributes']): LdapAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, value === null ? [] : [String(value)]] as const),
  );
}

function present(attributes: LdapAttributes): LdapAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0));
}

type ForgetfulLink = NonNullable<ConformanceTarget['link']> & { forget(): void };

function linkOf({ admin, groups, server }: TestDirectory, variant: Variant): ForgetfulLink {
  const place = `ou=colleagues,${server.suffix}`;
  const keys = new Map<number, string>();
  const names = new Map<string, string>();
  const nameOf = (n: number): string => `m${n}`;
  const change = (operation: 'add' | 'delete', key: string, member: string): Promise<void> =>
    admin.modify(childName('cn', key, groups), [
      { operation, attribute: 'member', values: [childName('uid', names.get(member) ?? member, place)] },
    ]);
  return {
    objectType: 'group',
    name: 'members',
    required: {},
    memberKey: (n) => (variant === 'given keys' ? (keys.get(n) ?? '') : nameOf(n)),
    ...(variant === 'given keys' ? { memberName: nameOf } : {}),
    prepare: async (count) => {
      const missing = Array.from({ length: count }, (_unused, n) => n).filter((n) => !keys.has(n));
      await admin.addAll(missing.map((n) => person(nameOf(n), place)));
      for (const n of missing) {
        const key = (await admin.value(childName('uid', nameOf(n), place), 'entryUUID')) ?? '';
        keys.set(n, key);
        names.set(key, nameOf(n));
      }
    },
    addFromOutside: (key, member) => change('add', key, member),
    removeFromOutside: (key, member) => change('delete', key, member),
    forget: () => {
      keys.clear();
      names.clear();
    },
    unknownMember: variant === 'given keys' ? '00000000-0000-4000-8000-000000000000' : 'nobody-of-that-name',
  };
}
