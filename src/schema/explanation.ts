// Why somebody has a role or an account, as the API shows it. Fields that lead to other nouns stand in resolvers/explanation.ts.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateScalar, DateTimeScalar, JsonScalar } from './scalar.js';

export const AccessVerdict = {
  GRANTED: 'GRANTED',
  GRANTED_UNEXPLAINED: 'GRANTED_UNEXPLAINED',
  SCHEDULED: 'SCHEDULED',
  PENDING: 'PENDING',
  NOT_GRANTED: 'NOT_GRANTED',
} as const;
export type AccessVerdict = keyof typeof AccessVerdict;
registerEnumType(AccessVerdict, {
  name: 'AccessVerdict',
  description: 'Whether somebody has it.',
  valuesConfig: {
    GRANTED: { description: 'Has it.' },
    GRANTED_UNEXPLAINED: { description: 'Has it, and nobody knows why.' },
    SCHEDULED: { description: 'Will have it from a later day on.' },
    PENDING: { description: 'Is to have it: something is not decided or not written yet.' },
    NOT_GRANTED: { description: 'Does not have it, or is losing it.' },
  },
});

export const AccessPathStepKind = {
  ATTRIBUTE: 'ATTRIBUTE',
  RULE: 'RULE',
  COMPOSITE_ROLE: 'COMPOSITE_ROLE',
  SINGLE_ROLE: 'SINGLE_ROLE',
  REQUEST: 'REQUEST',
  APPROVAL: 'APPROVAL',
  RESOURCE_TYPE: 'RESOURCE_TYPE',
  NAVIGATION: 'NAVIGATION',
  SYNCHRONIZATION: 'SYNCHRONIZATION',
  EXCEPTION: 'EXCEPTION',
} as const;
export type AccessPathStepKind = keyof typeof AccessPathStepKind;
registerEnumType(AccessPathStepKind, {
  name: 'AccessPathStepKind',
  description: 'What one step of a reason is.',
  valuesConfig: {
    ATTRIBUTE: { description: 'Something known of the person.' },
    RULE: { description: 'A rule that applied.' },
    COMPOSITE_ROLE: { description: 'A bundle of roles that is held.' },
    SINGLE_ROLE: { description: 'A role that is held.' },
    REQUEST: { description: 'Somebody asked for it.' },
    APPROVAL: { description: 'Somebody decided.' },
    RESOURCE_TYPE: { description: 'A kind of account that is due.' },
    NAVIGATION: { description: 'A link that a role gives.' },
    SYNCHRONIZATION: { description: 'It was found in a managed system.' },
    EXCEPTION: { description: 'Somebody decided against the rules.' },
  },
});

@ObjectType('RuleCondition', { description: 'A condition, and what it looked at.' })
export class RuleCondition {
  @Field(() => String, { description: 'As it is written in the configuration; parts joined by && stand alone.' })
  readonly expression: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The value it reads; an object by name when it reads several. Its message, when it failed.',
  })
  readonly actualValue: unknown;

  @Field(() => Boolean, { description: 'It held.' })
  readonly isSatisfied: boolean;
}

@ObjectType('AccessPathStep', { description: 'One step of a reason.' })
export class AccessPathStep {
  @Field(() => AccessPathStepKind, { description: 'What it is.' })
  readonly kind: AccessPathStepKind;

  @Field(() => String, { description: 'In words.' })
  readonly label: string;

  @Field(() => [RuleCondition], {
    description: 'What the rule asked for, each part with its value; empty unless it is a rule.',
  })
  readonly conditions: readonly RuleCondition[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When somebody asked or decided.' })
  readonly decidedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'What they wrote.' })
  readonly comment: string | null;

  /** Global id of what the step is about; row id of who decided. */
  readonly nodeId: string | null;
  readonly deciderId: string | null;
}

@ObjectType('AccessPath', { description: 'One reason, from its cause to the entitlement.' })
export class AccessPath {
  @Field(() => [AccessPathStep], { description: 'From the cause on.' })
  readonly steps: readonly AccessPathStep[];

  @Field(() => DateScalar, { nullable: true, description: 'First day; null: open.' })
  readonly validFrom: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Last day; null: open.' })
  readonly validUntil: string | null;
}

@ObjectType('RuleNearMiss', { description: 'A rule that would give it, and what kept it from doing so.' })
export class RuleNearMiss {
  @Field(() => [RuleCondition], {
    description: 'Conditions that failed; empty: none does any more, and the computation is older than that.',
  })
  readonly failed: readonly RuleCondition[];

  /** Identifier. */
  readonly ruleIdentifier: string;
}

@ObjectType('AccessExplanation', { description: 'Stored when the role model runs, not recomputed on read.' })
export class AccessExplanation {
  @Field(() => AccessVerdict, { description: 'Whether somebody has it.' })
  readonly verdict: AccessVerdict;

  @Field(() => String, { description: 'One sentence for a manager.' })
  readonly summary: string;

  @Field(() => [AccessPath], {
    description: 'Every independent reason. Removing one path is not enough when there are two.',
  })
  readonly paths: readonly AccessPath[];

  @Field(() => [RuleNearMiss], {
    description: 'Rules that almost applied, with the condition that failed; nearest first. Filled for NOT_GRANTED.',
  })
  readonly nearMisses: readonly RuleNearMiss[];

  @Field(() => DateTimeScalar, { description: 'When the role model ran.' })
  readonly computedAt: Date;

  @Field(() => Boolean, { description: 'Something it was computed from has changed since.' })
  readonly isStale: boolean;
}
