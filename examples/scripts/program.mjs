// Starts the program for an example that brings a company of its own: a free port, its own database, tokens for anybody.
// Nothing of a running Joinery is touched. DATABASE_URL and REDIS_URL are used when they are set.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** `home`: an existing folder for its data; `variables`: what its configuration names by `$env`. */
export async function startProgram({ home, configuration, variables = {} }) {
  const secret = randomBytes(32).toString('base64url');
  const server = spawn(process.execPath, [main, 'start'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...variables,
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
    ask: async (person, query, given = {}) => ask(url, await tokenOf(secret, person), query, given),
    stop: async () => {
      server.kill('SIGTERM');
      await Promise.race([new Promise((done) => server.once('exit', done)), delay(30_000)]);
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
  const pauseSeconds = errors?.[0].extensions?.retryAfterSeconds;
  if (errors?.[0].extensions?.code === 'THROTTLED') {
    await delay(pauseSeconds * 1_000);
    return ask(url, token, query, variables);
  }
  if (errors) throw new Error(`${errors[0].message} ${JSON.stringify(errors[0].extensions ?? {})}`);
  const refused = Object.values(data).flatMap((part) => part?.userErrors ?? []);
  if (refused.length > 0) throw new Error(refused.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return data;
}
