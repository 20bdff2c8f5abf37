// What was found without a reason and waits for a decision. Fields that lead to other nouns stand in
// resolvers/reconciliation-item.ts.
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ReconciliationDecision as Decision, ReconciliationKind as Kind } from '../domain/reconciliation.js';
import { IdFilter, StringFilter } from './filter.js';
import { Node } from './node.js';
import { pageType } from './page.js';
import { DateScalar, DateTimeScalar, JsonScalar } from './scalar.js';

export const ReconciliationKind = {
  ROLE: 'ROLE',
  RESOURCE: 'RESOURCE',
  PROPERTY: 'PROPERTY',
  UNAUTHORIZED_ACCOUNT: 'UNAUTHORIZED_ACCOUNT',
  ORPHANED_ACCOUNT: 'ORPHANED_ACCOUNT',
  UNUSED_ACCOUNT: 'UNUSED_ACCOUNT',
} as const satisfies Record<Kind, Kind>;
export type ReconciliationKind = Kind;
registerEnumType(ReconciliationKind, {
  name: 'ReconciliationKind',
  description: 'What was found without a reason.',
  valuesConfig: {
    ROLE: { description: 'A role that alone explains what stands in an account.' },
    RESOURCE: {
      description: 'An account that several people could own, or one of several accounts one person could own.',
    },
    PROPERTY: { description: 'A value other than the rules want, or a link that nothing gives.' },
    UNAUTHORIZED_ACCOUNT: { description: 'An account whose owner is known and to whom nothing gives it.' },
    ORPHANED_ACCOUNT: { description: 'An account of which nobody is the owner for sure.' },
    UNUSED_ACCOUNT: { description: 'An account that its owner has not used for too long.' },
  },
});

export const ReconciliationDecision = {
  KEEP: 'KEEP',
  REMOVE: 'REMOVE',
  CORRECT: 'CORRECT',
  LINK: 'LINK',
  IGNORE: 'IGNORE',
  POSTPONE: 'POSTPONE',
} as const satisfies Record<Decision, Decision>;
export type ReconciliationDecision = Decision;
registerEnumType(ReconciliationDecision, {
  name: 'ReconciliationDecision',
  description: 'What a person makes of it.',
  valuesConfig: {
    KEEP: { description: 'It is right: the role is approved, the value protected, the account its owner’s.' },
    REMOVE: { description: 'It is taken away by an ordinary order. Needs a comment.' },
    CORRECT: { description: 'The value is overwritten with what the rules want.' },
    LINK: { description: 'The account becomes this person’s.' },
    IGNORE: { description: 'It stays as it is and is not asked for again.' },
    POSTPONE: { description: 'It is listed again on a later day.' },
  },
});

@ObjectType('ReconciliationItem', {
  implements: Node,
  description: 'Something found in a managed system without a reason, which waits for a decision.',
})
export class ReconciliationItem extends Node {
  @Field(() => ReconciliationKind, { description: 'What was found.' })
  readonly kind: ReconciliationKind;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'What is there: a value, the key of a link, the day of the last use; null for secrets.',
  })
  readonly currentValue: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'What the rules want; null for no value and for secrets.' })
  readonly expectedValue: unknown;

  @Field(() => DateTimeScalar, { description: 'When it was first found.' })
  readonly foundAt: Date;

  @Field(() => ReconciliationDecision, { nullable: true, description: 'What usually is right; null: it depends.' })
  readonly suggestion: ReconciliationDecision | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How sure the match behind it is, 0 to 100; null: nothing was matched.',
  })
  readonly confidencePercent: number | null;

  @Field(() => String, {
    description:
      'What can be decided together, e.g. ROLE:crm-reader, PROPERTY:crm-account.email, DUPLICATE_ACCOUNT:crm-account.',
  })
  readonly groupKey: string;

  @Field(() => Boolean, { description: 'It was there when its kind was read for the first time.' })
  readonly isPreExisting: boolean;

  @Field(() => DateScalar, { nullable: true, description: 'It was put off to this day.' })
  readonly postponedUntil: string | null;

  @Field(() => ReconciliationDecision, { nullable: true, description: 'What was decided; null while it is open.' })
  readonly decision: ReconciliationDecision | null;

  /** Row ids and identifiers. */
  readonly identityId: string | null;
  readonly resourceId: string | null;
  readonly assignmentId: string | null;
  readonly roleIdentifier: string | null;
  readonly resourceType: string | null;
  readonly propertyIdentifier: string | null;
}

@ObjectType('ReconciliationGroup', { description: 'Items that can be decided together.' })
export class ReconciliationGroup {
  @Field(() => String, { description: 'Its key.' })
  readonly groupKey: string;

  @Field(() => ReconciliationKind, { description: 'What its items are.' })
  readonly kind: ReconciliationKind;

  @Field(() => Int, { description: 'How many are open and listed today.' })
  readonly count: number;
}

export const ReconciliationItemConnection = pageType<ReconciliationItem>(
  () => ReconciliationItem,
  'ReconciliationItem',
);

@InputType('ReconciliationItemFilter', { description: 'Which items: every condition given must hold.' })
export class ReconciliationItemFilter {
  @Field(() => [ReconciliationKind], { nullable: true, description: 'Of these kinds.' })
  readonly kind?: readonly ReconciliationKind[] | null;
  @Field(() => IdFilter, { nullable: true, description: 'About this person, or proposed for them.' })
  readonly identityId?: IdFilter | null;
  @Field(() => IdFilter, { nullable: true, description: 'About accounts of this resource type.' })
  readonly resourceTypeId?: IdFilter | null;
  @Field(() => StringFilter, { nullable: true, description: 'Of this group.' })
  readonly groupKey?: StringFilter | null;
  @Field(() => Int, { nullable: true, description: 'At least as sure; without a match behind it an item is left out.' })
  readonly minConfidencePercent?: number | null;
}
