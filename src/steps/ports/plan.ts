// How a plan is stored while it is computed, read afterwards, and taken for being carried out.
import type { ResourceDelta } from '../../domain/assignment.js';
import type { ConfigurationChange } from '../../domain/configuration-difference.js';
import type { IdComparison } from '../../domain/filter.js';
import type { ThresholdViolation } from '../../domain/job.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { PersonRow } from '../../domain/person.js';
import type { AssumedDecision, ChangeKind, PlannedChange, PlanSummary } from '../../domain/role-model/plan.js';
import type { PlanInput } from '../../domain/role-model/plan-input.js';
import type { NewExecution } from './job-execution.js';

export const planStates = ['COMPUTING', 'READY', 'APPLIED', 'EXPIRED', 'FAILED'] as const;
export type PlanState = (typeof planStates)[number];

export interface PlanOutcome {
  readonly inputsDigest: string;
  readonly summary: PlanSummary;
  readonly violations: readonly ThresholdViolation[];
}

/** What a plan is about. */
export interface PlanScope {
  /** Row ids; null = everybody. */
  readonly identityIds: readonly string[] | null;
  /** Identifiers; null = all. Changes of other accounts are neither shown nor ordered. */
  readonly resourceTypes: readonly string[] | null;
  /** Taken as approved; a plan with any can be read and not applied. */
  readonly assumed: readonly AssumedDecision[];
  /** Of the configuration in force when it was computed. */
  readonly configurationVersion: number;
  /** Digest of the configuration it is computed with; left out: the one in force. */
  readonly candidateDigest?: string;
}

export interface NewPlan {
  readonly id: string;
  /** `actorReference` of who asked for it. */
  readonly createdBy: string;
  readonly scope: PlanScope;
  /** Of the configuration it is computed with; null: the one in force. */
  readonly candidateId: string | null;
  /** What that configuration says differently from the one in force, settings unmasked; null: nothing else is planned than people. */
  readonly configurationChanges: readonly ConfigurationChange[] | null;
}

export interface PlanStore {
  /** Opens a plan in state COMPUTING; it expires a day later. */
  open(plan: NewPlan): Promise<void>;
  /** Forgets what an unfinished computation of it left. */
  clear(planId: string): Promise<void>;
  /** `position`: of the first of them in the plan, from 0. */
  append(
    planId: string,
    position: number,
    changes: readonly (PlannedChange & { readonly id: string })[],
  ): Promise<void>;
  remember(planId: string, inputs: readonly PlanInput[]): Promise<void>;
  /** READY with its outcome; null = FAILED. */
  close(planId: string, outcome: PlanOutcome | null): Promise<void>;
  /** Null when there is none. */
  load(planId: string): Promise<PlanView | null>;
  /** A ready plan of the last minute by the same person about the same; null when there is none. */
  fresh(createdBy: string, scope: PlanScope): Promise<string | null>;
  /** What it remembers of these identities, by row id. */
  inputs(planId: string, identityIds: readonly string[]): Promise<ReadonlyMap<string, PlanInput>>;
  /** Identities it remembers, in the order of their ids, after this one (null = from the start). `written`: it was carried out for them. */
  identities(
    planId: string,
    after: string | null,
    limit: number,
    which: 'all' | 'to be written' | 'written',
  ): Promise<readonly string[]>;
  /** The newest plan with this digest, of a changed configuration or of the one in force; null when there is none. */
  withDigest(inputsDigest: string, isConfiguration: boolean): Promise<PlanView | null>;
  /** Whom two plans remember differently. */
  moved(planId: string, laterId: string, limit: number): Promise<MovedBetweenPlans>;
  /** What it says of these identities. */
  changes(planId: string, identityIds: readonly string[]): Promise<readonly PlannedChange[]>;
  /** READY → APPLIED and the execution that carries it out, in one transaction. False when it was not READY any more. */
  take(planId: string, execution: NewExecution): Promise<boolean>;
  /** It cannot be carried out any more: what it was computed from has moved. */
  expire(planId: string): Promise<void>;
}

export interface MovedBetweenPlans {
  /** In the order of their ids, at most the limit; `row` null: it is gone. */
  readonly people: readonly { readonly identityId: string; readonly row: PersonRow | null }[];
  readonly movedCount: number;
  /** People that either of them remembers. */
  readonly identityCount: number;
}

export interface PlanView extends PlanOutcome, NewPlan {
  readonly state: PlanState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** The execution that carries it out; null: none. */
  readonly appliedExecution: string | null;
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
  readonly requiresReview: boolean;
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
