// What is granted of a basket, and as what: dates, parameters, warnings, and whether anybody has to decide.
import { describe, expect, test } from '@jest/globals';
import { checkBasket } from '../../src/domain/basket.js';
import type { BasketInput } from '../../src/domain/basket-item.js';
import { basket, byRequest, byRole, byRule, camille, forbidden, item, on, prolong } from './basket-input.js';

describe('checkBasket', () => {
  test.each<[string, BasketInput, object]>([
    ['an addition at once', basket([item()]), { action: 'ADD', startDate: null, endDate: null, warnings: [] }],
    [
      'an addition for today alone',
      basket([item({ startDate: '2031-05-10', endDate: '2031-05-10' })]),
      { startDate: '2031-05-10', endDate: '2031-05-10' },
    ],
    [
      'exactly as many days as the role is given for',
      basket([item({ role: 'short', endDate: '2031-06-08' })]),
      { endDate: '2031-06-08' },
    ],
    [
      'an open end, ended where the role has a longest time',
      basket([item({ role: 'short' })]),
      { endDate: '2031-06-08', adjustments: [expect.stringContaining('at most 30 days')] },
    ],
    [
      'an end after the last day of the person, ended there',
      basket([item({ endDate: '2031-12-31' })], { beneficiary: { ...camille, endDate: '2031-07-31' } }),
      { endDate: '2031-07-31', adjustments: [expect.stringContaining('leaves on that day')] },
    ],
    ['a denial of what a rule gives', on(byRule, { action: 'DENY' }), { action: 'DENY', takesApproval: true }],
    ['allowing what is denied', on(forbidden, { action: 'ALLOW' }), { action: 'ALLOW', takesApproval: true }],
    [
      'parameters, known and optional ones',
      basket([item({ role: 'local', parameters: { site: 'lyon' } })]),
      { parameters: { site: 'lyon' } },
    ],
    [
      'a later end without approval where the role says so',
      prolong({ endDate: '2031-12-31' }),
      { action: 'UPDATE', endDate: '2031-12-31', takesApproval: false },
    ],
    [
      'an earlier end with approval all the same',
      prolong({ endDate: '2031-06-01' }),
      { action: 'UPDATE', takesApproval: true },
    ],
    [
      'a later end together with another start with approval',
      prolong({ startDate: '2031-06-01', endDate: '2031-12-31' }),
      { action: 'UPDATE', takesApproval: true },
    ],
    [
      'a removal of what a request gave',
      on(byRequest, { action: 'REMOVE' }),
      { action: 'REMOVE', startDate: null, endDate: null },
    ],
    [
      'a new end, keeping the start that is past',
      on(byRequest, { action: 'UPDATE', endDate: '2031-12-31' }),
      { action: 'UPDATE', startDate: '2031-01-01', endDate: '2031-12-31' },
    ],
    ['a far-reaching role, with a warning', basket([item({ role: 'root' })]), { warnings: [{ kind: 'PRIVILEGED' }] }],
    [
      'a role held as a part of another, with a warning',
      on(byRole),
      { warnings: [{ kind: 'ALREADY_HELD_INDIRECTLY' }] },
    ],
  ])('grants %s', (_name, input, expected) => {
    expect(checkBasket(input)).toMatchObject({ ok: true, value: [expected] });
  });
});
