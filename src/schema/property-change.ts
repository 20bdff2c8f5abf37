// One value or link that changes, as the API shows it. Fields that lead to other nouns stand in resolvers/property-change.ts.
import { Field, ObjectType } from 'type-graphql';
import { JsonScalar } from './scalar.js';

@ObjectType('PropertyChange', { description: 'One value or link that changes.' })
export class PropertyChange {
  @Field(() => JsonScalar, {
    nullable: true,
    description: 'What is there, or the key of the link that goes; null for secrets.',
  })
  readonly oldValue: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'What is to be there, or the key of the link that comes; null for secrets.',
  })
  readonly newValue: unknown;

  @Field(() => Boolean, { description: 'Its value is never shown.' })
  readonly isSecret: boolean;

  /** Identifiers. */
  readonly entityType: string;
  readonly propertyIdentifier: string;
  readonly ruleIdentifier: string | null;
}
