// The controls of connection.test.ts: with sealing and keyed digests switched off, the looks that find nothing there find it here.
import { expect, test } from '@jest/globals';
import { processEnvironment } from '../../src/adapters/environment.js';
import { callText } from '../../src/domain/idempotency.js';
import { useConnectionApi } from './connection-api.js';

const { digest } = processEnvironment('UTC');
const present = useConnectionApi([], {
  canSeal: true,
  fingerprint: digest,
  seal: (plain, { version }) => ({ version, keyId: '', wrapIv: '', wrappedKey: '', iv: '', ciphertext: plain }),
});

test('a secret that is not sealed is found in a dump of all tables', async () => {
  await present().ask(
    'administrator',
    `mutation { connectionCreate(input: { connectorId: "con_crm", identifier: "c", displayName: "C", packageName: "memory",
      settings: { store: "s", password: "canary-4f1c9" } }) { userErrors { code } } }`,
  );
  expect(await present().dump()).toContain('canary-4f1c9');
});

test('a secret is guessed from the memory of a call with a key where its digest needs no key', async () => {
  const settings = { store: 's', password: 'tiger' };
  const variables = {
    input: { connectorId: 'con_crm', identifier: 'd', displayName: 'D', packageName: 'memory', settings },
  };
  await present().ask(
    'administrator',
    `mutation($input: ConnectionCreateInput!) { connectionCreate(input: $input) @idempotent(key: "make-it-once") { userErrors { code } } }`,
    variables,
  );
  const hashes = await present().column('select request_hash as value from idempotency_key');
  expect(hashes).toContain(digest(callText('connectionCreate', variables)));
});
