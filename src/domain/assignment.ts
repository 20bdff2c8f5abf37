// An entitlement that an identity has, should have, or asked for; its ids, and the record of a change to one.
import type { ScalarValue } from '@joinery/connector-kit';

export type { ScalarValue };
import type { ValueTraits } from './comparison.js';
import type { ProvisioningState } from './provisioning-state.js';
import type { WorkflowState } from './workflow-state.js';

/**
 * Why an identity holds a role: `rule` and `role` name the cause, `request` the request item's id, `found` the resource
 * that shows it, `grace` the rule that gave it until it was changed, `decision` the reconciliation item that kept it.
 * `missing` stands beside the others: the parameters it needs and does not have, so that it has no effects.
 */
export interface RoleReason {
  readonly kind: 'rule' | 'role' | 'request' | 'found' | 'grace' | 'decision' | 'missing';
  readonly cause: string;
}

/** A role held by calculation, as identity_state stores it (settled or not). */
export interface CalculatedRole {
  readonly role: string;
  readonly reason: RoleReason;
}

/** A role assignment with a life of its own: a row of role_assignment. */
export interface RoleAssignment {
  readonly identityId: string;
  readonly role: string;
  readonly workflowState: WorkflowState;
  /** Calendar days, ISO; null = open. The end date is the last day. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly requestItemId: string | null;
  readonly approvalStep: number | null;
  readonly approvalStepCount: number | null;
  /** Values of the role's parameters; null = it has none, or none was given. */
  readonly parameters: Readonly<Record<string, string>> | null;
}

/** What an account should contain, each value with the rule that gave it. `links`: property → target key → rule. */
export interface ExpectedResource {
  readonly key: string;
  /** The type rule that gives the account. */
  readonly rule: string;
  readonly values: Readonly<Record<string, ExpectedValue>>;
  readonly links: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Links by an uncertain match: property → target key → percent below 100. Absent: all are sure. */
  readonly uncertainLinks?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ExpectedValue extends ValueTraits {
  readonly value: ScalarValue;
  readonly rule: string;
  /** Of an uncertain match, below 100: a change to it waits for a person. Absent: sure. */
  readonly confidencePercent?: number;
}

/** The difference between what is and what should be, in property names. `from` is null for a creation. */
export interface ResourceDelta {
  readonly kind: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly key: string;
  /** Of a creation whose system gave the key: the name it was asked for under. */
  readonly name?: string;
  readonly scalars: readonly {
    readonly property: string;
    readonly from: ScalarValue;
    readonly to: ScalarValue;
    readonly rule: string | null;
    /** As in the value that was wished. */
    readonly comparison?: ValueTraits['comparison'];
    readonly isMapped?: ValueTraits['isMapped'];
  }[];
  readonly links: readonly {
    readonly property: string;
    readonly add: readonly string[];
    readonly remove: readonly string[];
    readonly rules: Readonly<Record<string, string>>;
  }[];
}

/** The part of an assignment that a change of state carries; enough to show it after the row is gone. */
export interface AssignmentChange {
  readonly kind: 'role' | 'resource';
  /** Derived for a role (see `roleAssignmentId`), the row's id for a resource assignment. */
  readonly assignmentId: string;
  readonly identityId: string;
  /** Role identifier or resource type identifier. */
  readonly subject: string;
  readonly workflowState: WorkflowState;
  readonly previousWorkflowState: WorkflowState | null;
  readonly provisioningState: ProvisioningState;
  readonly previousProvisioningState: ProvisioningState | null;
}

/** Ids of role assignments are derived, so that a settled one is addressable without a row. */
export const roleAssignmentId = (identityId: string, role: string): string => `${identityId}:${role}`;
