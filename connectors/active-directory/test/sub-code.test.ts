// Sub-codes: each answer of a domain controller gets its code and a sentence on what to do.
import assert from 'node:assert/strict';
import { afterAll, describe, test } from '@jest/globals';
import { callContext, ConnectorError } from '@joinery/connector-kit';
import { operationCodes, signInCodes } from '../src/sub-code.js';
import { connect, resultOf } from './connection.js';
import { type Domain, root, startDomain } from './domain.js';

const domain: Domain = await startDomain();
afterAll(() => domain.stop());

const password = 'Correct-Horse-1!';
const expired = '132249456000000000';

/** A service account in some state, and the sub-code with which the controller refuses it. */
const states = [
  { name: 'wrong', subCode: '52e', attributes: {}, password: 'Wrong-Horse-1!' },
  { name: 'disabled', subCode: '533', attributes: { userAccountControl: '514' }, password },
  { name: 'expired', subCode: '701', attributes: { accountExpires: expired }, password },
  { name: 'must-change', subCode: '773', attributes: { pwdLastSet: '0' }, password },
] as const;

async function failureOf(user: string, given: string): Promise<ConnectorError> {
  const ad = await connect(domain, { user, password: given });
  try {
    return await ad.session.check(callContext(30_000)).then(
      () => assert.fail('the check must fail'),
      (error: unknown) => (error instanceof ConnectorError ? error : assert.fail(String(error))),
    );
  } finally {
    await ad.session.close();
  }
}

describe('a service account', () => {
  for (const { name, subCode, attributes, password: given } of states)
    test(`that is ${name} is refused with ${subCode}, and the hint says what to do`, async () => {
      const ad = await connect(domain, { objectTypes: [{ name: 'user', kind: 'user', places: [root] }] });
      await ad.apply('create', 'user', `svc-${name}`, { set: { password } });
      await ad.session.close();
      if (Object.keys(attributes).length > 0) await domain.replace(`CN=svc-${name},${root}`, attributes);
      const { failure } = await failureOf(`svc-${name}@corp.example.org`, given);
      assert.deepEqual(
        [failure.code, failure.targetCode, failure.hint],
        ['UNAUTHENTICATED', subCode, signInCodes[subCode]?.hint],
      );
      assert.ok(!JSON.stringify(failure).includes(given));
    });

  test('signs in by principal name, by DOMAIN\\name and by distinguished name, over LDAPS and StartTLS', async () => {
    const { samba } = domain;
    const users = [samba.adminUpn, `${samba.domain}\\Administrator`, samba.adminDn];
    for (const user of users)
      for (const transport of [
        { port: 636, tls: 'ldaps' },
        { port: 389, tls: 'startTls' },
      ]) {
        const ad = await connect(domain, { user, password: samba.password, ...transport });
        await ad.session.check(callContext(30_000));
        await ad.session.close();
      }
  });
});

describe('an operation', () => {
  test('without the right is FORBIDDEN, and says what to delegate', async () => {
    const ad = await connect(domain, { objectTypes: [{ name: 'user', kind: 'user' }] });
    const outcome = await ad.apply('update', 'user', 'Guest', { set: { description: 'mine' } });
    assert.equal(resultOf(outcome), 'FORBIDDEN');
    await ad.session.close();
  });
});

test('every sub-code has a sentence', () => {
  for (const [code, { hint }] of [...Object.entries(signInCodes), ...Object.entries(operationCodes)])
    assert.match(hint, /^[A-Z].{15,}[.]$/, code);
});
