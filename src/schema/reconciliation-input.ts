// Deciding what was found: lists and whole groups, and what comes back.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ReconciliationDecision, ReconciliationItem } from './reconciliation-item.js';
import { DateScalar } from './scalar.js';
import { MutationPayload } from './user-error.js';

@InputType('ReconciliationDecisionInput', { description: 'The decision about one item.' })
export class ReconciliationDecisionInput {
  @Field(() => ID, { description: 'Which item.' })
  readonly reconciliationItemId: string;
  @Field(() => ReconciliationDecision, { description: 'What becomes of it.' })
  readonly decision: ReconciliationDecision;
  @Field(() => String, { nullable: true, description: 'Why; at most 2,000 characters. Needed for REMOVE.' })
  readonly comment?: string | null;
  @Field(() => ID, {
    nullable: true,
    description: 'LINK: whose account it becomes. By default the person the item names.',
  })
  readonly ownerId?: string | null;
  @Field(() => DateScalar, {
    nullable: true,
    description: 'POSTPONE: the day on which it is listed again. By default in 30 days.',
  })
  readonly until?: string | null;
}

@InputType('ReconciliationItemsDecideInput', { description: 'Decisions, done all together or not at all.' })
export class ReconciliationItemsDecideInput {
  @Field(() => [ReconciliationDecisionInput], { description: 'At least one, at most 5,000.' })
  readonly items: readonly ReconciliationDecisionInput[];
}

@InputType('ReconciliationGroupDecideInput', { description: 'One decision about all open items of a group.' })
export class ReconciliationGroupDecideInput {
  @Field(() => String, { description: 'The group.' })
  readonly groupKey: string;
  @Field(() => Int, { description: 'How many items were seen in it: another count is refused with STALE_VERSION.' })
  readonly expectedCount: number;
  @Field(() => ReconciliationDecision, { description: 'What becomes of all of them.' })
  readonly decision: ReconciliationDecision;
  @Field(() => String, { nullable: true, description: 'Why; at most 2,000 characters. Needed for REMOVE.' })
  readonly comment?: string | null;
  @Field(() => DateScalar, {
    nullable: true,
    description: 'POSTPONE: the day on which they are listed again. By default in 30 days.',
  })
  readonly until?: string | null;
}

@ObjectType('ReconciliationItemsDecidePayload', {
  implements: MutationPayload,
  description: 'What was decided; nothing when one item was refused.',
})
export class ReconciliationItemsDecidePayload extends MutationPayload {
  @Field(() => [ReconciliationItem], { description: 'The items decided, in the order given.' })
  readonly reconciliationItems: readonly ReconciliationItem[];
}

@ObjectType('ReconciliationGroupDecidePayload', {
  implements: MutationPayload,
  description: 'How many items were decided; none when one was refused.',
})
export class ReconciliationGroupDecidePayload extends MutationPayload {
  @Field(() => Int, { description: 'Items decided.' })
  readonly decidedCount: number;
}
