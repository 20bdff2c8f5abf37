// A limit that a run would have passed. What it is about leads to other nouns: resolvers/threshold-violation.ts.
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType('ThresholdViolation', {
  description: 'A limit that a run would have passed; nothing of that scope was written.',
})
export class ThresholdViolation {
  @Field(() => String, { description: 'Which limit, e.g. `orders.delete.percent`.' })
  readonly name: string;

  @Field(() => Int, { description: 'Highest figure that is let through.' })
  readonly limit: number;

  @Field(() => Int, { description: 'The figure of this run.' })
  readonly actual: number;

  /** Identifier of what `scopeKind` says. */
  readonly scopeIdentifier: string;
  readonly scopeKind: 'connector' | 'resourceType' | 'roleModel';
}
