// A real Redis for tests: found, or installed where that is allowed; on a free port of 127.0.0.1, without persistence.
import { once } from 'node:events';
import { connect } from 'node:net';
import { ensurePrograms, freePort, startServer, stopServer, untilReady } from '../systems/program.mjs';

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
  ensurePrograms('A test', { 'redis-server': 'redis-server' });
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--dir', folder, ...options];
  const server = startServer(command, { detached: true });
  await untilReady(`redis-server on 127.0.0.1:${port}`, server, () => answers(port), readyDeadlineMs);
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopServer(server) };
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}
