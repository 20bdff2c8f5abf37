// Assignments as they are shown: roles held, due, asked for or ending, and accounts; and what explains them.
import type { ValueAssignment } from '../../domain/role-model/value-assignment.js';
import type { ExpectedResource, ResourceDelta, RoleReason } from '../../domain/assignment.js';
import type { DayComparison, FilterTree, IdComparison, InstantComparison } from '../../domain/filter.js';
import type { OrderBy, Page, PageRequest } from '../../domain/page.js';
import type { ReadScope } from '../../domain/permission.js';
import type { ProvisioningState } from '../../domain/provisioning-state.js';
import type { LoadedIdentity } from '../../domain/role-model/computation.js';
import type { RuleFailure } from '../../domain/role-model/evaluation.js';
import type { RowStory } from '../../domain/role-model/explanation-path.js';
import type { WorkflowState } from '../../domain/workflow-state.js';

interface AssignmentFacts {
  /** `<identity>:<role>` for a role, the row id for an account. */
  readonly id: string;
  readonly identityId: string;
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Nobody asked for it. */
  readonly isAutomatic: boolean;
  /** Another assignment gives it. */
  readonly isInferred: boolean;
}

export interface RoleAssignmentView extends AssignmentFacts {
  readonly kind: 'role';
  readonly role: string;
  /** Calendar days; null = open. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly approvalStep: number | null;
  readonly approvalStepCount: number | null;
  readonly requestItemId: string | null;
  readonly reasons: readonly RoleReason[];
}

export interface AccountView extends AssignmentFacts {
  readonly kind: 'resource';
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly resourceKey: string;
  readonly expected: ExpectedResource;
  readonly delta: ResourceDelta | null;
  readonly error: RuleFailure | null;
  /** Values found in the target, kept or refused by a person. */
  readonly values: readonly ValueAssignment[];
  /** Of a match that waits for a person; null: sure. */
  readonly confidencePercent: number | null;
}
export type AssignmentView = RoleAssignmentView | AccountView;

/** Ids are row ids and identifiers. */
export interface AssignmentFilter extends FilterTree<AssignmentFilter> {
  readonly identityId?: IdComparison | null;
  readonly roleId?: IdComparison | null;
  readonly resourceTypeId?: IdComparison | null;
  readonly workflowState?: readonly WorkflowState[] | null;
  readonly provisioningState?: readonly ProvisioningState[] | null;
  readonly isAutomatic?: boolean | null;
  readonly endDate?: DayComparison | null;
  readonly updatedAt?: InstantComparison | null;
}

export const assignmentFields = ['ROLE_NAME', 'PROVISIONING_STATE', 'UPDATED_AT', 'END_DATE'] as const;
export type AssignmentField = (typeof assignmentFields)[number];

/** What a list is asked for, by whom. */
export interface AssignmentQuestion {
  readonly filter: AssignmentFilter | null;
  readonly scope: ReadScope;
}

/** What an explanation is made from. */
export interface ExplainedIdentity extends LoadedIdentity {
  /** Null when it was never computed. */
  readonly computedAt: Date | null;
  readonly isDirty: boolean;
  /** By role, of roles that have a row. */
  readonly rows: ReadonlyMap<string, RowStory>;
}

export interface AssignmentViews {
  /** Without an order: by identity, roles by identifier before accounts. */
  page(
    question: AssignmentQuestion,
    order: readonly OrderBy<AssignmentField>[],
    page: PageRequest,
  ): Promise<Page<AssignmentView>>;
  count(question: AssignmentQuestion): Promise<number>;
  /** How many there are in each state; states that none is in are absent. */
  countsByState(question: AssignmentQuestion): Promise<ReadonlyMap<string, number>>;
  /** Those of these ids that the question covers, by id. */
  byIds(ids: readonly string[], question: AssignmentQuestion): Promise<ReadonlyMap<string, AssignmentView>>;
  /** Present ones in the order of a list; one more than `limit` when there are more. */
  matching(question: AssignmentQuestion, limit: number): Promise<readonly AssignmentView[]>;
  /** By row id. Whether the reader may see them is asked by reading the assignment. */
  identities(ids: readonly string[]): Promise<ReadonlyMap<string, ExplainedIdentity>>;
}
