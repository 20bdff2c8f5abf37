// One line a definition: short where a list gained a word, old and new where a value changed.
import { expect, test } from '@jest/globals';
import { changeText } from '../../src/cli/configuration-change.js';

test('a changed definition is told by its keys', () => {
  const about = { kind: 'profiles', identifier: 'administrator', change: 'CHANGED' };
  expect(changeText({ ...about, before: { people: ['ada'] }, after: { people: ['ada', 'camille.roy'] } })).toBe(
    'profiles administrator: people + camille.roy',
  );
  expect(changeText({ ...about, before: { people: ['ada', 'bea'] }, after: { people: ['bea', 'ada'] } })).toBe(
    'profiles administrator: people ["ada","bea"] → ["bea","ada"]',
  );
  const type = { kind: 'resourceTypes', identifier: 'crm-account', change: 'CHANGED' };
  const before = { blockProvisioning: true, 'thresholds.percent': 30 };
  expect(changeText({ ...type, before, after: { blockProvisioning: false, 'thresholds.percent': 100 } })).toBe(
    'resourceTypes crm-account: blockProvisioning true → false, thresholds.percent 30 → 100',
  );
});

test('an added definition is told whole, a removed one by its name', () => {
  const about = { kind: 'profiles', identifier: 'auditor' };
  expect(changeText({ ...about, change: 'ADDED', before: null, after: { people: ['ada'] } })).toBe(
    'profiles auditor: added {"people":["ada"]}',
  );
  expect(changeText({ ...about, change: 'REMOVED', before: {}, after: null })).toBe('profiles auditor: removed');
});
