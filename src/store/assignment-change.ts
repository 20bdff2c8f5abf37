// What a step of an order means for the assignments of its identity: the account itself, and every role whose gain or loss
// the account carries. Owns deriving the changes and ending roles that were taken away; writes no account states.
import { type AssignmentChange, roleAssignmentId, type RoleReason } from '../domain/assignment.js';
import type { ProvisioningState } from '../domain/provisioning-state.js';
import { reasonOf } from '../domain/role-model/evaluation.js';
import { goneRole, type ShownRole, shownRole } from '../domain/role-model/role-state.js';
import type { WorkflowState } from '../domain/workflow-state.js';
import { isFinallyWritten } from './blind-order.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';

/** An account whose state was just changed in this transaction. */
export interface ChangedAccount {
  readonly id: string;
  readonly identityId: string;
  readonly resourceType: string;
  readonly workflowState: WorkflowState;
  /** Before the change; left out: the same. */
  readonly workflowStateBefore?: WorkflowState;
  readonly from: ProvisioningState;
  readonly to: ProvisioningState;
  /** Roles it carried before the change. */
  readonly pendingRoles: readonly string[];
  /** The row was deleted: the account is gone from the target. */
  readonly isGone: boolean;
}

/**
 * Locks identities against the computation and against each other's settlements, in one order for all.
 * Roles are shown by all accounts of their identity: two settlements at once would each miss the other's.
 */
export async function lockIdentities(sql: Sql, identityIds: readonly (string | null)[]): Promise<void> {
  const ids = [...new Set(identityIds.filter((id) => id !== null))].sort();
  if (ids.length === 0) return;
  await sql.query(
    repeated(
      `select pg_advisory_xact_lock(hashtextextended(id, 0)) from (select id from unnest($1::text[]) as id order by id) as ordered`,
    ),
    [ids],
  );
}

/** Changes by account id. Call after the accounts were written, with the identities locked. */
export async function assignmentChangesOf(
  sql: Sql,
  accounts: readonly ChangedAccount[],
): Promise<ReadonlyMap<string, readonly AssignmentChange[]>> {
  const roles = await roleChangesOf(
    sql,
    accounts.filter(({ pendingRoles }) => pendingRoles.length > 0),
  );
  return new Map(accounts.map((account) => [account.id, [accountChange(account), ...(roles.get(account.id) ?? [])]]));
}

function accountChange(account: ChangedAccount): AssignmentChange {
  return {
    kind: 'resource',
    assignmentId: account.id,
    identityId: account.identityId,
    subject: account.resourceType,
    workflowState: account.isGone ? 'INACTIVE' : account.workflowState,
    previousWorkflowState: account.workflowStateBefore ?? account.workflowState,
    provisioningState: account.to,
    previousProvisioningState: account.from,
  };
}

async function roleChangesOf(
  sql: Sql,
  accounts: readonly ChangedAccount[],
): Promise<ReadonlyMap<string, readonly AssignmentChange[]>> {
  if (accounts.length === 0) return new Map();
  const pairs = pairsOf(accounts);
  const standings = await standingsOf(sql, pairs, await carriedStates(sql, pairs));
  await endRoles(sql, standings.filter(isOver));
  const changes = new Map<string, readonly AssignmentChange[]>();
  for (const standing of standings) {
    const change = roleChange(standing, accounts);
    if (change !== null) changes.set(standing.accountId, [...(changes.get(standing.accountId) ?? []), change]);
  }
  return changes;
}

interface Pair {
  readonly identityId: string;
  readonly role: string;
  /** The account whose change tells of the role: the last one of the batch. */
  readonly accountId: string;
}

const keyOf = ({ identityId, role }: Pick<Pair, 'identityId' | 'role'>): string => roleAssignmentId(identityId, role);

function pairsOf(accounts: readonly ChangedAccount[]): readonly Pair[] {
  const pairs = accounts.flatMap(({ id, identityId, pendingRoles }) =>
    pendingRoles.map((role) => ({ identityId, role, accountId: id })),
  );
  return [...new Map(pairs.map((pair) => [keyOf(pair), pair])).values()];
}

const columnsOf = (pairs: readonly Pair[]): readonly unknown[] => [
  pairs.map(({ identityId }) => identityId),
  pairs.map(({ role }) => role),
];

