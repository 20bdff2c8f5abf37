// People as lists and pages show them.
import type {
  DayComparison,
  FilterTree,
  IdComparison,
  InstantComparison,
  TextComparison,
} from '../../domain/filter.js';
import type { OrderBy, Page, PageRequest } from '../../domain/page.js';
import type { IdentityKind } from '../../domain/person.js';

export type IdentityLifecycleState = 'FUTURE' | 'ACTIVE' | 'SUSPENDED' | 'LEFT';

export interface IdentityView {
  /** Row id. */
  readonly id: string;
  readonly identifier: string;
  readonly displayName: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly jobTitle: string | null;
  readonly kind: IdentityKind;
  readonly lifecycleState: IdentityLifecycleState;
  /** Calendar days; null = open. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Row ids. */
  readonly departmentId: string | null;
  readonly managerId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface DepartmentView {
  /** Row id. */
  readonly id: string;
  readonly identifier: string;
  readonly displayName: string;
  /** Row ids. */
  readonly parentId: string | null;
  readonly managerId: string | null;
}

/** Ids are row ids, roles identifiers. */
export interface IdentityCondition extends FilterTree<IdentityCondition> {
  readonly text?: string | null;
  readonly identifier?: TextComparison | null;
  readonly kind?: readonly IdentityKind[] | null;
  readonly lifecycleState?: readonly IdentityLifecycleState[] | null;
  readonly departmentId?: IdComparison | null;
  readonly managerId?: IdComparison | null;
  /** Roles held now, for whatever reason. */
  readonly role?: IdComparison | null;
  readonly startDate?: DayComparison | null;
  readonly endDate?: DayComparison | null;
  readonly updatedAt?: InstantComparison | null;
}

export type IdentityField = 'DISPLAY_NAME' | 'IDENTIFIER' | 'START_DATE' | 'UPDATED_AT';

/** By key: an index serves it whatever the number of people. */
export const defaultIdentityOrder = [
  { field: 'IDENTIFIER', direction: 'ASC' },
] as const satisfies readonly OrderBy<IdentityField>[];

/** Everybody may see the directory, so these take no scope. */
export interface IdentityViews {
  page(question: IdentityQuestion): Promise<Page<IdentityView>>;
  count(filter: IdentityCondition | null): Promise<number>;
  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, IdentityView>>;
  byIdentifiers(identifiers: readonly string[]): Promise<ReadonlyMap<string, IdentityView>>;
  departmentsByIds(ids: readonly string[]): Promise<ReadonlyMap<string, DepartmentView>>;
}

export interface IdentityQuestion {
  readonly filter: IdentityCondition | null;
  readonly order: readonly OrderBy<IdentityField>[];
  readonly page: PageRequest;
}
