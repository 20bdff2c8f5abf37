// The systems of stories/systems, started together: OpenLDAP, Samba, SCIMMY and MariaDB, with the places the stories use.
// Answers where they are as the environment variables that stories/systems/company.yaml names.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMariaDb } from './mariadb.mjs';
import { startOpenLdap } from './openldap.mjs';
import { programEnvironment, runProgram } from './program.mjs';
import { startSamba } from './samba.mjs';
import { startScimmy } from './scimmy.mjs';

/** Clerks, teams, and who is in which. */
const shop = `create database shop character set utf8mb4; use shop;
create table team (name varchar(60) primary key);
create table clerk (id varchar(60) primary key, login varchar(60) unique, name varchar(120), email varchar(120));
create table membership (clerk varchar(60) not null references clerk (id) on delete cascade,
  team varchar(60) not null references team (name), primary key (clerk, team));`;

const unit = (name, above) => `dn: OU=${name},${above}\nobjectClass: organizationalUnit\nou: ${name}\n\n`;

export async function startStorySystems() {
  const folder = mkdtempSync(join(tmpdir(), 'joinery-systems-'));
  const started = await Promise.allSettled([startOpenLdap({ folder }), startSamba(), startScimmy(), startMariaDb()]);
  const stop = async () => {
    await Promise.all(started.map(({ value }) => value?.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  const failed = started.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const [openLdap, samba, scimmy, mariaDb] = started.map(({ value }) => value);
  mariaDb.run(shop);
  makeUnits(samba);
  return { environment: environmentOf({ openLdap, samba, scimmy, mariaDb }), stop };
}

/** The domain keeps nothing between two starts, so the units are never there yet. */
function makeUnits({ url, caPath, adminDn, password, baseDn }) {
  const top = `OU=Stories,${baseDn}`;
  const input = unit('Stories', baseDn) + unit('Sales', top) + unit('Groups', top);
  const environment = { ...programEnvironment, LDAPTLS_CACERT: caPath };
  runProgram(['ldapadd', '-x', '-H', url, '-D', adminDn, '-w', password], { input, env: environment });
}

const environmentOf = ({ openLdap, samba, scimmy, mariaDb }) => ({
  STORY_OPENLDAP_PORT: String(openLdap.port),
  STORY_OPENLDAP_DN: openLdap.service.dn,
  STORY_OPENLDAP_PASSWORD: openLdap.service.password,
  STORY_SAMBA_HOST: samba.host,
  STORY_SAMBA_NAME: samba.hostName,
  STORY_SAMBA_CA: readFileSync(samba.caPath, 'utf8'),
  STORY_SAMBA_USER: samba.adminUpn,
  STORY_SAMBA_PASSWORD: samba.password,
  STORY_SCIM_URL: scimmy.baseUrl,
  STORY_SCIM_TOKEN_URL: scimmy.oauthEndpoint,
  STORY_SCIM_CLIENT: scimmy.clientId,
  STORY_SCIM_SECRET: scimmy.clientSecret,
  STORY_MARIADB_PORT: String(mariaDb.port),
  STORY_MARIADB_USER: mariaDb.user,
  STORY_MARIADB_PASSWORD: mariaDb.password,
});
