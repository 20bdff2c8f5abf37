// A real SCIM 2.0 service for tests: SCIMMY and its Express routers in a process of their own, with OAuth2 client
// credentials. Owns starting, stopping and the tests' own hands on it; the service itself is scimmy-server.mjs.
import { fileURLToPath } from 'node:url';
import { freePort, programEnvironment, startServer, stopServer, untilReady } from './program.mjs';

const server = fileURLToPath(new URL('./scimmy-server.mjs', import.meta.url));
const clientId = 'joinery';
const clientSecret = 'canary-Client/7d41@';

/** Starts the service on a free port of 127.0.0.1; rows are kept in memory, so no folder is needed. */
export async function startScimmy() {
  const port = await freePort();
  const environment = { ...programEnvironment, SCIMMY_SERVER: JSON.stringify({ port, clientId, clientSecret }) };
  const child = startServer([process.execPath, server], { env: environment });
  const origin = `http://127.0.0.1:${port}`;
  await untilReady('SCIMMY', child, () => isThere(origin));
  return {
    port,
    baseUrl: `${origin}/scim/v2`,
    oauthEndpoint: `${origin}/oauth/token`,
    clientId,
    clientSecret,
    reset: () => tell(origin, 'reset', {}),
    throttle: (seconds) => tell(origin, 'throttle', { seconds }),
    revokeTokens: () => tell(origin, 'revoke', {}),
    put: (kind, rows) => tell(origin, `rows/${kind}`, rows),
    rows: (kind) => ask(`${origin}/control/rows/${kind}`),
    signsIn: async (userName, password) => (await tell(origin, 'sign-in', { userName, password })).accepted,
    token: () => fetchToken(origin),
    stop: () => stopServer(child),
  };
}

async function isThere(origin) {
  try {
    return (await fetch(`${origin}/control/rows/group`)).ok;
  } catch {
    return false;
  }
}

async function tell(origin, what, body) {
  return ask(`${origin}/control/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A token for requests that go round the connector. */
async function fetchToken(origin) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  return (await ask(`${origin}/oauth/token`, { method: 'POST', body })).access_token;
}

async function ask(address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
