// Connections without code: accepted with instructions and nothing else, and never called.
import { settingsProblems } from '@joinery/connector-kit';
import { expect, test } from '@jest/globals';
import { loadConnectorPackage } from '../../src/adapters/connector-loading.js';

test('the package «manual» is there without being installed, and takes instructions', async () => {
  const manual = await loadConnectorPackage('manual');
  expect(manual).toMatchObject({ name: 'manual', capabilities: ['MANUAL'] });
  expect(settingsProblems(manual.settingsSchema, { instructions: 'Ask Bo.' })).toEqual([]);
  expect(settingsProblems(manual.settingsSchema, { host: 'crm' })).not.toEqual([]);
});

test('a call through it says that people carry its orders out', async () => {
  const manual = await loadConnectorPackage('manual');
  await expect(manual.open({})).rejects.toMatchObject({ failure: { code: 'CAPABILITY_MISSING' } });
});
