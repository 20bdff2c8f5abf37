// What is made of the metadata when they are missing or in another form: no domain is needed to see that.
import { describe, expect, test } from '@jest/globals';
import { adError } from '../src/failure.js';
import { saysNoPassword } from '../src/password-history.js';

const unicodePwd = 0x9_005a;
const supplementalCredentials = 0x9_007d;

/** Metadata of attributes, each written so often. */
function metadata(versions: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(16 + 48 * versions.length);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(versions.length, 8);
  for (const [n, [attribute, version]] of versions.entries()) {
    bytes.writeUInt32LE(attribute, 16 + 48 * n);
    bytes.writeUInt32LE(version, 20 + 48 * n);
  }
  return bytes;
}

const entryOf = (...values: readonly Buffer[]) => ({ dn: '', attributes: new Map([['replpropertymetadata', values]]) });
const says = (...versions: readonly (readonly [number, number])[]) => saysNoPassword(entryOf(metadata(versions)));

describe('an account', () => {
  test('never had a password when unicodePwd was written at its making only, and no keys were', () => {
    expect(says([0x9_0008, 3], [unicodePwd, 1])).toBe(true);
  });

  test('had one when keys were written, or unicodePwd again', () => {
    expect([says([unicodePwd, 1], [supplementalCredentials, 1]), says([unicodePwd, 2])]).toEqual([false, false]);
  });

  test('is left to the controller when its metadata cannot be read, are cut off, of another form or do not tell', () => {
    const cut = metadata([[unicodePwd, 1]]).subarray(0, 40);
    const other = metadata([[unicodePwd, 1]]).fill(2, 0, 1);
    const entries = [entryOf(), entryOf(Buffer.alloc(0)), entryOf(cut), entryOf(other), entryOf(metadata([]))];
    expect(entries.map(saysNoPassword)).toEqual([false, false, false, false, false]);
  });
});

test('a controller that refuses to enable an account without a password itself is explained', () => {
  const diagnostic = '0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0';
  const answer = Object.assign(new Error(diagnostic), { resultCode: 53, diagnostic, matchedDn: '', isFromBind: false });
  const { failure } = adError(answer, 'update user "anna"');
  expect([failure.code, failure.targetCode]).toEqual(['CONSTRAINT_VIOLATION', '0000052D']);
  expect(failure.hint).toMatch(/has no password cannot be enabled: set one in the same change/);
});
