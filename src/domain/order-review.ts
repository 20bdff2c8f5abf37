// What a reviewer's decision makes of an order that waits for approval: the part that goes on, the values refused, or a later day.
// Owns the rules of the review; writing them down is store/order-review.ts'.
import type { ResourceDelta, ScalarValue } from './assignment.js';
import type { OrderKind } from './order.js';
import type { ProvisioningState } from './provisioning-state.js';
import { type Decision, granted, type Refusal, type RefusalCode, refused } from './refusal.js';

export const orderDecisions = ['APPROVED', 'DECLINED', 'POSTPONED'] as const;
export type OrderDecision = (typeof orderDecisions)[number];

export interface OrderReview {
  /** The order's version as it was seen. */
  readonly version: number;
  /** Of everything that `properties` does not name. */
  readonly decision: OrderDecision;
  readonly comment: string | null;
  /** Calendar day on which a postponed order is to be looked at again; null: in a week. */
  readonly postponedUntil: string | null;
  /** By property identifier. */
  readonly properties: ReadonlyMap<string, OrderDecision>;
}

/** An order as its reviewer sees it. */
export interface ReviewedOrder {
  /** Row id. */
  readonly id: string;
  /** e.g. ORD-88. */
  readonly number: string;
  readonly version: number;
  readonly state: ProvisioningState;
  readonly kind: OrderKind;
  readonly delta: ResourceDelta;
  readonly desiredVersion: number;
  /** The version wished for now; null when the account is gone. */
  readonly presentVersion: number | null;
}

/** A value that the reviewer refused: left alone for as long as the rules want the same. */
export interface RefusedValue {
  readonly property: string;
  /** Of a link; empty for a scalar. */
  readonly targetKey: string;
  /** What is in the target. */
  readonly value: ScalarValue;
  /** What the rules wanted. */
  readonly expected: ScalarValue;
}

export type ReviewOutcome =
  /** `delta` goes on; without anything to write the account is as wished. */
  | { readonly kind: 'approve'; readonly delta: ResourceDelta; readonly refusedValues: readonly RefusedValue[] }
  /** Not as a whole: the same wish is not proposed again. */
  | { readonly kind: 'decline' }
  /** Each value by itself, and nothing is left. */
  | { readonly kind: 'declineValues'; readonly refusedValues: readonly RefusedValue[] }
  | {
      readonly kind: 'postpone';
      readonly until: string;
      readonly delta: ResourceDelta;
      readonly refusedValues: readonly RefusedValue[];
    };

/** `defaultDay`: when an order is looked at again if the reviewer names no day; `today`: in the company's time zone. */
export interface ReviewDays {
  readonly today: string;
  readonly defaultDay: string;
}

/** Days after which a postponed order is to be looked at again. */
export const postponedDays = 7;

export function decideOrderReview(
  order: ReviewedOrder,
  review: OrderReview,
  days: ReviewDays,
): Decision<ReviewOutcome> {
  const problem =
    stateProblem(order) ?? versionProblem(order, review) ?? commentProblem(order, review) ?? dayProblem(review, days);
  if (problem !== null) return refused(problem);
  const unfit = propertyProblem(order, review);
  if (unfit !== null) return refused(unfit);
  return granted(outcomeOf(order, review, days));
}

function outcomeOf({ kind, delta }: ReviewedOrder, review: OrderReview, days: ReviewDays): ReviewOutcome {
  const until = review.postponedUntil ?? days.defaultDay;
  if (review.properties.size === 0) {
    switch (review.decision) {
      case 'APPROVED':
        return { kind: 'approve', delta, refusedValues: [] };
      case 'DECLINED':
        return { kind: 'decline' };
      case 'POSTPONED':
        return { kind: 'postpone', until, delta, refusedValues: [] };
      default:
        return review.decision satisfies never;
    }
  }
  const refusedValues = refusedIn(delta, review);
  const approved = partOf(delta, review, 'APPROVED');
  // Creating or associating was approved; an update without an approved value is none.
  if (kind === 'CREATE' || kind === 'ASSOCIATE' || !isEmpty(approved))
    return { kind: 'approve', delta: approved, refusedValues };
  const postponed = partOf(delta, review, 'POSTPONED');
  return isEmpty(postponed)
    ? { kind: 'declineValues', refusedValues }
    : { kind: 'postpone', until, delta: postponed, refusedValues };
}

export const isEmpty = ({ kind, scalars, links }: ResourceDelta): boolean =>
  kind === 'UPDATE' && scalars.length + links.length === 0;

