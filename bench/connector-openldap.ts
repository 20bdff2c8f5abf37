// OpenLDAP that waits for the disk, as in production; against one `ldapadd` or `ldapmodify` with one LDIF file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchSystem, type Round, runTool, systemFile, type Values } from './connector-system.js';

type OpenLdapModule = typeof import('../test/systems/openldap.mjs');

export async function startDirectory(folder: string): Promise<BenchSystem> {
  const { startOpenLdap } = (await import(systemFile('openldap'))) as OpenLdapModule;
  const server = await startOpenLdap({ folder: join(folder, 'openldap'), waitsForDisk: true });
  const { suffix, service } = server;
  const people = `ou=people,${suffix}`;
  return {
    name: 'directory',
    package: 'ldap',
    settings: {
      host: server.host,
      port: server.port,
      tls: 'off',
      bindDn: service.dn,
      password: service.password,
      baseDn: suffix,
      maxConnections: 8,
      objectTypes: [
        {
          name: 'users',
          baseDn: people,
          scope: 'one',
          objectClasses: ['inetOrgPerson'],
          rdnAttribute: 'uid',
          attributes: ['uid', 'cn', 'sn', 'mail'].map((name) => ({ name })),
        },
      ],
    },
    objectType: 'users',
    key: 'entryUUID',
    properties: { uid: 'uid', cn: 'cn', sn: 'sn', mail: 'mail' },
    control: 'one ldapadd or ldapmodify with one LDIF file',
    values,
    change: async (names, round) => {
      const file = join(folder, `${round}.ldif`);
      await writeFile(file, names.map((name) => record(name, round, people)).join('\n'));
      const tool = round === 'create' ? 'ldapadd' : 'ldapmodify';
      await runTool([tool, '-x', '-H', server.url, '-D', service.dn, '-w', service.password, '-f', file]);
    },
    stop: () => server.stop(),
  };
}

const values = (name: string, round: Round): Values => ({
  ...(round === 'create' ? { uid: name, cn: `Person ${name}` } : {}),
  sn: `${round} ${name}`,
  mail: `${name}.${round}@example.org`,
});

function record(name: string, round: Round, people: string): string {
  const dn = `dn: uid=${name},${people}`;
  const lines = Object.entries(values(name, round));
  return round === 'create'
    ? `${[dn, 'objectClass: inetOrgPerson', ...lines.map(([attribute, value]) => `${attribute}: ${value}`)].join('\n')}\n`
    : `${dn}\nchangetype: modify\n${lines.map(([attribute, value]) => `replace: ${attribute}\n${attribute}: ${value}\n-`).join('\n')}\n`;
}
