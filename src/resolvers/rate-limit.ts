// What the caller may still ask.
import { Ctx, Query, Resolver } from 'type-graphql';
import { RateLimit } from '../schema/rate-limit.js';
import type { RequestContext } from './context.js';

const largestInt = 2 ** 31 - 1;

@Resolver()
export class RateLimitResolver {
  @Query(() => RateLimit, { description: 'What the viewer may still ask; asking costs points, too.' })
  rateLimit(@Ctx() { budget, ports }: RequestContext): RateLimit {
    const { cost, account, maximumCost } = budget.state();
    return Object.assign(new RateLimit(), {
      cost,
      limit: account?.limit ?? 0,
      remaining: account?.remaining ?? largestInt,
      resetAt: new Date(ports.environment.now().getTime() + (account?.fullInSeconds ?? 0) * 1_000),
      maxCostPerOperation: maximumCost,
    });
  }
}
