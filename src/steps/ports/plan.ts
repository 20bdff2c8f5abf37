// How a plan is stored while it is computed, and read afterwards.
import type { ResourceDelta } from '../../domain/assignment.js';
import type { ThresholdViolation } from '../../domain/job.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { IdComparison } from '../../domain/filter.js';
import type { ChangeKind, PlannedChange, PlanSummary } from '../../domain/role-model/plan.js';

export const planStates = ['COMPUTING', 'READY', 'APPLIED', 'EXPIRED', 'FAILED'] as const;
export type PlanState = (typeof planStates)[number];

export interface PlanOutcome {
  readonly inputsDigest: string;
  readonly summary: PlanSummary;
  readonly violations: readonly ThresholdViolation[];
}

export interface PlanStore {
  /** Opens a plan in state COMPUTING; it expires a day later. */
  open(planId: string, createdBy: string): Promise<void>;
  /** `position`: of the first of them in the plan, from 0. */
  append(
    planId: string,
    position: number,
    changes: readonly (PlannedChange & { readonly id: string })[],
  ): Promise<void>;
  /** READY with its outcome; null = FAILED. */
  close(planId: string, outcome: PlanOutcome | null): Promise<void>;
}

export interface PlanView extends PlanOutcome {
  readonly id: string;
  readonly state: PlanState;
  /** `actorReference` of who asked for it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface PlannedChangeView {
  readonly id: string;
  readonly planId: string;
  readonly kind: ChangeKind;
  readonly resourceType: string;
  readonly identityId: string | null;
  readonly resourceId: string | null;
  readonly resourceKey: string;
  readonly delta: ResourceDelta;
  readonly computedAt: Date;
}

export interface PlannedChangeFilter {
  readonly kind?: readonly ChangeKind[] | null;
  readonly resourceTypeId?: IdComparison | null;
  readonly identityId?: IdComparison | null;
  /** Deletions, removed links and emptied values only. */
  readonly destructiveOnly?: boolean | null;
}

export interface PlanViews {
  /** Row ids; unknown ones are left out. */
  byIds(ids: readonly string[]): Promise<readonly PlanView[]>;
  changes(planId: string, filter: PlannedChangeFilter | null, page: PageRequest): Promise<Page<PlannedChangeView>>;
  countChanges(planId: string, filter: PlannedChangeFilter | null): Promise<number>;
  changesByIds(ids: readonly string[]): Promise<readonly PlannedChangeView[]>;
}
