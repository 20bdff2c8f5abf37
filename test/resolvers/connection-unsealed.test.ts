// The control of connection.test.ts: with the sealing switched off, the dump that finds no secret there finds it here.
import { expect, test } from '@jest/globals';
import { useConnectionApi } from './connection-api.js';

const present = useConnectionApi([], {
  canSeal: true,
  fingerprint: () => null,
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
