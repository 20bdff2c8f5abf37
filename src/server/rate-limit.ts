// How much a caller may ask in a minute: points that come back steadily, charged before an operation runs, and only when
// it will run. Kept in the memory of this process, by the subject of the token; one function for both transports.
import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { type Budget, maximumCost, noLimit } from '../resolvers/budget.js';

export interface RateLimit {
  /** For one operation of this caller. */
  budgetOf(subject: string): Budget;
}

interface Account {
  points: number;
  /** Moment of `points`, in ms. */
  at: number;
}

export const defaultPointsPerMinute = 100_000;
const manyAccounts = 10_000;

/** `pointsPerMinute` 0: no limit. `now`: a clock in ms that never goes back. */
export function createRateLimit(pointsPerMinute: number, now: () => number = () => performance.now()): RateLimit {
  if (pointsPerMinute === 0) return { budgetOf: () => noLimit };
  const accounts = new Map<string, Account>();
  return {
    budgetOf: (subject) =>
      operationBudget(pointsPerMinute, (cost) => charged(accounts, subject, cost, pointsPerMinute, now())),
  };
}

/** The points there were; takes the cost when it is within them. */
function charged(accounts: Map<string, Account>, subject: string, cost: number, limit: number, at: number): number {
  const points = pointsNow(accounts.get(subject), limit, at);
  if (cost > points || cost === 0) return points;
  if (accounts.size >= manyAccounts) forgetFull(accounts, limit, at);
  accounts.set(subject, { points: points - cost, at });
  return points;
}

function operationBudget(limit: number, take: (cost: number) => number): Budget {
  const restorePerSecond = limit / 60;
  const most = Math.min(maximumCost, limit);
  let cost = 0;
  return {
    charge: (asked) => {
      if (asked > most) return tooDear(asked, most);
      const before = take(asked);
      if (asked > before) return throttled(asked, before, Math.ceil((asked - before) / restorePerSecond));
      cost = asked;
      return null;
    },
    state: () => {
      const points = take(0);
      const fullInSeconds = (limit - points) / restorePerSecond;
      const account = { limit, remaining: Math.floor(points), restorePerSecond, fullInSeconds };
      return { cost, account, maximumCost: most };
    },
  };
}

const pointsNow = (account: Account | undefined, limit: number, at: number): number =>
  account === undefined ? limit : Math.min(limit, account.points + ((at - account.at) * limit) / 60_000);

/** Who has all points again is as good as unknown: callers of long ago take no memory. */
function forgetFull(accounts: Map<string, Account>, limit: number, at: number): void {
  for (const [subject, account] of accounts) {
    if (pointsNow(account, limit, at) >= limit) accounts.delete(subject);
  }
}

const tooDear = (cost: number, most: number): GraphQLError =>
  new GraphQLError(
    `The operation costs ${cost} points; a caller never has more than ${most}. Ask for smaller pages or fewer fields.`,
    { extensions: { code: 'COST_EXCEEDED', http: { status: 400 } } },
  );

const throttled = (cost: number, points: number, seconds: number): GraphQLError =>
  new GraphQLError(
    `The operation costs ${cost} points; you have ${Math.floor(points)} left. Enough are back in ${seconds} s.`,
    {
      extensions: {
        code: 'THROTTLED',
        hint: `Ask again in ${seconds} s. The query rateLimit tells what is left; smaller pages and fewer fields cost less.`,
        retryAfterSeconds: seconds,
        http: { status: 429, headers: new HeaderMap([['retry-after', String(seconds)]]) },
      },
    },
  );