const decisionOn = (property: string, { decision, properties }: OrderReview): OrderDecision =>
  properties.get(property) ?? decision;

const partOf = (delta: ResourceDelta, review: OrderReview, decision: OrderDecision): ResourceDelta => ({
  ...delta,
  scalars: delta.scalars.filter(({ property }) => decisionOn(property, review) === decision),
  links: delta.links.filter(({ property }) => decisionOn(property, review) === decision),
});

function refusedIn(delta: ResourceDelta, review: OrderReview): readonly RefusedValue[] {
  const { scalars, links } = partOf(delta, review, 'DECLINED');
  return [
    ...scalars.map(({ property, from, to }) => ({ property, targetKey: '', value: from, expected: to })),
    ...links.flatMap(({ property, add, remove }) => [
      ...add.map((key) => ({ property, targetKey: key, value: null, expected: key })),
      ...remove.map((key) => ({ property, targetKey: key, value: key, expected: null })),
    ]),
  ];
}

const problem = (
  code: RefusalCode,
  rule: string,
  field: readonly string[],
  message: string,
  hint: string,
): Refusal => ({ code, rule: `order-review.${rule}`, field, message, hint });

/** Against deciding it at all, whatever the decision. */
export function stateProblem({
  number,
  state,
  desiredVersion,
  presentVersion,
}: Pick<ReviewedOrder, 'number' | 'state' | 'desiredVersion' | 'presentVersion'>): Refusal | null {
  if (state !== 'AWAITING_APPROVAL')
    return problem(
      'STATE_CONFLICT',
      'awaiting-approval',
      ['provisioningOrderId'],
      `${number} does not wait for approval: it is ${state}.`,
      'Look at the list again: it was decided or replaced meanwhile.',
    );
  if (desiredVersion === presentVersion) return null;
  return problem(
    'STALE_VERSION',
    'present-wish',
    ['provisioningOrderId'],
    `${number} is not what the rules want any more.`,
    'A new order takes its place as soon as orders are made; decide on that one.',
  );
}

const versionProblem = ({ number, version }: ReviewedOrder, review: OrderReview): Refusal | null =>
  version === review.version
    ? null
    : problem(
        'STALE_VERSION',
        'seen-version',
        ['version'],
        `${number} has changed since you looked: it is at version ${version}, you decided on version ${review.version}.`,
        'Look at it again, then decide with its present version.',
      );

function commentProblem({ number }: ReviewedOrder, { decision, properties, comment }: OrderReview): Refusal | null {
  const isDeclined = decision === 'DECLINED' || [...properties.values()].includes('DECLINED');
  if (!isDeclined || (comment !== null && comment.trim() !== '')) return null;
  return problem(
    'COMMENT_REQUIRED',
    'comment-on-declined',
    ['comment'],
    `Nothing was said why ${number} is declined.`,
    'Say in a comment why: whoever asks for it will read it.',
  );
}

function dayProblem({ postponedUntil }: OrderReview, { today }: ReviewDays): Refusal | null {
  if (postponedUntil === null || postponedUntil > today) return null;
  return problem(
    'OUT_OF_RANGE',
    'postponed-to-the-future',
    ['postponedUntil'],
    `${postponedUntil} is not after today, ${today}.`,
    'Name a later day, or leave it out: then it is a week.',
  );
}

function propertyProblem({ number, kind, delta }: ReviewedOrder, review: OrderReview): Refusal | null {
  if (review.properties.size === 0) return null;
  const field = ['propertyDecisions'];
  if (kind === 'DELETE')
    return problem(
      'INVALID',
      'deletion-as-a-whole',
      field,
      `${number} deletes a resource, which is decided as a whole.`,
      'Leave propertyDecisions out.',
    );
  if (kind !== 'UPDATE' && review.decision !== 'APPROVED')
    return problem(
      'INVALID',
      'values-of-an-approved-resource',
      field,
      `${number}: values can be decided one by one only where the ${kind === 'CREATE' ? 'creation' : 'association'} itself is approved.`,
      'Set decision to APPROVED, or leave propertyDecisions out.',
    );
  const changed = new Set([...delta.scalars, ...delta.links].map(({ property }) => property));
  const unknown = [...review.properties.keys()].find((property) => !changed.has(property));
  if (unknown === undefined) return null;
  return problem(
    'NOT_FOUND',
    'changed-property',
    field,
    `${number} does not change the property ${unknown}.`,
    `It changes: ${[...changed].join(', ') || 'none'}.`,
  );
}
