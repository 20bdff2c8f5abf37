// A real Active Directory domain controller for tests: Samba, provisioned once into a snapshot, later unpacked from it.
// Samba's ports cannot be chosen, so each controller has a loopback address of its own. Owns nothing of the directory.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeCertificates } from './certificate.mjs';
import {
  ensurePrograms,
  programEnvironment,
  programPath,
  runProgram,
  startServer,
  stopServer,
  untilReady,
} from './program.mjs';
import { takeAddress } from './samba-address.mjs';

/** Change it with anything below that changes what a provisioned controller holds: old snapshots are then left alone. */
const layout = 1;

const domain = {
  domain: 'CORP',
  realm: 'CORP.EXAMPLE.ORG',
  baseDn: 'DC=corp,DC=example,DC=org',
  hostName: 'dc1.corp.example.org',
  adminDn: 'CN=Administrator,CN=Users,DC=corp,DC=example,DC=org',
  adminUpn: 'administrator@corp.example.org',
  password: 'Adm1n-Passw0rd!',
};

const provisionedBy = 'samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules';
const programs = {
  samba: provisionedBy,
  'samba-tool': provisionedBy,
  winbindd: 'winbind',
  getfattr: 'attr',
  getfacl: 'acl',
  ldapsearch: 'ldap-utils',
  ldbmodify: 'ldb-tools',
  ip: 'iproute2',
  openssl: 'openssl',
};

// Samba waits for the disk at every change unless told that the data are worth nothing.
const environment = { ...programEnvironment, TDB_NO_FSYNC: '1' };

/**
 * Starts a controller on a loopback address of its own. Needs root on Linux. When all addresses are in use, waits for one
 * up to `patienceMs`. The folder is cached: the first start on an address takes about 10 s, a later one about 2 s.
 */
export async function startSamba({ addresses = ['127.0.0.9', '127.0.0.10'], patienceMs = 600_000 } = {}) {
  requireRoot();
  ensurePrograms('The Active Directory test system', programs);
  const held = await takeAddress(addresses, patienceMs);
  try {
    return await startOn(held);
  } catch (error) {
    await held.release();
    throw error;
  }
}

function requireRoot() {
  if (process.platform === 'linux' && process.getuid() === 0) return;
  throw new Error(
    'Samba needs root, its fixed ports and a loopback address of its own: run the tests of Active Directory as root on Linux.',
  );
}

async function startOn(held) {
  const home = join(tmpdir(), 'joinery-samba', held.address);
  const folder = join(home, 'dc');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  await endThoseIn(folder);
  unpackOrProvision(home, folder, held.address);
  writeConfiguration(folder, held.address);
  const tls = join(folder, 'tls');
  mkdirSync(tls, { recursive: true });
  const names = [`DNS:${domain.hostName}`, 'DNS:localhost', `IP:${held.address}`, 'IP:127.0.0.1'];
  const { authority, key } = makeCertificates(tls, domain.hostName, names);
  runProgram(['chmod', '600', key]);
  const system = systemOf(held.address, folder, authority);
  let server = await launch(system, folder);
  const kept = join(home, 'kept');
  const anew = async (from, to) => {
    await end(server, folder);
    copy(from, to);
    server = await launch(system, folder);
  };
  return {
    ...system,
    keep: () => anew(folder, kept),
    restore: () => anew(kept, folder),
    stop: async () => {
      try {
        await end(server, folder);
        empty(kept);
      } finally {
        await held.release();
      }
    },
  };
}

async function launch(system, folder) {
  const command = ['samba', '--foreground', '-s', configurationOf(folder)];
  const server = startServer(command, { env: environment, detached: true });
  try {
    await untilReady('Samba', server, () => answers(system), 120_000);
    return server;
  } catch (error) {
    await end(server, folder);
    throw new Error(`${error.message} ${lastWords(folder)}`, { cause: error });
  }
}

function copy(from, to) {
  empty(to);
  runProgram(['cp', '-a', '--sparse=always', from, to]);
}

