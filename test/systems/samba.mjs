// A real Active Directory domain controller for tests: Samba, provisioned once into a snapshot, later unpacked from it.
// Samba's ports cannot be chosen, so each controller has a loopback address of its own. Owns nothing of the directory.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  await endLeftOver(home);
  unpackOrProvision(home, folder, held.address);
  writeConfiguration(folder, held.address);
  const tls = join(folder, 'tls');
  mkdirSync(tls, { recursive: true });
  const names = [`DNS:${domain.hostName}`, 'DNS:localhost', `IP:${held.address}`, 'IP:127.0.0.1'];
  const { authority, key } = makeCertificates(tls, domain.hostName, names);
  runProgram(['chmod', '600', key]);
  const server = startServer(['samba', '--foreground', '-s', configurationOf(folder)], {
    env: environment,
    detached: true,
  });
  writeFileSync(join(home, 'pid'), String(server.pid));
  const system = systemOf(held.address, folder, authority);
  try {
    await untilReady('Samba', server, () => answers(system), 120_000);
  } catch (error) {
    await endGroup(server);
    throw new Error(`${error.message} ${lastWords(folder)}`, { cause: error });
  }
  return { ...system, stop: () => endGroup(server).finally(() => held.release()) };
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
  rmSync(folder, { recursive: true, force: true });
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

// Its first process ends the others, unless it was killed itself; all of them are in a process group of their own.
async function endGroup(server) {
  await stopServer(server);
  await endProcessGroup(server.pid);
}

async function endLeftOver(home) {
  const file = join(home, 'pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  rmSync(file, { force: true });
  if (pid > 1) await endProcessGroup(pid);
}

async function endProcessGroup(group) {
  const deadline = Date.now() + 20_000;
  while (hasSamba(group) && Date.now() < deadline) {
    signalGroup(group, Date.now() > deadline - 10_000 ? 'SIGKILL' : 'SIGTERM');
    await delay(50);
  }
}

// By the program, not by the number alone: a number may belong to somebody else by now.
function hasSamba(group) {
  return runProgram(['ps', '-eo', 'pid=,pgid='])
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([pid, pgid]) => Number(pgid) === group && /\/(samba|rpcd)[^/]*$/.test(programOf(pid)));
}

function programOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