interface CarriedState {
  readonly accountId: string;
  readonly state: ProvisioningState;
  /** Written, and nothing will show it. */
  readonly isFinal: boolean;
}

/** For each identity and role: the accounts that still carry it, as they are now. */
async function carriedStates(sql: Sql, pairs: readonly Pair[]): Promise<ReadonlyMap<string, readonly CarriedState[]>> {
  const { rows } = await sql.query<CarriedState & { readonly identityId: string; readonly role: string }>(
    repeated(`select a.identity_id as "identityId", p.role, a.id as "accountId", a.provisioning_state as state, ${isFinallyWritten('a')} as "isFinal"
     from unnest($1::uuid[], $2::text[]) as p(identity_id, role)
     join resource_assignment a on a.identity_id = p.identity_id and p.role = any(a.pending_roles)`),
    columnsOf(pairs),
  );
  const carried = new Map<string, readonly CarriedState[]>();
  for (const { identityId, role, accountId, state, isFinal } of rows) {
    const key = keyOf({ identityId, role });
    carried.set(key, [...(carried.get(key) ?? []), { accountId, state, isFinal }]);
  }
  return carried;
}

/** A role as it stands after the accounts were written. */
interface Standing extends Pair {
  readonly row: WorkflowState | null;
  readonly reasons: readonly RoleReason[];
  readonly carried: readonly CarriedState[];
}

async function standingsOf(
  sql: Sql,
  pairs: readonly Pair[],
  carried: ReadonlyMap<string, readonly CarriedState[]>,
): Promise<readonly Standing[]> {
  const { rows } = await sql.query<{
    identityId: string;
    role: string;
    row: WorkflowState | null;
    reasons: readonly string[];
  }>(
    repeated(`select p.identity_id as "identityId", p.role, r.workflow_state as row,
       array(select h.reason from unnest(s.roles, s.reasons) as h(role, reason) where h.role = p.role) as reasons
     from unnest($1::uuid[], $2::text[]) as p(identity_id, role)
     left join role_assignment r on r.identity_id = p.identity_id and r.role = p.role
     left join identity_state s on s.identity_id = p.identity_id`),
    columnsOf(pairs),
  );
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  return pairs.map((pair) => {
    const row = found.get(keyOf(pair));
    return {
      ...pair,
      row: row?.row ?? null,
      reasons: (row?.reasons ?? []).map(reasonOf),
      carried: carried.get(keyOf(pair)) ?? [],
    };
  });
}

/** Taken away, given by nothing else, and nothing is left that could be seen in a target. */
const isOver = ({ row, reasons, carried }: Standing): boolean =>
  row === 'CANCELLATION' && reasons.length === 0 && carried.every(({ isFinal }) => isFinal);

async function endRoles(sql: Sql, ended: readonly Standing[]): Promise<void> {
  if (ended.length === 0) return;
  await sql.query(
    repeated(`delete from role_assignment r using unnest($1::uuid[], $2::text[]) as p(identity_id, role)
     where r.identity_id = p.identity_id and r.role = p.role and r.workflow_state = 'CANCELLATION'`),
    columnsOf(ended),
  );
}

/** Null when the role shows the same as before. */
function roleChange(standing: Standing, accounts: readonly ChangedAccount[]): AssignmentChange | null {
  const { identityId, role, row, reasons, carried } = standing;
  const changed = accounts.filter(
    (account) => account.identityId === identityId && account.pendingRoles.includes(role),
  );
  const untouched = carried.filter(({ accountId }) => !changed.some(({ id }) => id === accountId));
  const shownWith = (pending: readonly ProvisioningState[]): ShownRole | null =>
    shownRole({ row, reasons, pending, hasEffects: true });
  const before = shownWith([...untouched.map(({ state }) => state), ...changed.map(({ from }) => from)]);
  const after = isOver(standing) ? null : shownWith(carried.map(({ state }) => state));
  if (
    before === null ||
    (before.workflowState === after?.workflowState && before.provisioningState === after.provisioningState)
  )
    return null;
  const shown = after ?? goneRole(true);
  return {
    kind: 'role',
    assignmentId: keyOf(standing),
    identityId,
    subject: role,
    workflowState: shown.workflowState,
    previousWorkflowState: before.workflowState,
    provisioningState: shown.provisioningState,
    previousProvisioningState: before.provisioningState,
  };
}
