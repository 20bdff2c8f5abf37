// What people can hold, as configured: categories, roles and who approves them, and the risks of holding them together.
// Part of configuration.ts, which is the door to it.
import type { NamedDefinition } from './named-definition.js';

export interface CategoryDefinition extends NamedDefinition {
  readonly parent: string | null;
  /** Identity keys of the role officers of this category and of what is below it. */
  readonly officers: readonly string[];
}

export const approvalWorkflows = ['NONE', 'ONE_APPROVAL', 'TWO_APPROVALS', 'THREE_APPROVALS', 'MANAGER'] as const;
export type ApprovalWorkflow = (typeof approvalWorkflows)[number];

/** Who may decide a step: the beneficiary's manager, the role's owner, the officers of its category, named people, or whom an expression names. */
export type ApproverDefinition = ApproverSource & {
  /** How many of them must approve. Default 1. */
  readonly quorum: number;
};
export type ApproverSource =
  | { readonly kind: 'manager' }
  | { readonly kind: 'owner' }
  | { readonly kind: 'officers' }
  | { readonly kind: 'people'; readonly people: readonly string[] }
  /** CEL over `person` (the beneficiary): an identity key. */
  | { readonly kind: 'expression'; readonly expression: string };

/** Something a role needs to know about each holder, e.g. the site. */
export interface ParameterDefinition extends NamedDefinition {
  /** Its values are those of this dimension; null: any text. */
  readonly dimension: string | null;
  readonly isRequired: boolean;
}

export interface RoleDefinition extends NamedDefinition {
  readonly description: string | null;
  readonly category: string | null;
  readonly policy: string;
  /** Identity key of the owner. */
  readonly owner: string | null;
  readonly isRequestable: boolean;
  readonly isPrivileged: boolean;
  readonly approvalWorkflow: ApprovalWorkflow;
  /** One per step, as many as the workflow has steps. */
  readonly approvers: readonly ApproverDefinition[];
  /** Days; null = no limit. */
  readonly maxDurationDays: number | null;
  readonly parameters: readonly ParameterDefinition[];
  /** Days a holder keeps it after losing it by a change of rules, to be reviewed; 0 = none. */
  readonly gracePeriodDays: number;
  /** A later end date takes no approval. */
  readonly prolongationWithoutApproval: boolean;
  /** A step is skipped where the requester could decide it. */
  readonly implicitApproval: boolean;
  /** Days a step waits before it is declined for want of a decision; null = for ever. */
  readonly approvalDays: number | null;
}
export type SingleRoleDefinition = RoleDefinition;
export interface CompositeRoleDefinition extends RoleDefinition {
  readonly singleRoles: readonly string[];
}

/** Roles that must not come together (SOD), or a role that is dangerous by itself (HIGH_PRIVILEGE). */
export interface RiskDefinition extends NamedDefinition {
  readonly kind: 'SOD' | 'HIGH_PRIVILEGE';
  /** 0–100. */
  readonly level: number;
  readonly exemption: RiskExemption;
  /** Each is a set of single roles; holding all of one set is the risk. */
  readonly combinations: readonly (readonly string[])[];
  readonly description: string | null;
  readonly remediation: string | null;
  /** Who decides the extra step of APPROVAL. */
  readonly approvers: readonly ApproverDefinition[];
}
/** WARNING tells; APPROVAL adds a step; BLOCKING refuses. */
export const riskExemptions = ['WARNING', 'APPROVAL', 'BLOCKING'] as const;
export type RiskExemption = (typeof riskExemptions)[number];
