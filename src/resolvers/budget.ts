// What an operation's caller may still ask, in points. How it is kept is the server's (rate-limit.ts).
import type { GraphQLError } from 'graphql';

/** Of one operation: made with its context, charged before it runs. */
export interface Budget {
  /** The error to answer instead of running, and then nothing was charged; null when the cost was charged. */
  readonly charge: (cost: number) => GraphQLError | null;
  readonly state: () => BudgetState;
}

export interface BudgetState {
  /** Points this operation was charged; 0 when it was refused. */
  readonly cost: number;
  /** Null without a limit. */
  readonly account: BudgetAccount | null;
  /** Operations above it are never answered. */
  readonly maximumCost: number;
}

export interface BudgetAccount {
  /** The most points a caller can have at once; also what comes back in a minute. */
  readonly limit: number;
  /** Whole points left after this operation. */
  readonly remaining: number;
  readonly restorePerSecond: number;
  /** Until all points are back. */
  readonly fullInSeconds: number;
}

/** The most points one operation may cost: 1 a field; a page costs 2 and its rows as often as it may hold. */
export const maximumCost = 5_000;

export const noLimit: Budget = {
  charge: () => null,
  state: () => ({ cost: 0, account: null, maximumCost }),
};
