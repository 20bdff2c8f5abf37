// A real OpenLDAP server for tests, stories and benches: slapd in the foreground with its own configuration, on free ports
// of 127.0.0.1, in the folder given, with the overlays companies use. Owns its accounts, suffix and rules.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificate.mjs';
import { ensurePrograms, freePort, programPath, runProgram, startServer, stopServer, untilReady } from './program.mjs';

const suffix = 'dc=example,dc=org';
const admin = { dn: `cn=admin,${suffix}`, password: 'admin-Secret/71' };
const service = { dn: `cn=svc,${suffix}`, password: 'svc-Canary/93' };

const needed = {
  slapd: 'slapd',
  slapadd: 'slapd',
  slappasswd: 'slapd',
  ldapwhoami: 'ldap-utils',
  ldapadd: 'ldap-utils',
  openssl: 'openssl',
};

const modules = [
  'back_mdb',
  'memberof',
  'refint',
  'syncprov',
  'accesslog',
  'constraint',
  'unique',
  'ppolicy',
  'retcode',
].map((name) => `moduleload ${name}`);

const logDatabase = ({ folder, waitsForDisk }) => `
database mdb
suffix cn=accesslog
directory ${folder}/log
maxsize 1073741824
${waitsForDisk ? '' : 'dbnosync'}
rootdn cn=accesslog
index default eq
index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN
overlay syncprov
syncprov-nopresent TRUE
syncprov-reloadhint TRUE
limits dn.exact="${service.dn}" size.soft=500 size.hard=1000 size.pr=500 size.prtotal=unlimited
access to * by dn.exact="${service.dn}" read by dn.exact="${admin.dn}" write
`;

const logOverlay = `
overlay accesslog
logdb cn=accesslog
logops writes
logsuccess TRUE
logpurge 7+00:00 1+00:00
`;

const configuration = ({ folder, certificates, accesslog, memberOf, waitsForDisk }) => `
${['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
${modules.join('\n')}
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
TLSCACertificateFile ${certificates.authority}
TLSCertificateFile ${certificates.certificate}
TLSCertificateKeyFile ${certificates.key}
threads 8
${accesslog ? logDatabase({ folder, waitsForDisk }) : ''}
database mdb
suffix ${suffix}
directory ${folder}/db
maxsize 2147483648
${waitsForDisk ? '' : 'dbnosync'}
rootdn ${admin.dn}
rootpw ${admin.password}
index objectClass,uid,entryCSN,entryUUID,member,uniqueMember,memberUid,manager,modifyTimestamp,ou eq
index cn,sn,mail eq,sub
limits dn.exact="${service.dn}" size.soft=500 size.hard=1000 size.pr=500 size.prtotal=unlimited
access to attrs=userPassword by dn.exact="${service.dn}" write by anonymous auth by self write by * none
access to dn.subtree="ou=restricted,${suffix}" by dn.exact="${service.dn}" read by * none
access to * by dn.exact="${service.dn}" write by users read
${
  memberOf
    ? `overlay memberof
memberof-group-oc groupOfNames
memberof-member-ad member
memberof-memberof-ad memberOf
memberof-refint true`
    : ''
}
overlay refint
refint_attributes member uniqueMember manager
refint_nothing cn=nobody,${suffix}
overlay unique
unique_uri ldap:///ou=people,${suffix}?mail?sub
overlay constraint
constraint_attribute mail regex ^[^@]+@[^@]+$
constraint_attribute employeeNumber count 1
overlay ppolicy
ppolicy_default cn=default,ou=policies,${suffix}
ppolicy_use_lockout
overlay retcode
retcode-parent ou=errors,${suffix}
retcode-item cn=busy 0x33 text="server busy"
retcode-item cn=unavailable 0x34 text="maintenance"
retcode-item cn=unwilling 0x35 text="no"
retcode-item cn=slow 0x00 sleeptime=5
retcode-item cn=timelimit 0x03
overlay syncprov
syncprov-checkpoint 100 1
syncprov-sessionlog 10000
${accesslog ? logOverlay : ''}
database monitor
access to * by dn.exact="${admin.dn}" read
`;

const entry = (dn, ...lines) => `dn: ${dn}\n${lines.join('\n')}\n`;
const unit = (name) => entry(`ou=${name},${suffix}`, 'objectClass: organizationalUnit', `ou: ${name}`);

const baseEntries = () =>
  [
    entry(suffix, 'objectClass: dcObject', 'objectClass: organization', 'o: Example', 'dc: example'),
    ...['people', 'groups', 'restricted', 'policies'].map(unit),
    entry(
      `cn=default,ou=policies,${suffix}`,
      'objectClass: person',
      'objectClass: pwdPolicy',
      'cn: default',
      'sn: default',
      'pwdAttribute: userPassword',
      'pwdLockout: TRUE',
      'pwdMaxFailure: 3',
      'pwdMinLength: 8',
      'pwdCheckQuality: 2',
      'pwdInHistory: 2',
    ),
    // Somebody who tries wrong passwords must not lock out the account everything else works with.
    entry(
      `cn=service,ou=policies,${suffix}`,
      'objectClass: person',
      'objectClass: pwdPolicy',
      'cn: service',
      'sn: service',
      'pwdAttribute: userPassword',
      'pwdLockout: FALSE',
    ),
    entry(`cn=nobody,${suffix}`, 'objectClass: organizationalRole', 'cn: nobody'),
    entry(
      service.dn,
      'objectClass: organizationalRole',
      'objectClass: simpleSecurityObject',
      'cn: svc',
      `userPassword: ${runProgram(['slappasswd', '-s', service.password]).trim()}`,
      `pwdPolicySubentry: cn=service,ou=policies,${suffix}`,
    ),
  ].join('\n');

