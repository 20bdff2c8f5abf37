// Rules of the role model as the API shows them.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from './node.js';
import { pageType } from './page.js';

export const RuleKind = {
  SINGLE_ROLE: 'SINGLE_ROLE',
  COMPOSITE_ROLE: 'COMPOSITE_ROLE',
  RESOURCE_TYPE: 'RESOURCE_TYPE',
  RESOURCE_CORRELATION: 'RESOURCE_CORRELATION',
  RESOURCE_CLASSIFICATION: 'RESOURCE_CLASSIFICATION',
  SCALAR: 'SCALAR',
  NAVIGATION: 'NAVIGATION',
  QUERY: 'QUERY',
  AUTOMATION: 'AUTOMATION',
} as const;
export type RuleKind = keyof typeof RuleKind;
registerEnumType(RuleKind, {
  name: 'RuleKind',
  description: 'What a rule gives or decides.',
  valuesConfig: {
    SINGLE_ROLE: { description: 'Gives a single role.' },
    COMPOSITE_ROLE: { description: 'Gives a composite role.' },
    RESOURCE_TYPE: { description: 'Gives an account.' },
    RESOURCE_CORRELATION: { description: 'Says which existing account is whose.' },
    RESOURCE_CLASSIFICATION: { description: 'Says of which resource type an account is.' },
    SCALAR: { description: 'Gives a property its value.' },
    NAVIGATION: { description: 'Gives one fixed link.' },
    QUERY: { description: 'Gives a link found by matching.' },
    AUTOMATION: { description: 'Decides by age.' },
  },
});

@ObjectType('Rule', { implements: Node, description: 'A rule of the role model.' })
export class Rule extends Node {
  @Field(() => RuleKind, { description: 'What it gives or decides.' })
  readonly kind: RuleKind;

  @Field(() => String, { description: 'Name for machines.' })
  readonly identifier: string;

  @Field(() => String, { description: "Readable sentence: 'IF department = Finance THEN role SAP FI User'." })
  readonly summary: string;

  @Field(() => String, { nullable: true, description: 'Condition, or what computes the value; null: there is none.' })
  readonly expression: string | null;

  /** Identifier. */
  readonly policy: string;
}

export const RuleConnection = pageType<Rule>(() => Rule, 'Rule');

@InputType('RuleFilter', { description: 'Which rules: every condition given must hold.' })
export class RuleFilter {
  @Field(() => [RuleKind], { nullable: true, description: 'One of these kinds.' })
  readonly kind?: readonly RuleKind[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'Stands in identifier, summary or expression, without regard to case.',
  })
  readonly text?: string | null;
}
