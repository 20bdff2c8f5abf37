// Names and filters are text that never loses or gains meaning; what a real server makes of them is tested in the package.
import { describe, expect, test } from '@jest/globals';
import {
  childName,
  comparableName,
  escapeNameValue,
  isWithin,
  parentName,
  parseFilter,
  parseName,
  rdnOf,
} from '@joinery/ldap-client';
import fc from 'fast-check';

const odd = fc.string({
  unit: fc.constantFrom(...' ,+"\\<>;=#/*()\0\r\n\t\u00a0\ufeffaBü漢😀'),
  minLength: 1,
  maxLength: 12,
});

describe('names', () => {
  test('say the value again that they were built from, whatever its characters', () => {
    fc.assert(
      fc.property(odd, odd, (own, above) => {
        const name = childName('uid', own, childName('ou', above, 'dc=example,dc=org'));
        const [first, second, ...rest] = parseName(name) ?? [];
        expect([first, second, rest.length]).toEqual([
          [{ attribute: 'uid', value: own }],
          [{ attribute: 'ou', value: above }],
          2,
        ]);
        expect(parentName(name)).toBe(childName('ou', above, 'dc=example,dc=org'));
        expect(`${rdnOf(name)},${parentName(name)}`).toBe(name);
      }),
    );
  });

  const readings: readonly (readonly [string, string, string])[] = [
    ['escaped commas', 'cn=Doe\\, Jane', 'Doe, Jane'],
    ['hex pairs of UTF-8', 'cn=Lu\\c4\\8di\\c4\\87', 'Lučić'],
    ['a last blank that is escaped', 'cn=a\\ ', 'a '],
    ['outer blanks that do not count', 'cn =  a b  ', 'a b'],
    ['quotes of the older form', 'cn="Doe, Jane"', 'Doe, Jane'],
    ['values as BER', 'cn=#0403666f6f', 'foo'],
    ['numbers for attributes', '2.5.4.3=a', 'a'],
    ['an empty value', 'cn=', ''],
  ];
  test.each(readings)('are read with %s', (_name, text, value) => {
    expect(parseName(text)?.[0]?.[0]?.value).toBe(value);
  });

  test.each(['cn', '=a', 'cn=a,', 'cn=a\\', 'a b=c', 'cn=#zz'])('are refused when they are none: %s', (text) => {
    expect(parseName(text)).toBeNull();
  });

  test('are equal without regard to case, outer blanks and ways of escaping', () => {
    expect(comparableName('UID=Anna\\2c B, OU=People')).toBe(comparableName('uid=anna\\, b,ou=people'));
    expect(comparableName('cn=a+uid=b,dc=x')).toBe(comparableName('UID=b + CN=A,dc=x'));
    expect(comparableName('cn=a\\,b')).not.toBe(comparableName('cn=a,b=c'));
  });

  test('are within what they are below, and not within what only ends alike', () => {
    expect(isWithin('uid=a,ou=People,dc=x', 'OU=people,dc=x')).toBe(true);
    expect(isWithin('uid=a,xou=people,dc=x', 'ou=people,dc=x')).toBe(false);
    expect(isWithin('ou=people,dc=x', 'uid=a,ou=people,dc=x')).toBe(false);
  });

  test('hold nothing a server could take for syntax', () => {
    expect(escapeNameValue(' a,b\0#')).toBe('\\20a\\2cb\\00\\23');
  });
});

describe('filters of people', () => {
  test('say what is wrong with them', () => {
    expect(() => parseFilter('(uid=a')).toThrow(/The filter "\(uid=a" is not valid/);
    expect(() => parseFilter('(uid=\\c3)')).toThrow(/not valid/);
  });

  test('mean the characters that their escapes stand for', () => {
    expect(parseFilter('(cn=\\c3\\a4\\2a)').toString()).toBe('(cn=ä\\2a)');
  });
});
