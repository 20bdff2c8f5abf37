// Connections without code, under both their names: accepted with instructions and nothing else, and never called.
import { loadConnectorPackage, settingsProblems } from '@joinery/connector-kit';
import { expect, test } from '@jest/globals';

test.each(['manual', 'ticket'])('the package «%s» takes instructions', async (name) => {
  const manual = await loadConnectorPackage(name);
  expect(manual).toMatchObject({ name: 'ticket', capabilities: ['MANUAL'] });
  expect(settingsProblems(manual.settingsSchema, { instructions: 'Ask Bo.' })).toEqual([]);
  expect(settingsProblems(manual.settingsSchema, { host: 'crm' })).not.toEqual([]);
});

test('a call through it says that people carry its orders out', async () => {
  const manual = await loadConnectorPackage('manual');
  await expect(manual.open({})).rejects.toMatchObject({ failure: { code: 'CAPABILITY_MISSING' } });
});
