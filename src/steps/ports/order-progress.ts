// How far the orders of one execution are, in counts.

export interface OrderProgress {
  readonly total: number;
  /** Still to be tried the first time, or being carried out, and nothing stands in the way. */
  readonly untried: number;
  /** PENDING and not among `untried`: they wait for another try, for their connection, or for another order. */
  readonly waiting: number;
  /** Executed and soon to be looked at. */
  readonly unverified: number;
  /** Executed, and looked at again only later. */
  readonly unverifiedLater: number;
  readonly erroredCount: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Executed or verified orders. */
  readonly executed: number;
  readonly verified: number;
  /** The reason most of the waiting orders give; null when none waits. */
  readonly commonReason: string | null;
}

export interface OrderProgressView {
  ofExecution(executionId: string): Promise<OrderProgress>;
}
