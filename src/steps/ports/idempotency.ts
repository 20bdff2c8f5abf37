// How a call with an idempotency key has its effect once.

export interface KeyedCall {
  /** `actorReference` of the caller: keys of different callers never meet. */
  readonly caller: string;
  readonly key: string;
  /** The mutation field. */
  readonly operation: string;
  /** Digest of operation and variables. */
  readonly requestHash: string;
}

export type KeyedOutcome<Result> =
  | { readonly kind: 'first'; readonly result: Result }
  /** What the first call left: JSON as `memory` gave it. */
  | { readonly kind: 'repeated'; readonly memory: unknown }
  | { readonly kind: 'running' }
  | { readonly kind: 'reused' };

export interface IdempotencyStore {
  /**
   * Runs `effect` unless this call was made before. Effect and memory commit together, or neither does.
   * `memory`: what of the result a repeat needs, as JSON.
   */
  once<Result>(
    call: KeyedCall,
    effect: () => Promise<Result>,
    memory: (result: Result) => unknown,
  ): Promise<KeyedOutcome<Result>>;
  /** Forgets keys older than they are kept; answers how many. */
  forgetOld(): Promise<number>;
}
