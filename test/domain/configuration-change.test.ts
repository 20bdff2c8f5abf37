// Which changes of the configuration concern everybody.
import { expect, test } from '@jest/globals';
import type { Configuration } from '../../src/domain/configuration.js';
import { needsComputation } from '../../src/domain/configuration-change.js';
import { emptyConfiguration } from './definition.js';

const changed = (kind: keyof Configuration): Configuration => ({
  ...emptyConfiguration,
  // Only that it differs matters here.
  [kind]: [{ identifier: 'new' }],
});

test.each([
  'dimensions',
  'contextRules',
  'policies',
  'queryRules',
  'classificationRules',
  'roleRules',
  'navigationRules',
] as const)('a change of %s has everybody computed', (kind) => {
  expect(needsComputation(emptyConfiguration, changed(kind))).toBe(true);
});

test.each(['jobs', 'profiles', 'risks', 'automationRules', 'categories'] as const)('a change of %s has not', (kind) => {
  expect(needsComputation(emptyConfiguration, changed(kind))).toBe(false);
});

test('the first configuration concerns nobody: there is nobody yet', () => {
  expect(needsComputation(null, changed('roleRules'))).toBe(false);
});
