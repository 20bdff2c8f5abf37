// The words of a basket: what is asked for, what is known of the person, and an item found good.
import type { RoleReason } from './assignment.js';
import type { RoleDefinition } from './configuration.js';
import type { Person } from './person.js';
import type { KnownValues, Parameters } from './parameter.js';
import type { AssignmentAction, RequestWarning } from './request.js';
import type { WorkflowState } from './workflow-state.js';

/** One item as a client sent it. */
export interface RequestedItem {
  readonly action: AssignmentAction;
  /** Role identifier; null when the id given is no role's. */
  readonly role: string | null;
  /** Calendar days; null = left out. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: unknown;
}

/** What a person has of one role. */
export interface Holding {
  readonly role: string;
  /** Why the computation gives it; empty = it does not. */
  readonly reasons: readonly RoleReason[];
  readonly assignment: {
    readonly workflowState: WorkflowState;
    readonly startDate: string | null;
    readonly endDate: string | null;
    readonly parameters: Parameters | null;
  } | null;
  /** The request about it that still waits for a decision. */
  readonly open: { readonly requestId: string; readonly number: string } | null;
}

export interface BasketInput {
  readonly beneficiary: Person;
  readonly items: readonly RequestedItem[];
  readonly justification: string | null;
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  /** Composite role → its single roles. */
  readonly singleRolesOf: ReadonlyMap<string, readonly string[]>;
  /** By role identifier; a role without an entry is not held. */
  readonly holdings: ReadonlyMap<string, Holding>;
  /** The calendar day for the beneficiary. */
  readonly today: string;
  /** Of the parameters given, the dimension values that exist. */
  readonly knownValues: KnownValues;
}

export interface CheckedItem {
  readonly action: AssignmentAction;
  readonly role: RoleDefinition;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: Parameters | null;
  readonly warnings: readonly RequestWarning[];
  /** What was made different from what was asked for, one sentence each. */
  readonly adjustments: readonly string[];
  /** False: takes effect without any approval, whatever the role's workflow says. */
  readonly takesApproval: boolean;
}
