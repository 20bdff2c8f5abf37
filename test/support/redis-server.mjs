// A real Redis for tests: found, or installed where that is allowed; on a free port of 127.0.0.1, without persistence.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const readyDeadlineMs = 20_000;

/** Many databases, so that each test gets one of its own. */
const options = [
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'no',
  '--databases',
  '4096',
  '--maxmemory-policy',
  'noeviction',
  '--loglevel',
  'warning',
];

export async function startRedis(folder) {
  ensureRedis();
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--dir', folder, ...options];
  // The kernel ends it with us, also when we are killed; outside Linux teardown alone does.
  const tied = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'SIGTERM', '--', ...command] : command;
  const server = spawn(tied[0], tied.slice(1), { detached: true, stdio: 'ignore' });
  server.unref();
  await answers(port, server);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stop(server) };
}

function ensureRedis() {
  if (isThere('redis-server')) return;
  const mayInstall = process.getuid?.() === 0 && isThere('apt-get');
  if (mayInstall) installRedis();
  if (isThere('redis-server')) return;
  throw new Error(
    'The tests need a real Redis, and redis-server is not on the PATH. On Debian or Ubuntu: sudo apt-get install redis-server; on macOS: brew install redis.',
  );
}

function installRedis() {
  process.stderr.write('redis-server is missing; installing it with apt-get.\n');
  // Run level 1 keeps the package from starting a Redis of its own.
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...words) => spawnSync('apt-get', ['-q', ...words], { env: environment, stdio: ['ignore', 2, 2] });
  apt('update');
  apt('install', '-y', '--no-install-recommends', 'redis-server');
}

function isThere(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

async function answers(port, server) {
  const deadline = Date.now() + readyDeadlineMs;
  while (Date.now() < deadline && server.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await delay(20);
  }
  throw new Error(`redis-server did not answer on 127.0.0.1:${port} within ${readyDeadlineMs / 1000} s.`);
}

async function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
