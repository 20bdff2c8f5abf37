// What `joinery why` prints: its layout holds whatever people have written.
import { expect, test } from '@jest/globals';
import { whyText } from '../../src/cli/why.js';

const path = {
  validFrom: null,
  validUntil: null,
  steps: [
    {
      kind: 'REQUEST',
      label: 'request REQ-5',
      conditions: [],
      decidedBy: { displayName: 'Camille Roy' },
      decidedAt: '2030-05-06T07:08:09Z',
      comment: 'Not needed.\n\n  Reason 2\r\n    forged\n',
    },
  ],
};

test('a comment of several lines stays on the line of its step', () => {
  const explanation = { verdict: 'NOT_GRANTED', summary: 'Nobody has it.', computedAt: 'today', isStale: false };
  const lines = whyText({ ...explanation, paths: [path], nearMisses: [] }).split('\n');
  expect(lines).toContain(
    '    request         request REQ-5 by Camille Roy on 2030-05-06: «Not needed. / Reason 2 / forged»',
  );
  expect(lines.filter((line) => line.startsWith('  Reason'))).toHaveLength(1);
});
