// What the example scripts share: where the server is, signing in as a demo person, one operation, one subscription.
// Nothing but fetch, graphql-ws and ws: a client of any language can do the same.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export const home = resolve(process.env.JOINERY_HOME ?? '.joinery');
export const url = process.env.JOINERY_URL ?? writtenUrl();

function writtenUrl() {
  try {
    return JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')).url;
  } catch {
    return fail(`No running server was found in ${home}: start it with npm start, or set JOINERY_URL.`);
  }
}

/** A bearer token: JOINERY_TOKEN when set and no person is named, else the demo sign-in. */
export async function signIn(person) {
  if (person === undefined && process.env.JOINERY_TOKEN) return process.env.JOINERY_TOKEN;
  const answer = await fetch(`${url}/demo/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
  });
  if (!answer.ok) fail(`Signing in as ${person} was refused: ${await answer.text()}`);
  return (await answer.json()).token;
}

export async function ask(token, query, variables = {}) {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) fail(`${errors[0].message}`);
  return data;
}

/** Calls `onItem` for each item until it answers true. */
export async function watch(token, query, variables, onItem) {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  try {
    for await (const { data, errors } of client.iterate({ query, variables })) {
      if (errors) fail(errors[0].message);
      if (await onItem(data)) return;
    }
  } finally {
    await client.dispose();
  }
}

export function refuse(userErrors) {
  for (const { code, message, hint } of userErrors)
    process.stderr.write(`${code}: ${message}${hint ? ` ${hint}` : ''}\n`);
  if (userErrors.length > 0) process.exit(5);
}

export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
