// A server without a key keeps no secret in clear: it keeps none.
import { expect, test } from '@jest/globals';
import { useConnectionApi } from './connection-api.js';

const present = useConnectionApi(null);
const create = `mutation($s: JSON!) { connectionCreate(input: { connectorId: "con_crm", identifier: "c", displayName: "C",
  packageName: "memory", settings: $s }) { connection { id } userErrors { code field hint } } }`;

test('without a key a secret is refused, and a connection without one is made', async () => {
  const { connectionCreate: refused } = await present().ask('administrator', create, {
    s: { store: 's', password: 'p' },
  });
  expect(refused).toMatchObject({
    connection: null,
    userErrors: [{ code: 'STATE_CONFLICT', field: ['input', 'settings', 'password'] }],
  });
  expect(refused.userErrors[0].hint).toContain('JOINERY_SECRET_KEY');
  const { connectionCreate: made } = await present().ask('administrator', create, { s: { store: 's' } });
  expect(made.userErrors).toEqual([]);
});
