// Where a directory is: defaults, and combinations that would put passwords at risk.
import { describe, expect, test } from '@jest/globals';
import { ldapAddress } from '@joinery/ldap-client';

describe('an address', () => {
  const defaults: readonly (readonly [object, string, number])[] = [
    [{ host: 'ldap.example' }, 'ldaps', 636],
    [{ host: 'ldap.example', port: 389 }, 'startTls', 389],
    [{ host: 'ldap.example', tls: 'startTls' }, 'startTls', 389],
    [{ host: '127.0.0.1' }, 'off', 389],
    [{ host: 'localhost', port: 636 }, 'ldaps', 636],
    [{ host: 'ldap.example', tls: 'off', allowUnencrypted: true }, 'off', 389],
  ];
  test.each(defaults)('%j is encrypted by %s on port %i', (settings, tls, port) => {
    expect(ldapAddress({ ...settings })).toMatchObject({ tls, port });
  });

  test('in clear is for this machine alone, unless it is allowed', () => {
    expect(() => ldapAddress({ host: 'ldap.example', tls: 'off' })).toThrow(/password would travel in clear/);
    expect(() => ldapAddress({ host: '127.evil.example', tls: 'off' })).toThrow(/another machine/);
  });

  test('with a name but no password is refused: servers would let nobody in and say yes', () => {
    expect(() => ldapAddress({ host: 'localhost', bindDn: 'cn=a' })).toThrow(/"password" is missing or empty/);
  });
});
