// The queue board's session where people sign in with the company's provider, behind a proxy that ends TLS.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type ServedCompany, serveCompany } from './company.js';

let provider: Server;
let issuer: string;
let bearer: string;
const companies: ServedCompany[] = [];

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }];
  provider = createServer(({ url }, response) => {
    const answer = url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  bearer = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setSubject('omar.benali')
    .setIssuer(issuer)
    .setAudience('joinery-api')
    .setExpirationTime('5m')
    .sign(privateKey);
});
afterAll(async () => {
  for (const company of companies) await company.stop();
  await new Promise((resolve) => provider.close(resolve));
});

async function serve(publicUrl: string | null): Promise<string> {
  const oidc = { issuer, audience: 'joinery-api' };
  const company = await serveCompany({ server: { isDemo: false, tokenSecret: null, oidc, publicUrl } });
  companies.push(company);
  return company.server.url;
}

const open = (url: string, token = bearer) =>
  fetch(`${url}/queues/session`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
  });

describe('a session of the queue board', () => {
  it('is opened with the token of a provider, and opens nothing but the queues', async () => {
    const url = await serve(null);
    const opened = await open(url);
    expect(opened.status).toBe(303);
    const cookie = opened.headers.get('set-cookie') ?? '';
    expect(cookie).not.toMatch(/Secure/i);
    const [pair = ''] = cookie.split(';');
    expect((await fetch(`${url}/queues/api/queues`, { headers: { cookie: pair } })).status).toBe(200);
    const asked = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${pair.split('=')[1]}` },
      body: '{"query":"{viewer{profiles}}"}',
    });
    expect(asked.status).toBe(401);
    expect((await open(url, pair.split('=')[1])).status).toBe(401);
  });

  it('is sent by TLS alone where people come by TLS', async () => {
    const opened = await open(await serve('https://joinery.example'));
    expect(opened.headers.get('set-cookie')).toMatch(/; Secure/i);
  });
});
