// The domain takes only types of the kit, so the table of classes stands in both: they must say the same.
import { failureClasses as ofTheKit } from '@joinery/connector-kit';
import { expect, test } from '@jest/globals';
import { failureClasses as ofTheDomain } from '../../src/domain/failure.js';

test('every code of the kit means to the engine what the kit tells the authors of packages', () => {
  expect(ofTheDomain).toEqual({ ...ofTheKit, EXPRESSION_FAILED: 'permanent' });
});
