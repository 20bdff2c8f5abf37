// What is sent of an account's state, whatever state it is in: no domain is needed to see that.
import { describe, expect, test } from '@jest/globals';
import type { Delta } from '@joinery/connector-kit';
import fc from 'fast-check';
import { newValues } from '../src/encoding.js';
import { kindOf } from '../src/kind.js';

const { virtual } = kindOf('user');
const disabledBit = 0x2;
const needsNoPasswordBit = 0x20;
const neverExpiresBit = 0x1_0000;

/** What an update of those attributes, taken in that order, sends to an account with those bits. */
function sent(bits: number, set: Delta['set'], order = Object.keys(set)) {
  const entry = { dn: '', attributes: new Map([['useraccountcontrol', [Buffer.from(String(bits))]]]) };
  const delta: Delta = { kind: 'update', objectType: 'user', key: 'anna', set, add: {}, remove: {} };
  const attributes = order.flatMap((name) => virtual[name] ?? []);
  return newValues(delta, attributes, entry, new Map());
}

const bitsIn = (values: ReturnType<typeof sent>): number => Number(values.get('userAccountControl')?.[0]);

describe('userAccountControl', () => {
  const states = fc.record(
    { enabled: fc.boolean(), passwordNeverExpires: fc.boolean() },
    { requiredKeys: [], noNullPrototype: true },
  );
  const changes = states.chain((set) =>
    fc.tuple(fc.constant(set), fc.shuffledSubarray(Object.keys(set), { minLength: Object.keys(set).length })),
  );

  test('changes in the bits that are told, and in no other but the one by which an enabled account needs no password', () => {
    fc.assert(
      fc.property(fc.nat(0x7fff_ffff), changes, (before, [set, order]) => {
        const values = sent(before, set, order);
        const after = values.has('userAccountControl') ? bitsIn(values) : before;
        const told =
          (set.enabled === undefined ? 0 : disabledBit) |
          (set.enabled === true ? needsNoPasswordBit : 0) |
          (set.passwordNeverExpires === undefined ? 0 : neverExpiresBit);
        const wished = (set.enabled === false ? disabledBit : 0) | (set.passwordNeverExpires ? neverExpiresBit : 0);
        expect([after & ~told, after & told]).toEqual([before & ~told, wished]);
      }),
    );
  });
});

describe('a password', () => {
  test('takes away the bit by which its account needs none, and no other', () => {
    fc.assert(
      fc.property(fc.nat(0x7fff_ffff), (before) => {
        const values = sent(before, { password: 'Correct-Horse-1!' });
        const after = values.has('userAccountControl') ? bitsIn(values) : before;
        expect(after).toBe(before & ~needsNoPasswordBit);
      }),
    );
  });

  const set = { enabled: true, mustChangePassword: true, password: 'Correct-Horse-1!', passwordNeverExpires: false };

  test('is sent before what enables its account, and before the demand to change it', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(set), { minLength: 4 }), (order) => {
        expect([...sent(514, set, order).keys()]).toEqual(['unicodePwd', 'userAccountControl', 'pwdLastSet']);
      }),
    );
  });
});
