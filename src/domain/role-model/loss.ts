// How many identities a run takes something from, held against the threshold of role-model output (domain.md §8).
import type { ThresholdViolation } from '../job.js';
import { exceededLimit } from '../threshold.js';

export interface LossCount {
  /** Identities the run is about: all of them for a complete and an incremental run. */
  readonly identities: number;
  /** Of them: those that lose a role or an account. */
  readonly losing: number;
}

export const noLoss: LossCount = { identities: 0, losing: 0 };
export const addLoss = (a: LossCount, b: LossCount): LossCount => ({
  identities: a.identities + b.identities,
  losing: a.losing + b.losing,
});

const limit = { absolute: null, percent: 20, percentFloor: 5 } as const;

/** Runs about so few identities pass any percentage: nothing has to be counted for them. */
export const uncountedIdentities = limit.percentFloor;

export function lossViolations({ identities, losing }: LossCount): readonly ThresholdViolation[] {
  const exceeded = exceededLimit(losing, identities, limit);
  if (exceeded === null) return [];
  return [
    {
      name: 'role-model.loss.percent',
      limit: exceeded.limit,
      actual: exceeded.actual,
      scope: 'all',
      scopeKind: 'roleModel',
    },
  ];
}
