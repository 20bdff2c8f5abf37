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
import { startTlsBridge } from './tls-bridge.js';

export interface AdGround {
  readonly target: ConformanceTarget;
  readonly domain: Domain;
  close(): Promise<void>;
}

export async function prepareAdGround(): Promise<AdGround> {
  const domain = await startDomain();
  const { host, caPath } = domain.samba;
  const folder = dirname(caPath);
  const bridge = await startTlsBridge({
    host,
    port: 636,
    caPath,
    certificatePath: join(folder, 'server.crt'),
    keyPath: join(folder, 'server.key'),
  });
  const proxy = await startFaultProxy({ host: '127.0.0.1', port: bridge.port });
  return {
    target: targetOf(domain, proxy, bridge.proxy),
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

function targetOf(domain: Domain, proxy: FaultProxy, clearText: FaultProxy): ConformanceTarget {
  const settings = settingsOf(domain, proxy.port);
  const during = (on: FaultProxy, fault: NetworkFault): Switch => ({
    start: async () => on.set(fault),
    stop: async () => on.set({}),
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
      refused: 'short',
    },
    rename: { attribute: 'cn', value: (n) => `Renamed, the ${n}.` },
    readOnlyAttribute: 'objectSid',
    outage: during(proxy, { down: true }),
    hang: { ...during(proxy, { silent: true }), of: 'everything' },
    // Only the request that makes an account holds its password.
    lostAnswer: during(clearText, { cutAnswerTo: 'unicodePwd' }),
    brokenListing: during(proxy, { cutAfterBytes: 40_000 }),
    halfAnswer: during(proxy, { cutAfterBytes: 200 }),
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
  const dnOf = async (name: string): Promise<string> => (await domain.account(name, ['1.1']))?.dn ?? '';
  return {
    objectType: 'group',
    name: 'members',
    memberName,
    memberKey: (n) => keys[n] ?? '',
    prepare: async (count) => {
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
    addFromOutside: async (key, member) => domain.changeMembers('add', await dnOf(key), [`<GUID=${member}>`]),
    removeFromOutside: async (key, member) => domain.changeMembers('delete', await dnOf(key), [`<GUID=${member}>`]),
    unknownMember: '00000000-1111-2222-3333-444444444444',
  };
}

function guidOf(value: unknown): string {
  const hex = Buffer.from(value as Buffer).toString('hex');
  const swapped = (from: number, to: number): string => (hex.slice(from, to).match(/../g) ?? []).reverse().join('');
  return `${swapped(0, 8)}-${swapped(8, 12)}-${swapped(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
