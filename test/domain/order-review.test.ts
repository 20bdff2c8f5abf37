// What a reviewer's decision makes of an order, and what it refuses.
import { describe, expect, test } from '@jest/globals';
import {
  decideOrderReview,
  type OrderDecision,
  type OrderReview,
  type ReviewedOrder,
} from '../../src/domain/order-review.js';

const order: ReviewedOrder = {
  id: 'o',
  number: 'ORD-1',
  version: 3,
  state: 'AWAITING_APPROVAL',
  kind: 'UPDATE',
  delta: {
    kind: 'UPDATE',
    key: 'ada',
    scalars: [{ property: 'mail', from: 'old', to: 'new', rule: 'r' }],
    links: [{ property: 'groups', add: ['editors'], remove: ['guests'], rules: {} }],
  },
  desiredVersion: 7,
  presentVersion: 7,
};
const review: OrderReview = {
  version: 3,
  decision: 'APPROVED',
  comment: 'Looked at.',
  postponedUntil: null,
  properties: new Map(),
};
const days = { today: '2031-05-15', defaultDay: '2031-05-22' };
const decided = (
  changes: Partial<ReviewedOrder>,
  given: Partial<OrderReview>,
  properties: Readonly<Record<string, OrderDecision>> = {},
) =>
  decideOrderReview(
    { ...order, ...changes },
    { ...review, ...given, properties: new Map(Object.entries(properties)) },
    days,
  );

describe('a decision', () => {
  test.each([
    ['as a whole', 'APPROVED', {}, { kind: 'approve', delta: order.delta, refusedValues: [] }],
    ['as a whole', 'DECLINED', {}, { kind: 'decline' }],
    ['as a whole', 'POSTPONED', {}, { kind: 'postpone', until: '2031-05-22', delta: order.delta }],
    ['with one value apart', 'APPROVED', { mail: 'DECLINED' }, { kind: 'approve', delta: { scalars: [] } }],
    ['with one value apart', 'DECLINED', { mail: 'APPROVED' }, { kind: 'approve', delta: { links: [] } }],
    ['with every value apart', 'APPROVED', { mail: 'DECLINED', groups: 'DECLINED' }, { kind: 'declineValues' }],
    ['with the rest for later', 'POSTPONED', { mail: 'DECLINED' }, { kind: 'postpone', delta: { scalars: [] } }],
    ['with a part for later', 'APPROVED', { mail: 'POSTPONED' }, { kind: 'approve', refusedValues: [] }],
  ] as const)('%s: %s %j', (_name, decision, properties, outcome) => {
    expect(decided({}, { decision }, properties)).toMatchObject({ ok: true, value: outcome });
  });

  test('keeps what it refused with what is there and what was wanted', () => {
    expect(decided({}, { decision: 'DECLINED' }, { mail: 'APPROVED' })).toMatchObject({
      value: {
        refusedValues: [
          { property: 'groups', targetKey: 'editors', value: null, expected: 'editors' },
          { property: 'groups', targetKey: 'guests', value: 'guests', expected: null },
        ],
      },
    });
  });

  test('of an association without anything to write approves it, whatever becomes of its values', () => {
    const properties = { mail: 'DECLINED', groups: 'DECLINED' } as const;
    expect(decided({ kind: 'ASSOCIATE' }, {}, properties)).toMatchObject({
      value: { kind: 'approve', delta: { scalars: [], links: [] } },
    });
  });
});

test.each([
  ['another version than the one that was seen', {}, { version: 2 }, {}, 'STALE_VERSION'],
  ['a wish that is not the present one', { presentVersion: 8 }, {}, {}, 'STALE_VERSION'],
  ['an account that is gone', { presentVersion: null }, {}, {}, 'STALE_VERSION'],
  ['an order that does not wait', { state: 'PENDING' }, {}, {}, 'STATE_CONFLICT'],
  ['a decline without a word', {}, { decision: 'DECLINED', comment: null }, {}, 'COMMENT_REQUIRED'],
  ['a declined value without a word', {}, { comment: ' ' }, { mail: 'DECLINED' }, 'COMMENT_REQUIRED'],
  ['a day that is not to come', {}, { decision: 'POSTPONED', postponedUntil: '2031-05-15' }, {}, 'OUT_OF_RANGE'],
  ['a deletion by its values', { kind: 'DELETE' }, {}, { mail: 'APPROVED' }, 'INVALID'],
  ['values of an undecided creation', { kind: 'CREATE' }, { decision: 'POSTPONED' }, { mail: 'APPROVED' }, 'INVALID'],
  ['a value that does not change', {}, {}, { title: 'APPROVED' }, 'NOT_FOUND'],
] as const)('refuses %s', (_name, changes, given, properties, code) => {
  expect(decided(changes, given, properties)).toMatchObject({
    ok: false,
    refusals: [{ code, hint: expect.any(String) }],
  });
});
