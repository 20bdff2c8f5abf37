// The ticket package by itself: what it may be told, and that nothing can be asked of it. What becomes of its orders is tested
// with the engine; the conformance suite asks for a system, which people are not.
import { expect, test } from '@jest/globals';
import { settingsProblems } from '@joinery/connector-kit';
import ticket from '@joinery/connector-ticket';

test('takes instructions and nothing else', () => {
  expect(ticket.capabilities).toEqual(['MANUAL']);
  expect(settingsProblems(ticket.settingsSchema, { instructions: 'Ask {{person.displayName}}.' })).toEqual([]);
  expect(settingsProblems(ticket.settingsSchema, { host: 'crm' }).map(({ setting }) => setting)).toEqual(['host']);
});

test('says of every call that people carry its orders out', async () => {
  await expect(ticket.open({})).rejects.toMatchObject({ failure: { code: 'CAPABILITY_MISSING' } });
});
