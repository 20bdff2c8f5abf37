// A real OpenLDAP server for the tests of the package, and an administrator's hands on it.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canSignIn,
  childName,
  type LdapAddress,
  ldapAddress,
  type LdapAttributes,
  type LdapChange,
  type LdapClient,
  openLdapPool,
  present,
  textOf,
  textsOf,
  withLdapClient,
} from '@joinery/ldap-client';
import { type OpenLdap, startOpenLdap } from '../../../test/systems/openldap.mjs';

/** What other administrators do, as `cn=admin`. */
export interface Administrator {
  readonly address: LdapAddress;
  run<T>(use: (client: LdapClient) => Promise<T>): Promise<T>;
  add(dn: string, attributes: LdapAttributes): Promise<void>;
  /** Many entries, several at once. */
  addAll(entries: readonly { readonly dn: string; readonly attributes: LdapAttributes }[]): Promise<void>;
  modify(dn: string, changes: readonly LdapChange[]): Promise<void>;
  /** Deletes everything directly below. */
  empty(dn: string): Promise<void>;
  /** Values of one attribute of all entries directly below. */
  values(dn: string, attribute: string): Promise<readonly string[]>;
  value(dn: string, attribute: string): Promise<string | null>;
  close(): void;
}

export interface TestDirectory {
  readonly server: OpenLdap;
  readonly authority: string;
  readonly admin: Administrator;
  readonly people: string;
  readonly groups: string;
  signsIn(dn: string, password: string): Promise<boolean>;
  stop(): Promise<void>;
}

const noSignal = new AbortController().signal;

export async function startDirectory(
  options: { readonly accesslog?: boolean; readonly entries?: string } = {},
): Promise<TestDirectory> {
  const folder = mkdtempSync(join(tmpdir(), 'joinery-openldap-'));
  const server = await startOpenLdap({ folder, ...options });
  const admin = administrator(server);
  return {
    server,
    authority: readFileSync(server.caPath, 'utf8'),
    admin,
    people: `ou=people,${server.suffix}`,
    groups: `ou=groups,${server.suffix}`,
    signsIn: (dn, password) => canSignIn(admin.address, dn, password, noSignal),
    stop: async () => {
      admin.close();
      await server.stop();
    },
  };
}

function administrator(server: OpenLdap): Administrator {
  const address = ldapAddress({
    host: server.host,
    port: server.port,
    bindDn: server.admin.dn,
    password: server.admin.password,
    maxConnections: 4,
  });
  const pool = openLdapPool(address);
  const run = <T>(use: (client: LdapClient) => Promise<T>): Promise<T> => withLdapClient(pool, noSignal, use);
  return {
    address,
    run,
    add: (dn, attributes) => run((client) => client.add(dn, attributes)),
    addAll: (entries) => run((client) => inTurn(entries, ({ dn, attributes }) => client.add(dn, attributes))),
    modify: (dn, changes) => run((client) => client.modify(dn, changes)),
    empty: async (dn) =>
      run(async (client) => {
        const { entries } = await client.search({
          base: dn,
          scope: 'one',
          filter: present('objectClass'),
          attributes: ['1.1'],
        });
        await inTurn(entries, (entry) => client.remove(entry.dn));
      }),
    values: async (dn, attribute) =>
      run(async (client) => {
        const search = { base: dn, scope: 'one', filter: present(attribute), attributes: [attribute] } as const;
        return (await client.search(search)).entries.flatMap((entry) => textsOf(entry, attribute));
      }),
    value: async (dn, attribute) =>
      run(async (client) => {
        const search = { base: dn, scope: 'base', filter: present('objectClass'), attributes: [attribute] } as const;
        const [entry] = (await client.search(search)).entries;
        return entry === undefined ? null : textOf(entry, attribute);
      }),
    close: () => pool.close(),
  };
}

async function inTurn<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 100) await Promise.all(items.slice(start, start + 100).map(run));
}

/** An entry of a person; every person must have a surname and a common name. */
export function person(
  name: string,
  place: string,
  more: LdapAttributes = {},
): { readonly dn: string; readonly attributes: LdapAttributes } {
  return {
    dn: childName('uid', name, place),
    attributes: { objectClass: ['inetOrgPerson'], uid: [name], sn: ['Muster'], cn: ['Muster'], ...more },
  };
}
