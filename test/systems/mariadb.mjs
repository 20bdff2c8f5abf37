// A MariaDB server for tests: its own data, a certificate, a free port of 127.0.0.1; gone with the process that started it.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificate.mjs';
import { ensurePrograms, freePort, runProgram, startServer, stopServer, untilReady } from './program.mjs';

const programs = {
  mariadbd: 'mariadb-server',
  'mariadb-install-db': 'mariadb-server',
  mariadb: 'mariadb-client',
  openssl: 'openssl',
};
const choices = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-buffer-pool-size=64M',
  '--performance-schema=OFF',
  '--character-set-server=utf8mb4',
  '--max-connections=60',
];
const user = 'admin';
const password = 'Admin/pass-1';

/** Starts a server in about three seconds. It forgets nothing on purpose, but does not wait for the disk either. */
export async function startMariaDb({ folder = mkdtempSync(join(tmpdir(), 'joinery-mariadb-')), options = [] } = {}) {
  ensurePrograms('MariaDB for tests', programs);
  const owner = process.getuid?.() === 0 ? ['--user=mysql'] : [];
  const data = prepareFolder(folder, owner);
  const { authority, certificate, key } = makeCertificates(folder, 'localhost', ['DNS:localhost', 'IP:127.0.0.1']);
  const port = await freePort();
  const socket = join(data, 's.sock');
  giveAway([folder, certificate, key, authority], owner);
  // Another account from the start: a server that changes it by itself would outlive us.
  const asMysql = ['setpriv', '--reuid=mysql', '--regid=mysql', '--init-groups', '--pdeathsig', 'SIGTERM', '--'];
  const tied = owner.length === 0 ? [] : asMysql;
  const command = [...tied, 'mariadbd', '--no-defaults', `--datadir=${data}`, `--socket=${socket}`, `--port=${port}`];
  const certificates = [`--ssl-ca=${authority}`, `--ssl-cert=${certificate}`, `--ssl-key=${key}`];
  const logs = [`--pid-file=${join(data, 'pid')}`, `--log-error=${join(data, 'error.log')}`];
  const server = startServer([...command, ...certificates, ...logs, ...choices, ...options]);
  await untilReady('MariaDB', server, () => existsSync(socket) && answers(socket), 60_000);
  runProgram(['mariadb', '--no-defaults', `--socket=${socket}`, '--user=root', '--execute', administrator()]);
  return {
    host: '127.0.0.1',
    port,
    socket,
    user,
    password,
    authority: readFileSync(authority, 'utf8'),
    run: (statements) => run(folder, socket, statements),
    stop: async () => {
      await stopServer(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function prepareFolder(folder, owner) {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const quietly = [`--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'];
  giveAway([folder, data], owner);
  runProgram(['mariadb-install-db', '--no-defaults', ...owner, ...quietly]);
  return data;
}

// The server gives up root for the account `mysql`, which must be able to read what we have made.
function giveAway(paths, owner) {
  if (owner.length > 0) runProgram(['chown', 'mysql:', ...paths]);
}

function answers(socket) {
  try {
    runProgram(['mariadb', '--no-defaults', `--socket=${socket}`, '--user=root', '--execute', 'select 1']);
    return true;
  } catch {
    return false;
  }
}

function administrator() {
  const grants = ['127.0.0.1', 'localhost'].map(
    (host) =>
      `create user ${user}@'${host}' identified by '${password}'; grant all on *.* to ${user}@'${host}' with grant option;`,
  );
  return `${grants.join('\n')} drop user if exists root@localhost;`;
}

// The password goes through a file, because everybody sees the words of a command.
function run(folder, socket, statements) {
  const secret = join(folder, 'client.cnf');
  if (!existsSync(secret)) {
    writeFileSync(secret, `[client]\nuser=${user}\npassword=${password}\n`, { mode: 0o600 });
    chmodSync(secret, 0o600);
  }
  const quietly = [`--defaults-file=${secret}`, `--socket=${socket}`, '--batch', '--skip-column-names'];
  return runProgram(['mariadb', ...quietly, '--default-character-set=utf8mb4'], { input: statements });
}
