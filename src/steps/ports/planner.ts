// How a step asks for a plan: what the role model and the orders would become if these items were approved.
// The planner computes with the code of the real computation, stores the plan, and writes nothing else;
// implemented beside computation of the role model, which owns it; asked by submit-request for a dry run.
import type { Actor } from '../../domain/actor.js';

export interface AssumedItem {
  /** Row id of the identity. */
  readonly identityId: string;
  readonly role: string;
  readonly action: 'ADD' | 'UPDATE' | 'REMOVE';
  /** Calendar days; null = open. */
  readonly startDate: string | null;
  readonly endDate: string | null;
}

export interface PlanInput {
  /** Row ids of the identities to compute. */
  readonly identityIds: readonly string[];
  /** Taken as approved; empty = what is due as things stand. */
  readonly assumedItems: readonly AssumedItem[];
}

export interface Planner {
  /** Row id of the stored plan, ready to be read. */
  plan(input: PlanInput, actor: Actor): Promise<string>;
}
