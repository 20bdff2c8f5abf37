// What the caller may still ask, in points.
import { Field, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from './scalar.js';

@ObjectType('RateLimit', {
  description:
    'What the caller may still ask. An operation costs points before it runs: 1 a field; a page 2 and its rows as often as it may hold. Refused operations cost nothing. Each API process counts for itself.',
})
export class RateLimit {
  @Field(() => Int, { description: 'Points this operation was charged; 0 without a limit.' })
  readonly cost: number;

  @Field(() => Int, {
    description: 'The most points a caller can have, and what comes back in a minute; 0: there is no limit.',
  })
  readonly limit: number;

  @Field(() => Int, {
    description: 'Points left after this operation; without a limit the largest number there is, 2147483647.',
  })
  readonly remaining: number;

  @Field(() => DateTimeScalar, { description: 'When all points are back, if nothing else is asked.' })
  readonly resetAt: Date;

  @Field(() => Int, { description: 'An operation that costs more is never answered: COST_EXCEEDED.' })
  readonly maxCostPerOperation: number;
}
