// What may be asked for: a table of baskets and the rule that refuses each. What is granted: basket-grant.test.ts.
import { describe, expect, test } from '@jest/globals';
import { checkBasket } from '../../src/domain/basket.js';
import type { BasketInput } from '../../src/domain/basket-item.js';
import { basket, byRequest, byRole, byRule, camille, forbidden, item, leaving, on, waiting } from './basket-input.js';

const refusals: readonly (readonly [string, BasketInput, string, string, readonly string[]])[] = [
  [
    'a role nobody knows',
    basket([item({ role: 'nothing' })]),
    'NOT_FOUND',
    'request.role-known',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'an id that is no role',
    basket([item({ role: null })]),
    'NOT_FOUND',
    'request.role-known',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a role that cannot be requested',
    basket([item({ role: 'closed' })]),
    'NOT_REQUESTABLE',
    'request.requestable',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a role held by a request',
    on(byRequest),
    'ALREADY_ASSIGNED',
    'request.not-held',
    ['input', 'items', '0', 'roleId'],
  ],
  ['a role held by a rule', on(byRule), 'ALREADY_ASSIGNED', 'request.not-held', ['input', 'items', '0', 'roleId']],
  [
    'a role that is being taken away',
    on(leaving),
    'STATE_CONFLICT',
    'request.removal-first',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a role somebody else still decides about',
    on(waiting),
    'STATE_CONFLICT',
    'request.one-at-a-time',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'the removal of what is not held',
    basket([item({ action: 'REMOVE' })]),
    'STATE_CONFLICT',
    'request.remove.held',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'the removal of what a rule gives',
    on(byRule, { action: 'REMOVE' }),
    'STATE_CONFLICT',
    'request.remove.given-by-rule',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'the removal of a part of a composite role',
    on(byRole, { action: 'REMOVE' }),
    'STATE_CONFLICT',
    'request.remove.given-by-role',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a second removal',
    on(leaving, { action: 'REMOVE' }),
    'STATE_CONFLICT',
    'request.removal-first',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a removal with a date',
    on(byRequest, { action: 'REMOVE', endDate: '2031-06-01' }),
    'INVALID',
    'request.removal-at-once',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a change of what is not held by a request',
    on(byRule, { action: 'UPDATE', endDate: '2031-06-01' }),
    'STATE_CONFLICT',
    'request.change-of-requested',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a change that changes nothing',
    on(byRequest, { action: 'UPDATE' }),
    'STATE_CONFLICT',
    'request.change-something',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'the denial of what no rule gives',
    on(byRequest, { action: 'DENY' }),
    'STATE_CONFLICT',
    'request.deny.automatic',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'a denial with a date',
    on(byRule, { action: 'DENY', endDate: '2031-06-01' }),
    'INVALID',
    'request.denial-at-once',
    ['input', 'items', '0', 'roleId'],
  ],
  [
    'allowing what is not denied',
    on(byRule, { action: 'ALLOW' }),
    'STATE_CONFLICT',
    'request.allow.denied',
    ['input', 'items', '0', 'roleId'],
  ],
  ['what is denied', on(forbidden), 'STATE_CONFLICT', 'request.not-denied', ['input', 'items', '0', 'roleId']],
  [
    'a composite role and its part',
    basket([item({ role: 'kit' }), item()]),
    'DUPLICATE',
    'request.part-of-composite',
    ['input', 'items', '1', 'roleId'],
  ],
  [
    'a role without a parameter it requires',
    basket([item({ role: 'local' })]),
    'BLANK',
    'request.parameter-required',
    ['input', 'items', '0', 'parameters', 'site'],
  ],
  [
    'a value its dimension does not have',
    basket([item({ role: 'local', parameters: { site: 'atlantis' } })]),
    'NOT_FOUND',
    'request.parameter-value',
    ['input', 'items', '0', 'parameters', 'site'],
  ],
  [
    'a start after the last day of the person',
    basket([item({ startDate: '2031-08-01' })], { beneficiary: { ...camille, endDate: '2031-07-31' } }),
    'OUT_OF_RANGE',
    'request.before-leaving',
    ['input', 'items', '0', 'startDate'],
  ],
  [
    'parameters',
    basket([item({ parameters: { site: 'Lyon' } })]),
    'INVALID',
    'request.parameters',
    ['input', 'items', '0', 'parameters', 'site'],
  ],
  [
    'an end before the start',
    basket([item({ startDate: '2031-06-02', endDate: '2031-06-01' })]),
    'DATE_ORDER',
    'request.date-order',
    ['input', 'items', '0', 'endDate'],
  ],
  [
    'a start in the past',
    basket([item({ startDate: '2031-05-09' })]),
    'OUT_OF_RANGE',
    'request.not-in-the-past',
    ['input', 'items', '0', 'startDate'],
  ],
  [
    'an end in the past',
    basket([item({ endDate: '2031-05-09' })]),
    'OUT_OF_RANGE',
    'request.not-in-the-past',
    ['input', 'items', '0', 'endDate'],
  ],
  [
    'a day that does not exist',
    basket([item({ endDate: '2031-02-30' })]),
    'INVALID',
    'request.day',
    ['input', 'items', '0', 'endDate'],
  ],
  [
    'more days than the role is given for',
    basket([item({ role: 'short', endDate: '2031-06-09' })]),
    'OUT_OF_RANGE',
    'request.max-duration',
    ['input', 'items', '0', 'endDate'],
  ],
  ['nothing', basket([]), 'BLANK', 'request.items', ['input', 'items']],
  [
    'the same role twice',
    basket([item(), item({ endDate: '2031-06-01' })]),
    'DUPLICATE',
    'request.role-once',
    ['input', 'items', '1', 'roleId'],
  ],
  [
    'more than can be decided together',
    basket(Array.from({ length: 101 }, () => item())),
    'LIMIT_EXCEEDED',
    'request.items',
    ['input', 'items'],
  ],
  [
    'an endless justification',
    basket([item()], { justification: 'x'.repeat(2_001) }),
    'TOO_LONG',
    'request.text',
    ['input', 'justification'],
  ],
  [
    'something for one who left',
    basket([item()], { beneficiary: { ...camille, endDate: '2031-05-09' } }),
    'STATE_CONFLICT',
    'request.beneficiary-active',
    ['input', 'beneficiaryId'],
  ],
  [
    'something for one who is not there yet',
    basket([item()], { beneficiary: { ...camille, startDate: '2031-05-11' } }),
    'STATE_CONFLICT',
    'request.beneficiary-active',
    ['input', 'beneficiaryId'],
  ],
];

describe('checkBasket', () => {
  test.each(refusals)('refuses %s', (_name, input, code, rule, field) => {
    expect(checkBasket(input)).toEqual({
      ok: false,
      refusals: [expect.objectContaining({ code, rule, field, hint: expect.any(String) })],
    });
  });

  test('says until when a role with a longest time can be asked for', () => {
    expect(checkBasket(basket([item({ role: 'short', endDate: '2031-07-01' })]))).toMatchObject({
      refusals: [{ hint: expect.stringContaining('Give an end date not later than 2031-06-08') }],
    });
  });

  test('names the rule that gives what cannot be removed by a request', () => {
    expect(checkBasket(on(byRule, { action: 'REMOVE' }))).toMatchObject({
      refusals: [{ message: expect.stringContaining('sales-edit') }],
    });
  });

  test('answers all refusals of a basket at once', () => {
    const decision = checkBasket(
      basket([item({ role: 'nothing' }), item({ endDate: '2031-01-01' })], { justification: 'x'.repeat(3_000) }),
    );
    expect(decision).toMatchObject({
      ok: false,
      refusals: [{ code: 'TOO_LONG' }, { code: 'NOT_FOUND' }, { code: 'OUT_OF_RANGE' }],
    });
  });
});
