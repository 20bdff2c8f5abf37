// Programs that tests start as real systems: found, or installed where that is allowed; on free ports of 127.0.0.1;
// ended with the process that started them, however it ends. Which system needs which program is said beside it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Where Debian keeps servers; not on everybody's PATH. */
const places = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'])].join(
  ':',
);

/** The environment of a program of Debian: nothing of ours but the way to programs. */
export const programEnvironment = { PATH: places, LANG: 'C.UTF-8', HOME: '/nonexistent' };

/** Where the program is, or null. */
export function programPath(program) {
  const found = spawnSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', program], {
    env: { PATH: places },
    encoding: 'utf8',
  });
  return found.status === 0 ? found.stdout.trim() : null;
}

/**
 * Makes sure that the programs are there: `needed` is program → Debian packages. As root on Debian they are installed;
 * elsewhere what is missing is an error that says how to get it.
 */
export function ensurePrograms(purpose, needed) {
  const missing = () => Object.keys(needed).filter((program) => programPath(program) === null);
  const first = missing();
  if (first.length === 0) return;
  const packages = [...new Set(first.flatMap((program) => needed[program].split(' ')))];
  if (process.getuid?.() === 0 && programPath('apt-get') !== null) install(packages);
  const still = missing();
  if (still.length === 0) return;
  throw new Error(
    `${purpose} needs ${still.join(', ')}, which ${still.length === 1 ? 'is' : 'are'} not installed. On Debian: sudo apt-get install ${packages.join(' ')}.`,
  );
}

function install(packages) {
  process.stderr.write(`Installing ${packages.join(', ')} with apt-get.\n`);
  // Run level 1 keeps packages from starting servers of their own.
  const environment = { ...process.env, PATH: places, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=300'];
  const apt = (...words) => spawnSync('apt-get', [...wait, ...words], { env: environment, stdio: ['ignore', 2, 2] });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}

/**
 * Starts a server that stays in the foreground. The kernel ends it with us, also when we are killed; outside Linux `stop`
 * alone does. `options` as for spawn.
 */
export function startServer([program, ...words], options = {}) {
  const path = programPath(program) ?? program;
  const tied =
    process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'SIGTERM', '--', path, ...words] : [path, ...words];
  const server = spawn(tied[0], tied.slice(1), { stdio: 'ignore', env: programEnvironment, ...options });
  server.unref();
  return server;
}

/** Resolves when the server has ended; kills it when it does not end by itself within `patienceMs`. */
export async function stopServer(server, patienceMs = 10_000) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), patienceMs);
  await ended;
  clearTimeout(timer);
}

/** Asks `isReady` until it says true; an error names what did not come up, or says that the server has ended. */
export async function untilReady(name, server, isReady, deadlineMs = 30_000) {
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    if (server !== null && server.exitCode !== null)
      throw new Error(`${name} ended at once (exit ${server.exitCode}).`);
    if (await isReady()) return;
    await delay(30);
  }
  throw new Error(`${name} did not answer within ${deadlineMs / 1000} s.`);
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Runs a program to its end and answers what it printed; a failure is an error with its own words. */
export function runProgram([program, ...words], options = {}) {
  const done = spawnSync(programPath(program) ?? program, words, {
    encoding: 'utf8',
    env: programEnvironment,
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (done.status === 0) return done.stdout;
  throw new Error(
    `${program} failed (${done.status ?? done.signal}): ${done.error?.message ?? ''}${done.stderr}${done.stdout}`,
  );
}
