// The reference page of states: what the tables say now, with every state of an order reachable.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { statesPage } from '../../src/adapters/state-documentation.js';
import { orderTransitions } from '../../src/domain/provisioning-state.js';
import { workflowStates, workflowTransitions } from '../../src/domain/workflow-state.js';

test('is printed and committed', () => {
  // Otherwise: npm run reference:print.
  expect(readFileSync(new URL('../../docs/reference/states.md', import.meta.url), 'utf8')).toBe(statesPage());
});

test('leads to every workflow state but those that are never stored, and names each transition of an order', () => {
  const reached = new Set<string>(Object.values(workflowTransitions).map(({ to }) => to));
  expect(workflowStates.filter((state) => !reached.has(state))).toEqual(['REQUESTED', 'BLOCKED']);
  for (const name of Object.keys(orderTransitions)) expect(statesPage()).toContain(`| ${name} |`);
});
