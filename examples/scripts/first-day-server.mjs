// Starts a server of its own for first-day.mjs: a company in a temporary folder, a free port, its own database, and tokens.
// Nothing of a running Joinery is touched. DATABASE_URL and REDIS_URL are used when they are set.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/first-day');
const files = {
  hr: ['people.csv', 'departments.csv'],
  directory: ['directory-accounts.csv', 'directory-groups.csv'],
  sales: ['sales-users.csv', 'sales-teams.csv'],
};

/** `configuration`: another folder of rules than the example's. */
export async function startCompany(configuration = join(example, 'configuration')) {
  const home = mkdtempSync(join(tmpdir(), 'joinery-first-day-'));
  for (const [system, names] of Object.entries(files)) {
    mkdirSync(join(home, system));
    for (const name of names) cpSync(join(example, 'data', name), join(home, system, name));
  }
  const secret = randomBytes(32).toString('base64url');
  const server = spawn(process.execPath, [join(root, 'dist/main.js'), 'start'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      JOINERY_DEMO: '0',
      JOINERY_HOME: home,
      JOINERY_PORT: '0',
      JOINERY_CONFIGURATION: resolve(configuration),
      JOINERY_TOKEN_SECRET: secret,
      JOINERY_LOG_LEVEL: 'error',
    },
  });
  const url = await urlOf(server, home);
  return {
    url,
    /** What a system holds now, and what it held at the start, by key. */
    accounts: (system) => ({
      before: linesOf(join(example, 'data', files[system][0])),
      now: linesOf(join(home, system, files[system][0])),
    }),
    ask: async (person, query, variables = {}) => ask(url, await tokenOf(secret, person), query, variables),
    stop: async () => {
      server.kill('SIGTERM');
      await Promise.race([new Promise((done) => server.once('exit', done)), delay(30_000)]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function urlOf(server, home) {
  const file = join(home, 'server.json');
  for (const until = Date.now() + 120_000; Date.now() < until; await delay(100)) {
    if (server.exitCode !== null) throw new Error('The server ended before it was ready.');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).url;
  }
  server.kill('SIGKILL');
  throw new Error('The server was not ready within two minutes.');
}

const tokenOf = (secret, person) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(person)
    .setAudience('joinery')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));

async function ask(url, token, query, variables) {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(`${errors[0].message} ${JSON.stringify(errors[0].extensions ?? {})}`);
  const refused = Object.values(data).flatMap((part) => part?.userErrors ?? []);
  if (refused.length > 0) throw new Error(refused.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return data;
}

const linesOf = (path) =>
  new Map(
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(',')), line.trimEnd()]),
  );
