// What computations leave behind and nobody reads any more.

export interface LeftoverStore {
  /** Plans a day after they expired, with their changes; answers how many plans. */
  forgetPlans(): Promise<number>;
  /** Parts of executions that ended more than an hour ago; answers how many. */
  forgetParts(): Promise<number>;
}
