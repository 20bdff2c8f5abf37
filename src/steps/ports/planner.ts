// How a step asks for a plan: what the role model and the orders would become if these items were approved; and whether
// what a stored plan was made from is still so. The planner computes with the code of the real computation, stores the
// plan, and writes nothing else; implemented beside it, in plan-role-model.ts.
import type { Actor } from '../../domain/actor.js';
import type { PlanDrift } from '../../domain/role-model/plan-drift.js';
import type { AssumedDecision } from '../../domain/role-model/plan.js';
import type { PlanView } from './plan.js';

export type AssumedItem = AssumedDecision;

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

export interface PlanComputer {
  /** Computes an opened plan to its end; false when it is not to be computed any more. */
  compute(planId: string, signal?: AbortSignal): Promise<boolean>;
  /** Computes the plan again, stores nothing, and answers what is different now. */
  drift(plan: PlanView, signal?: AbortSignal): Promise<PlanDrift>;
}
