// `joinery start` and `joinery migrate`: the life of the process around what compose.ts wires. Owns signals, the file
// that tells scripts where the server is, and the words on the terminal.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { migrate, type Running, startJoinery, StartRefused } from '../program.js';
import type { Config } from '../config.js';
import { exitCodes, Failure } from './exit.js';
import { namedServer, serverFile } from './server-file.js';

const stopWithinMs = 30_000;

/** Runs until SIGINT or SIGTERM, then ends everything; a later signal ends at once. */
export async function runServer(config: Config): Promise<void> {
  const asked = stopSignal();
  const running = await startJoinery(config, say).catch((error: unknown) => {
    throw error instanceof StartRefused ? new Failure(exitCodes.usage, error.message) : error;
  });
  const isNamed = running.url !== null && (await writeServerFile(config.home, running.url));
  say(banner(config, running));
  const lost = running.lost.then(() => 'The embedded PostgreSQL has ended by itself (its log is beside its data)');
  const reason = await Promise.race([asked, lost]);
  say(`\n${reason}: stopping.`);
  if (reason !== 'SIGINT' && reason !== 'SIGTERM') process.exitCode = exitCodes.failure;
  const overdue = setTimeout(() => process.exit(exitCodes.failure), stopWithinMs);
  if (isNamed) await rm(serverFile(config.home), { force: true });
  await running.stop();
  clearTimeout(overdue);
  say('Stopped.');
  // Everything has ended: what a library may have left open must not keep the process.
  process.exit();
}

export async function runMigrations(config: Config): Promise<void> {
  if (config.databaseUrl === null) {
    throw new Failure(
      exitCodes.usage,
      'DATABASE_URL is not set: the embedded database is migrated by `joinery start` itself.',
    );
  }
  const applied = await migrate(config.databaseUrl);
  say(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}.`);
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Renamed into place, so that a reader never sees half of it. False when another living server of this folder is named there. */
async function writeServerFile(home: string, url: string): Promise<boolean> {
  const other = await namedServer(home);
  if (other !== null && isAlive(other.pid)) {
    say(
      `${serverFile(home)} goes on naming ${other.url} (process ${other.pid}); reach this server with JOINERY_URL=${url}.`,
    );
    return false;
  }
  await mkdir(home, { recursive: true });
  const draft = `${serverFile(home)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify({ url, pid: process.pid })}\n`);
  await rename(draft, serverFile(home));
  return true;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** npm hands a Ctrl-C on to us that the terminal has sent us already: the echo of a signal is not a second wish. */
const echoMs = 1_000;

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const onSignal = (signal: string): void => {
      if (firstAt !== null && performance.now() - firstAt > echoMs) process.exit(exitCodes.failure);
      firstAt ??= performance.now();
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal);
  });
}

function banner(config: Config, running: Running): string {
  const lines = [
    `Joinery ${running.version} is ready.`,
    `  Database   ${running.databaseKind}`,
    `  Queues     ${running.queueKind}`,
  ];
  if (running.url !== null)
    lines.push(
      `  GraphQL    ${running.url}/graphql (HTTP and graphql-ws)`,
      `  Bull Board ${running.url}/queues (operators)`,
    );
  if (config.demo && running.url !== null) lines.push(...demoLines(config, running.url));
  return lines.join('\n');
}

const demoLines = (config: Config, url: string): readonly string[] => [
  `  Data       ${config.home} (demo company; not for production: anybody on this machine can sign in as anyone)`,
  '',
  `Sign in as  camille.roy (employee), ines.aubry (her manager), paul.martin (role owner), omar.benali (operator),`,
  `            ada.lindqvist (administrator); all people: ${url}/demo/people`,
  `            curl -s ${url}/demo/token -H 'content-type: application/json' -d '{"person":"camille.roy"}'`,
  '',
  'Try next, in a second terminal:',
  '  node examples/scripts/request-and-watch.mjs                 a request, its approval, every state live',
  '  node examples/scripts/request-and-watch.mjs crm-editor      two approvals, a row in the CRM database',
  '  npx joinery job run complete --watch                        the main job',
  'Ctrl-C ends everything.',
];
