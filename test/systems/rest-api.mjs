// A small REST API for tests, in a process of its own. Owns starting, stopping and the tests' own hands on it; the
// service itself is rest-api-server.mjs.
import { fileURLToPath } from 'node:url';
import { freePort, programEnvironment, startServer, stopServer, untilReady } from './program.mjs';

const server = fileURLToPath(new URL('./rest-api-server.mjs', import.meta.url));
const apiKey = 'canary-Key/93bd@';

/** Starts the service on a free port of 127.0.0.1; rows are kept in memory, so no folder is needed. */
export async function startRestApi() {
  const port = await freePort();
  const environment = { ...programEnvironment, REST_API: JSON.stringify({ port, apiKey }) };
  const child = startServer([process.execPath, server], { env: environment });
  const baseUrl = `http://127.0.0.1:${port}`;
  await untilReady('The REST service', child, () => isThere(baseUrl));
  const tell = (what, body) => ask(`${baseUrl}/control/${what}`, { method: 'POST', body: JSON.stringify(body) });
  return {
    port,
    baseUrl,
    apiKey,
    reset: () => tell('reset', {}),
    throttle: (seconds) => tell('throttle', { seconds }),
    put: (kind, rows) => tell(`put/${kind}`, rows),
    rows: (kind) => ask(`${baseUrl}/control/rows/${kind}`),
    request: (method, path, body) =>
      ask(`${baseUrl}${path}`, { method, headers: { 'x-api-key': apiKey }, body: JSON.stringify(body) }),
    stop: () => stopServer(child),
  };
}

async function isThere(baseUrl) {
  try {
    return (await fetch(`${baseUrl}/control/ready`)).ok;
  } catch {
    return false;
  }
}

async function ask(address, options) {
  const answer = await fetch(address, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
