// The domain takes only types of the kit, so the table of classes stands in both: they must say the same.
import { cookieRefused, failureClasses as ofTheKit, isCookieRefused as asTheKitSays } from '@joinery/connector-kit';
import { expect, test } from '@jest/globals';
import { failureClasses as ofTheDomain, isCookieRefused } from '../../src/domain/failure.js';

test('every code of the kit means to the engine what the kit tells the authors of packages', () => {
  expect(ofTheDomain).toEqual({ ...ofTheKit, EXPRESSION_FAILED: 'permanent' });
});

test('a refused cookie is one to both, and nothing else is', () => {
  const { failure } = cookieRefused('it is too old');
  const others = [
    { ...failure, targetCode: '42' },
    { code: failure.code, message: '' },
  ];
  for (const says of [isCookieRefused, asTheKitSays]) {
    expect(says(failure)).toBe(true);
    expect(others.some(says)).toBe(false);
  }
});