function empty(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function systemOf(address, folder, authority) {
  return {
    ...domain,
    host: address,
    url: `ldaps://${address}:636`,
    plainUrl: `ldap://${address}:389`,
    caPath: authority,
    databasePath: join(folder, 'private', 'sam.ldb'),
    configurationPath: configurationOf(folder),
  };
}

function unpackOrProvision(home, folder, address) {
  const version = runProgram(['samba', '--version'])
    .trim()
    .replaceAll(/[^\w.-]+/g, '-');
  const snapshot = join(home, `${version}-${layout}.tar.gz`);
  empty(folder);
  // Samba's databases hold absolute paths: a snapshot is unpacked where it was made.
  if (existsSync(snapshot)) return runProgram(['tar', '-xzf', snapshot, '-C', home]);
  provision(folder, address);
  runProgram(['tar', '-czf', `${snapshot}.partial`, '-C', home, 'dc']);
  renameSync(`${snapshot}.partial`, snapshot);
}

function provision(folder, address) {
  mkdirSync(folder, { recursive: true });
  const { realm, domain: workgroup, password } = domain;
  const words = [`--realm=${realm}`, `--domain=${workgroup}`, '--server-role=dc', '--dns-backend=NONE'];
  const place = ['--host-name=dc1', `--host-ip=${address}`, `--targetdir=${folder}`, `--adminpass=${password}`];
  const network = [`--option=interfaces=${address}/32`, '--option=bind interfaces only=yes'];
  runProgram(['samba-tool', 'domain', 'provision', ...words, ...place, ...network], { env: environment });
  writeConfiguration(folder, address);
  // A snapshot lives longer than the 42 days of a password.
  const never = ['samba-tool', 'user', 'setexpiry', 'Administrator', '--noexpiry', '-s', configurationOf(folder)];
  runProgram([...never, '-H', join(folder, 'private', 'sam.ldb')], { env: environment });
}

const configurationOf = (folder) => join(folder, 'etc', 'smb.conf');

// What provisioning writes shares printers and homes and has paths outside the folder; this holds what LDAP needs.
function writeConfiguration(folder, address) {
  for (const name of ['run', 'lock', 'cache', 'ncalrpc', 'ntp_signd', 'winbindd'])
    mkdirSync(join(folder, name), { recursive: true });
  const at = (name) => join(folder, name);
  const lines = [
    '[global]',
    'netbios name = DC1',
    `realm = ${domain.realm}`,
    `workgroup = ${domain.domain}`,
    'server role = active directory domain controller',
    'server services = ldap, cldap, kdc, drepl, rpc',
    `interfaces = ${address}/32`,
    'bind interfaces only = yes',
    'ldap server require strong auth = yes',
    ...['private', 'state', 'lock', 'cache'].map(
      (name) => `${name}${name === 'private' ? ' dir' : ' directory'} = ${at(name)}`,
    ),
    `pid directory = ${at('run')}`,
    `binddns dir = ${at('bind-dns')}`,
    `ncalrpc dir = ${at('ncalrpc')}`,
    `ntp signd socket directory = ${at('ntp_signd')}`,
    `winbindd socket directory = ${at('winbindd')}`,
    `log file = ${at('log.samba')}`,
    'log level = 1',
    'disable netbios = yes',
    // Samba would take the password before the present one for another hour.
    'old password allowed period = 0',
    'prefork children = 2',
    'tls enabled = yes',
    `tls keyfile = ${at('tls/server.key')}`,
    `tls certfile = ${at('tls/server.crt')}`,
    `tls cafile = ${at('tls/ca.crt')}`,
    '[sysvol]',
    `path = ${at('state/sysvol')}`,
    'read only = no',
  ];
  writeFileSync(configurationOf(folder), `${lines.join('\n')}\n`);
}

function answers({ url, caPath, adminUpn, password, baseDn }) {
  const search = ['-x', '-LLL', '-o', 'nettimeout=5', '-H', url, '-D', adminUpn, '-w', password, '-b', baseDn];
  const asked = spawnSync(programPath('ldapsearch'), [...search, '-s', 'base', 'dn'], {
    env: { ...environment, LDAPTLS_CACERT: caPath },
    stdio: 'ignore',
    timeout: 10_000,
  });
  return asked.status === 0;
}

function lastWords(folder) {
  const log = join(folder, 'log.samba');
  return existsSync(log) ? `Its log ends: ${readFileSync(log, 'utf8').slice(-1_000)}` : 'It wrote no log.';
}

// Its first process ends the others, unless it was killed itself. Nobody may come before all of them are gone: what still
// runs writes into the folder that the next start empties.
async function end(server, folder) {
  await stopServer(server);
  await endThoseIn(folder);
}

async function endThoseIn(folder) {
  const begun = Date.now();
  for (;;) {
    const left = processesIn(folder);
    const waited = Date.now() - begun;
    if (left.length === 0) return;
    if (waited > 30_000) throw new Error(`Processes of the Samba in ${folder} do not end: ${left.join(', ')}.`);
    for (const pid of left) signal(pid, waited > 10_000 ? 'SIGKILL' : 'SIGTERM');
    await delay(50);
  }
}

// By the databases they hold, not by number or group: numbers come back, and some outlive the first process.
function processesIn(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOfSamba(name) && readOf(name, 'maps').includes(`${folder}/`))
    .map(Number);
}

function isOfSamba(pid) {
  try {
    return /\/(samba|rpcd|ldb|python)[^/]*$/.test(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return false;
  }
}

function readOf(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
