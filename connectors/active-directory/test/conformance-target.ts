// A real domain controller behind a network that can fail, as the conformance suite wants it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import activeDirectory from '@joinery/connector-active-directory';
import {
  type ConformanceTarget,
  type FaultProxy,
  type NetworkFault,
  type OutsideRow,
  startFaultProxy,
  type Switch,
} from '@joinery/connector-kit';
import { crowd, type Domain, groups, people, serviceAccount, startDomain } from './domain.js';
import { type LossyBridge, startLossyBridge } from './lossy-bridge.js';

export interface AdGround {
  readonly target: ConformanceTarget;
  readonly domain: Domain;
  close(): Promise<void>;
}

export async function prepareAdGround(): Promise<AdGround> {
  const domain = await startDomain();
  const { host, caPath } = domain.samba;
  const folder = dirname(caPath);
  const bridge = await startLossyBridge({
    host,
    caPath,
    certificatePath: join(folder, 'server.crt'),
    keyPath: join(folder, 'server.key'),
  });
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: bridge.port });
  return {
    target: targetOf(domain, proxy, bridge),
    domain,
    close: async () => {
      await proxy.close();
      await bridge.close();
      await domain.stop();
    },
  };
}

/** Settings of a connection to the domain, straight or through a proxy on this machine. */
export function settingsOf({ samba }: Domain, port = 636): Readonly<Record<string, unknown>> {
  return {
    host: port === 636 ? samba.host : '127.0.0.1',
    port,
    tls: 'ldaps',
    caCertificate: readFileSync(samba.caPath, 'utf8'),
    user: serviceAccount.upn,
    password: serviceAccount.password,
    objectTypes: [
      { name: 'user', kind: 'user', places: [people] },
      {
        name: 'group',
        kind: 'group',
        places: [groups],
        links: [
          { name: 'members', attribute: 'member', targetObjectType: 'user' },
          { name: 'subgroups', attribute: 'member', targetObjectType: 'group' },
        ],
      },
    ],
  };
}

function targetOf(domain: Domain, proxy: FaultProxy, bridge: LossyBridge): ConformanceTarget {
  const settings = settingsOf(domain, proxy.port);
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  return {
    connector: activeDirectory,
    settings,
    wrongCredentials: { ...settings, password: 'Canary-Wrong/81aa@' },
    objectType: 'user',
    attributes: ['displayName', 'info'],
    key: (n) => `u${String(n).padStart(6, '0')}`,
    reset: () => domain.empty(),
    outside: {
      insert: (rows) => domain.load(rows.map(ldifOf).join('\n')),
      keys: async () =>
        (await domain.search(people, '(objectCategory=person)'))
          .map(({ sAMAccountName }) => String(sAMAccountName))
          .sort(),
    },
    link: linkOf(domain),
    disabling: {
      isDisabled: async (key) => {
        const account = await domain.account(key, ['userAccountControl']);
        return (Number(account?.userAccountControl) & 2) !== 0;
      },
    },
    password: {
      value: (n) => `Correct-Horse-${n}!`,
      accepts: async (key, password) => {
        const account = await domain.account(key, ['1.1']);
        return account !== null && domain.signsIn(account.dn, password);
      },
      refused: 'canarywithoutanydigit',
    },
    rename: { attribute: 'cn', value: (n) => `Renamed, the ${n}.` },
    incremental: {
      change: async (key, attributes) =>
        domain.replace(await dnOf(domain, key), attributes as Readonly<Record<string, string | null>>),
      remove: async (key) => domain.admin.del(await dnOf(domain, key)),
      rename: async (key, to) => {
        await domain.admin.modifyDN(await dnOf(domain, key), `CN=${to},${people}`);
        await domain.replace(`CN=${to},${people}`, { sAMAccountName: to });
      },
      corruptCookies: ['', 'nonsense', 'ad1.AAAAAAAAAAAAAAAA.WyJkaXJTeW5jIiwiIiwiIl0', '0'],
    },
    plainKeysOnly:
      'a sAMAccountName cannot hold most of these characters; a test of their own tries the names that it can hold',
    readOnlyAttribute: 'objectSid',
    outage: during({ down: true }),
    hang: { ...during({ silent: true }), of: 'everything' },
    lostAnswer: { start: async () => bridge.lose(true), stop: async () => bridge.lose(false) },
    brokenListing: during({ cutAfterBytes: 40_000 }),
    halfAnswer: during({ cutAfterBytes: 200 }),
  };
}

function ldifOf({ key, attributes }: OutsideRow): string {
  const values = Object.entries(attributes).filter(([, value]) => value !== null);
  return [
    `dn: CN=${key},${people}`,
    'objectClass: user',
    `sAMAccountName: ${key}`,
    ...values.map(([name, value]) => `${name}:: ${Buffer.from(String(value)).toString('base64')}`),
    '',
  ].join('\n');
}

function linkOf(domain: Domain): ConformanceTarget['link'] {
  const keys: string[] = [];
  const memberName = (n: number): string => `m${String(n).padStart(6, '0')}`;
  return {
    objectType: 'group',
    name: 'members',
    memberName,
    memberKey: (n) => keys[n] ?? '',
    prepare: async (count) => {
      // A restored domain has the members it had then.
      keys.length = Math.min(keys.length, (await domain.search(crowd, '(objectCategory=person)')).length);
      const missing = Array.from({ length: Math.max(0, count - keys.length) }, (_unused, n) =>
        memberName(keys.length + n),
      );
      if (missing.length === 0) return;
      await domain.load(
        missing.map((name) => `dn: CN=${name},${crowd}\nobjectClass: user\nsAMAccountName: ${name}\n`).join('\n'),
      );
      const rows = await domain.search(crowd, '(objectCategory=person)', ['sAMAccountName', 'objectGUID']);
      const guids = new Map(rows.map((row) => [String(row.sAMAccountName), guidOf(row.objectGUID)]));
      keys.push(...missing.map((name) => guids.get(name) ?? ''));
    },
    addFromOutside: async (key, member) => domain.changeMembers('add', await dnOf(domain, key), [`<GUID=${member}>`]),
    removeFromOutside: async (key, member) =>
      domain.changeMembers('delete', await dnOf(domain, key), [`<GUID=${member}>`]),
    unknownMember: '00000000-1111-2222-3333-444444444444',
  };
}

async function dnOf(domain: Domain, name: string): Promise<string> {
  return (await domain.account(name, ['1.1']))?.dn ?? '';
}

function guidOf(value: unknown): string {
  const bytes = Buffer.from(value as Buffer);
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 8).swap16();
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
