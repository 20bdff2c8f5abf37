// Accounts of a real domain: states kept in bits, times and passwords, as the domain itself sees them.
import assert from 'node:assert/strict';
import { afterAll, beforeEach, describe, test } from '@jest/globals';
import { connect, type Connection, resultOf } from './connection.js';
import { type Domain, people, startDomain } from './domain.js';

const domain: Domain = await startDomain();
const ad: Connection = await connect(domain);
const password = 'Correct-Horse-1!';

beforeEach(() => domain.empty());
afterAll(async () => {
  await ad.session.close();
  await domain.stop();
});

const bitsOf = async (name: string): Promise<number> =>
  Number((await domain.account(name, ['userAccountControl']))?.userAccountControl);
const dnOf = async (name: string): Promise<string> => (await domain.account(name, ['1.1']))?.dn ?? '';

describe('an account', () => {
  test('is made whole: enabled, with its password, signing in by its principal name at once', async () => {
    const states = { enabled: true, locked: false, mustChangePassword: false, passwordNeverExpires: false };
    const names = { userPrincipalName: 'anna@corp.example.org', cn: 'Anna "A." Ö, #1', displayName: 'Anna' };
    const set = { ...names, ...states, password };
    assert.equal(resultOf(await ad.apply('create', 'user', 'anna', { set })), 'applied');
    assert.equal(await bitsOf('anna'), 512);
    assert.ok(await domain.signsIn('anna@corp.example.org', password));
    assert.equal((await ad.row('user', 'anna')).attributes.cn, names.cn);
    assert.equal(resultOf(await ad.apply('create', 'user', 'anna', { set })), 'alreadySo');
  });

  test('made without a password gets one nobody knows, and is never enabled with none', async () => {
    await ad.apply('create', 'user', 'anna');
    const account = await domain.account('anna', ['pwdLastSet', 'userAccountControl']);
    assert.equal(Number(account?.userAccountControl), 512);
    assert.notEqual(account?.pwdLastSet, '0', 'it must have a password');
    assert.ok(!(await domain.signsIn(await dnOf('anna'), '')));
  });

  test('that somebody else made without a password is enabled only together with one', async () => {
    await domain.load(`dn: CN=anna,${people}\nobjectClass: user\nsAMAccountName: anna\n`);
    assert.equal(await bitsOf('anna'), 512 | 32 | 2);
    const outcome = await ad.apply('update', 'user', 'anna', { set: { enabled: true } });
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.failure.code, 'CONSTRAINT_VIOLATION');
    assert.match(outcome.failure.message, /has no password, so it is not enabled; set one in the same change/);
    assert.equal(await bitsOf('anna'), 512 | 32 | 2);
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { enabled: true, password } })), 'applied');
    assert.equal(await bitsOf('anna'), 512, 'from now on it needs a password');
    assert.ok(await domain.signsIn(await dnOf('anna'), password));
    await ad.apply('update', 'user', 'anna', { set: { enabled: false } });
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { enabled: true } })), 'applied');
  });

  for (const [state, set] of [
    ['its password was called new', { enabled: false, mustChangePassword: false }],
    ['another of its bits was changed', { passwordNeverExpires: true }],
  ] as const)
    test(`without a password is not enabled either after ${state}`, async () => {
      await domain.load(`dn: CN=anna,${people}\nobjectClass: user\nsAMAccountName: anna\n`);
      assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set })), 'applied');
      const outcome = await ad.apply('update', 'user', 'anna', { set: { enabled: true } });
      assert.equal(resultOf(outcome), 'CONSTRAINT_VIOLATION');
      assert.equal((await bitsOf('anna')) & 2, 2);
    });

  test('without a password is not enabled either where bit 32 is gone already', async () => {
    await domain.load(`dn: CN=anna,${people}\nobjectClass: user\nsAMAccountName: anna\n`);
    await domain.replace(await dnOf('anna'), { userAccountControl: '514' });
    const outcome = await ad.apply('update', 'user', 'anna', { set: { enabled: true } });
    assert.equal(resultOf(outcome), 'CONSTRAINT_VIOLATION');
    assert.equal(await bitsOf('anna'), 514);
  });

  test('that needed no password, has one and must change it, is enabled again and needs one from then on', async () => {
    await domain.load(`dn: CN=anna,${people}\nobjectClass: user\nsAMAccountName: anna\n`);
    await ad.apply('update', 'user', 'anna', { set: { password } });
    await domain.replace(await dnOf('anna'), { userAccountControl: String(512 | 32 | 2), pwdLastSet: '0' });
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { enabled: true } })), 'applied');
    assert.equal(await bitsOf('anna'), 512);
  });

  test('that needed no password needs one as soon as it gets one', async () => {
    await domain.load(`dn: CN=anna,${people}\nobjectClass: user\nsAMAccountName: anna\n`);
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { password } })), 'applied');
    assert.equal(await bitsOf('anna'), 512 | 2);
  });

  test('refused for its password is not made at all', async () => {
    const outcome = await ad.apply('create', 'user', 'anna', { set: { password: 'weak' } });
    assert.ok(outcome.kind === 'refused');
    assert.deepEqual([outcome.failure.code, outcome.failure.targetCode], ['CONSTRAINT_VIOLATION', '0000052D']);
    assert.match(outcome.failure.hint ?? '', /length, complexity, history/);
    assert.equal(await domain.account('anna', ['1.1']), null);
  });

  test('is disabled and enabled by its bit alone; the others stay as somebody else has set them', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password } });
    // Smart card required, not trusted for delegation, password never expires.
    const others = 0x40000 | 0x100000 | 0x10000;
    await domain.replace(await dnOf('anna'), { userAccountControl: String(512 | others) });
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { enabled: false } })), 'applied');
    assert.equal(await bitsOf('anna'), 512 | others | 2);
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { enabled: false } })), 'alreadySo');
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { enabled: true } })), 'applied');
    assert.equal(await bitsOf('anna'), 512 | others);
  });

  test('keeps both states when one update changes two bits', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password } });
    await ad.apply('update', 'user', 'anna', { set: { enabled: false, passwordNeverExpires: true } });
    assert.equal(await bitsOf('anna'), 512 | 2 | 0x10000);
  });

  test('expires at an instant, refuses to sign in afterwards, and can be without end again', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password, accountExpires: '2020-01-31T12:00:00Z' } });
    assert.equal((await ad.row('user', 'anna')).attributes.accountExpires, '2020-01-31T12:00:00.000Z');
    assert.equal((await domain.account('anna', ['accountExpires']))?.accountExpires, '132249456000000000');
    assert.ok(!(await domain.signsIn(await dnOf('anna'), password)));
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { accountExpires: null } })), 'applied');
    assert.ok(await domain.signsIn(await dnOf('anna'), password));
    assert.equal((await ad.row('user', 'anna')).attributes.accountExpires, null);
  });

  test('must change its password, together with a new one and by itself', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password, mustChangePassword: true } });
    assert.equal((await domain.account('anna', ['pwdLastSet']))?.pwdLastSet, '0');
    await ad.apply('update', 'user', 'anna', { set: { mustChangePassword: false } });
    assert.ok(await domain.signsIn(await dnOf('anna'), password));
    await ad.apply('update', 'user', 'anna', { set: { password: 'Correct-Horse-2!', mustChangePassword: true } });
    assert.equal((await ad.row('user', 'anna')).attributes.mustChangePassword, true);
  });

  test('that must change its password must still do so after it was given another one with that demand', async () => {
    const demand = { mustChangePassword: true };
    await ad.apply('create', 'user', 'anna', { set: { password, ...demand } });
    const set = { password: 'Correct-Horse-2!', ...demand };
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set })), 'applied');
    assert.equal((await domain.account('anna', ['pwdLastSet']))?.pwdLastSet, '0');
    assert.equal(resultOf(await ad.apply('create', 'user', 'anna', { set })), 'alreadySo');
  });

  test('locked out by wrong passwords is shown so, and unlocked', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password } });
    const before = { lockoutThreshold: '0', lockoutDuration: '-18000000000' };
    await domain.replace(domain.samba.baseDn, { ...before, lockoutThreshold: '2' });
    try {
      for (let n = 0; n < 3; n += 1) await domain.signsIn(await dnOf('anna'), 'Wrong-Horse-9!');
      assert.equal((await ad.row('user', 'anna')).attributes.locked, true);
      assert.ok(!(await domain.signsIn(await dnOf('anna'), password)));
      assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { locked: false } })), 'applied');
      assert.ok(await domain.signsIn(await dnOf('anna'), password));
      assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { locked: false } })), 'alreadySo');
      assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { locked: true } })), 'INVALID_VALUE');
    } finally {
      await domain.replace(domain.samba.baseDn, before);
    }
  });

  test('is refused the principal name of another one, in a sentence that says so', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password, userPrincipalName: 'same@corp.example.org' } });
    const outcome = await ad.apply('create', 'user', 'bert', {
      set: { password, userPrincipalName: 'same@corp.example.org' },
    });
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.failure.code, 'CONSTRAINT_VIOLATION');
    assert.match(outcome.failure.hint ?? '', /userPrincipalName/);
    assert.equal(await domain.account('bert', ['1.1']), null);
  });

  test('is refused the account name of an account elsewhere in the domain, which is named', async () => {
    const outcome = await ad.apply('create', 'user', 'Guest', { set: { password } });
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.failure.code, 'ALREADY_EXISTS');
    assert.match(outcome.failure.message, /CN=Guest,CN=Users/i);
    assert.equal(resultOf(await ad.apply('delete', 'user', 'Guest')), 'alreadySo');
    assert.ok((await domain.account('Guest', ['1.1'])) !== null, 'what is outside the places is not ours to delete');
  });

  test('has a manager by key or by name, and none again', async () => {
    await ad.apply('create', 'user', 'boss', { set: { password } });
    await ad.apply('create', 'user', 'anna', { set: { password, manager: 'boss' } });
    const boss = await ad.row('user', 'boss');
    assert.equal((await ad.row('user', 'anna')).attributes.manager, boss.key);
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { manager: boss.key } })), 'alreadySo');
    assert.equal(
      resultOf(await ad.apply('update', 'user', 'anna', { set: { manager: 'nobody' } })),
      'CONSTRAINT_VIOLATION',
    );
    assert.equal(resultOf(await ad.apply('update', 'user', 'anna', { set: { manager: null } })), 'applied');
    assert.equal((await ad.row('user', 'anna')).attributes.manager, null);
  });

  test('shows what the directory keeps itself: identifier and times', async () => {
    await ad.apply('create', 'user', 'anna', { set: { password } });
    const { attributes, key } = await ad.row('user', 'anna');
    assert.match(String(attributes.objectSid), /^S-1-5-21-\d+-\d+-\d+-\d+$/);
    assert.match(String(attributes.whenCreated), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(attributes.objectGUID, key);
    assert.equal(attributes.distinguishedName, `CN=anna,${people}`);
  });
});