/** Files, databases and the first entries in the folder, which is emptied before. */
function prepare({ folder, accesslog, memberOf, waitsForDisk, entries }) {
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['db', 'log', 'tls']) mkdirSync(join(folder, part), { recursive: true });
  const certificates = makeCertificates(join(folder, 'tls'), 'localhost', ['DNS:localhost', 'IP:127.0.0.1']);
  const file = join(folder, 'slapd.conf');
  writeFileSync(file, configuration({ folder, certificates, accesslog, memberOf, waitsForDisk }));
  const ldif = join(folder, 'base.ldif');
  writeFileSync(ldif, `${baseEntries()}\n${entries}`);
  // Without its own database first the overlay that logs changes refuses the configuration.
  if (accesslog) runProgram(['slapadd', '-q', '-f', file, '-b', 'cn=accesslog', '-l', '/dev/null']);
  runProgram(['slapadd', '-q', '-w', '-f', file, '-b', suffix, '-l', ldif]);
  giveToServer(folder);
  for (const part of ['db', 'log']) copy(join(folder, part), join(folder, `${part}.first`));
  return { certificates, file };
}

/** The databases as they were at the beginning; the server must not run. */
function restoreFirst(folder) {
  for (const part of ['db', 'log']) {
    rmSync(join(folder, part), { recursive: true, force: true });
    copy(join(folder, `${part}.first`), join(folder, part));
  }
}

// The files of the databases are as long as they may become, and hold next to nothing: only what is there is copied.
function copy(from, to) {
  runProgram(['cp', '-a', '--sparse=always', from, to]);
}

const isRoot = process.getuid?.() === 0;

// slapd gives up root's rights where it can, and its files must then be its own.
function giveToServer(folder) {
  if (!isRoot) return;
  chmodSync(folder, 0o755);
  runProgram(['chown', '-R', 'openldap:openldap', folder]);
}

// slapd's own way to give up root's rights would also make it outlive us: the kernel then forgets whose child it is.
function launch(folder, file, port, tlsPort) {
  const account = ['--reuid', 'openldap', '--regid', 'openldap', '--clear-groups', '--pdeathsig', 'SIGTERM', '--'];
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`;
  const command = [programPath('slapd'), '-d', '0', '-f', file, '-h', urls];
  return startServer(isRoot ? ['setpriv', ...account, ...command] : command, { cwd: folder });
}

// The signal reaches one thread, and the others only once that one runs: on a busy machine they would answer meanwhile.
function untilStopped(pid) {
  const deadline = Date.now() + 10_000;
  const tasks = `/proc/${pid}/task`;
  const isStopped = (task) => / T /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'));
  while (process.platform === 'linux' && !readdirSync(tasks).every(isStopped)) {
    if (Date.now() > deadline) throw new Error('The test directory could not be paused within 10 s.');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

async function untilAnswering(server, url) {
  const ask = () => {
    try {
      runProgram(['ldapwhoami', '-x', '-o', 'nettimeout=2', '-H', url, '-D', service.dn, '-w', service.password]);
      return true;
    } catch {
      return false;
    }
  };
  await untilReady('OpenLDAP', server, ask);
}

/**
 * Starts a server of its own; several at once do not meet. `folder` must be one that may be emptied, reachable by other
 * users than root. `accesslog: false` leaves the log of changes out, `memberOf: false` the overlay of that name; `entries`
 * is LDIF text of entries to begin with; `waitsForDisk: true` answers a change when it is on disk, as a server in production
 * does. Ready in one to two seconds.
 */
export async function startOpenLdap({ folder, accesslog = true, memberOf = true, waitsForDisk = false, entries = '' }) {
  ensurePrograms('A test directory', needed);
  const { certificates, file } = prepare({ folder, accesslog, memberOf, waitsForDisk, entries });
  const [port, tlsPort] = [await freePort(), await freePort()];
  const url = `ldap://127.0.0.1:${port}`;
  let server = launch(folder, file, port, tlsPort);
  await untilAnswering(server, url);
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    url,
    ldapsUrl: `ldaps://127.0.0.1:${tlsPort}`,
    caPath: certificates.authority,
    suffix,
    admin,
    service,
    get pid() {
      return server.pid;
    },
    pause: () => {
      server.kill('SIGSTOP');
      untilStopped(server.pid);
    },
    resume: () => void server.kill('SIGCONT'),
    kill: async () => {
      server.kill('SIGKILL');
      await stopServer(server);
    },
    restart: async () => {
      await stopServer(server);
      server = launch(folder, file, port, tlsPort);
      await untilAnswering(server, url);
    },
    restore: async () => {
      server.kill('SIGKILL');
      await stopServer(server);
      restoreFirst(folder);
      server = launch(folder, file, port, tlsPort);
      await untilAnswering(server, url);
    },
    stop: async () => {
      server.kill('SIGCONT');
      await stopServer(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
