// Writes what a computation decided: only rows that differ, each table in one statement, in the caller's transaction.
import type { Fact } from '../domain/event.js';
import { reasonText, suggestionText } from '../domain/role-model/evaluation.js';
import type { Reconciliation } from '../domain/role-model/reconcile.js';
import type { AccountState } from '../domain/role-model/stored-account.js';
import type { Sql } from './database.js';
import { appendFacts } from './event.js';
import { advanceRequests } from './request-progress.js';
import type { Marks } from './role-model-load.js';
import { endNeedlessOrders } from './superseded-order.js';
import { writeValues } from './value-assignment.js';

export interface WriteContext {
  /** All identities of the bucket, changed or not. */
  readonly identityIds: readonly string[];
  /** When each was marked dirty before it was read. */
  readonly marks: Marks;
  readonly executionId: string | null;
}

export async function writeReconciliations(
  sql: Sql,
  decided: readonly Reconciliation[],
  context: WriteContext,
): Promise<void> {
  await writeStates(sql, decided);
  await writeRows(sql, decided);
  await deleteAccounts(
    sql,
    decided.flatMap(({ deleted }) => deleted),
  );
  await updateAccounts(
    sql,
    decided.flatMap(({ updated }) => updated),
  );
  await insertAccounts(
    sql,
    decided.flatMap(({ identityId, inserted }) => inserted.map((account) => ({ identityId, ...account }))),
  );
  await writeValues(sql, decided);
  const ended = await endNeedlessOrders(sql, decided.flatMap(settledAccounts));
  await appendFacts(sql, [...decided.flatMap((result) => factOf(result, context.executionId)), ...ended]);
  await clearMarks(sql, context.marks);
  await advanceRequests(sql, context.identityIds);
}

const settledAccounts = ({ updated, deleted }: Reconciliation): readonly string[] => [
  ...updated.filter(({ provisioningState }) => provisioningState === 'VERIFIED').map(({ id }) => id),
  ...deleted,
];

async function writeStates(sql: Sql, decided: readonly Reconciliation[]): Promise<void> {
  const rows = decided.flatMap(({ identityId, state }) =>
    state === null
      ? []
      : [
          {
            id: identityId,
            roles: textArray(state.roles.map(({ role }) => role)),
            reasons: textArray(state.roles.map(({ reason }) => reasonText(reason))),
            suggested: textArray(state.suggestions.map(({ role }) => role)),
            suggestedBy: textArray(state.suggestions.map(suggestionText)),
            rolesHash: state.rolesHash,
            inputHash: state.inputHash,
            version: state.configurationVersion,
            due: state.nextDueOn,
          },
        ],
  );
  if (rows.length === 0) return;
  await sql.query(
    `insert into identity_state (identity_id, roles, reasons, suggested_roles, suggested_rules, roles_hash, input_hash, configuration_version, next_due_on, computed_at)
     select s.id, s.roles::text[], s.reasons::text[], s.suggested::text[], s."suggestedBy"::text[], s."rolesHash", s."inputHash", s.version, s.due, clock_timestamp()
     from json_to_recordset($1::json) as s(id uuid, roles text, reasons text, suggested text, "suggestedBy" text, "rolesHash" text, "inputHash" text, version int, due date)
     on conflict (identity_id) do update set roles = excluded.roles, reasons = excluded.reasons,
       suggested_roles = excluded.suggested_roles, suggested_rules = excluded.suggested_rules, roles_hash = excluded.roles_hash,
       input_hash = excluded.input_hash, configuration_version = excluded.configuration_version, next_due_on = excluded.next_due_on,
       computed_at = excluded.computed_at`,
    [JSON.stringify(rows)],
  );
}

// A hundred roles as an array literal are read five times faster than as a JSON array.
const textArray = (texts: readonly string[]): string => `{${texts.map(arrayElement).join(',')}}`;

const plain = /^(?!null$)[\w.:-]+$/i;
const arrayElement = (text: string): string => (plain.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`);

async function writeRows(sql: Sql, decided: readonly Reconciliation[]): Promise<void> {
  const removed = decided.flatMap(({ identityId, removed: roles }) => roles.map((role) => ({ identityId, role })));
  if (removed.length > 0) {
    await sql.query(
      `delete from role_assignment a using unnest($1::uuid[], $2::text[]) as d(identity, role) where a.identity_id = d.identity and a.role = d.role`,
      [removed.map(({ identityId }) => identityId), removed.map(({ role }) => role)],
    );
  }
  await cancelRoles(sql, decided);
  await prolongRoles(sql, decided);
}

async function cancelRoles(sql: Sql, decided: readonly Reconciliation[]): Promise<void> {
  const cancelled = decided.flatMap(({ identityId, cancelled: roles }) => roles.map((role) => ({ identityId, role })));
  if (cancelled.length === 0) return;
  await sql.query(
    `insert into role_assignment (identity_id, role, workflow_state)
     select identity, role, 'CANCELLATION' from unnest($1::uuid[], $2::text[]) as c(identity, role)
     on conflict (identity_id, role) do update set workflow_state = 'CANCELLATION', updated_at = clock_timestamp()`,
    [cancelled.map(({ identityId }) => identityId), cancelled.map(({ role }) => role)],
  );
}

async function prolongRoles(sql: Sql, decided: readonly Reconciliation[]): Promise<void> {
  const rows = decided.flatMap(({ identityId, prolonged }) => prolonged.map((one) => ({ identityId, ...one })));
  if (rows.length === 0) return;
  await sql.query(
    `insert into role_assignment (identity_id, role, workflow_state, end_date, decided_by)
     select identity, role, 'PROLONGED', last, cause from unnest($1::uuid[], $2::text[], $3::date[], $4::text[]) as p(identity, role, last, cause)
     on conflict (identity_id, role) do nothing`,
    [
      rows.map(({ identityId }) => identityId),
      rows.map(({ role }) => role),
      rows.map(({ endDate }) => endDate),
      rows.map(({ cause }) => reasonText(cause)),
    ],
  );
}

async function deleteAccounts(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await sql.query('delete from resource_assignment where id = any($1::uuid[])', [ids]);
}

const accountShape = `id uuid, "identityId" uuid, "resourceType" text, "resourceId" uuid, "resourceKey" text, "isDue" boolean, expected jsonb,
  "expectedHash" text, "observedHash" text, "baseHash" text, "workflowState" text, "provisioningState" text, "desiredVersion" bigint,
  "orderedVersion" bigint, delta jsonb, "pendingRoles" text[], "driftCount" int, error jsonb, slot int, "deleteOn" date, "declinedHash" text,
  "confidencePercent" int`;

/** A change held back stays so, however it is put anew; another kind of change was never counted with it. */
const isStillHeld = `s."provisioningState" in ('PENDING', 'AWAITING_APPROVAL') and s.delta ->> 'kind' = a.held_kind`;

/**
 * A key that somebody loses (is not due any more, bears another one, has two candidates) may be somebody else's in the same
 * statement: the index is asked row by row, so whoever loses one leaves it first.
 */
async function releaseKeys(sql: Sql, accounts: readonly AccountState[]): Promise<void> {
  await sql.query(
    `update resource_assignment a set is_due = false
     from json_to_recordset($1::json) as s(id uuid, "resourceKey" text, "isDue" boolean, "provisioningState" text)
     where a.id = s.id and a.is_due and a.provisioning_state <> 'ERROR'
       and (not s."isDue" or s."provisioningState" = 'ERROR' or s."resourceKey" <> a.resource_key)`,
    [
      JSON.stringify(
        accounts.map(({ id, resourceKey, isDue, provisioningState }) => ({
          id,
          resourceKey,
          isDue,
          provisioningState,
        })),
      ),
    ],
  );
}

async function updateAccounts(sql: Sql, accounts: readonly AccountState[]): Promise<void> {
  if (accounts.length === 0) return;
  await releaseKeys(sql, accounts);
  await sql.query(
    `update resource_assignment a set resource_id = s."resourceId", resource_key = s."resourceKey", is_due = s."isDue", expected = s.expected,
       expected_hash = s."expectedHash", observed_hash = s."observedHash", base_hash = s."baseHash", workflow_state = s."workflowState",
       provisioning_state = s."provisioningState", desired_version = s."desiredVersion", ordered_version = s."orderedVersion", delta = s.delta,
       pending_roles = s."pendingRoles", drift_count = s."driftCount", error = s.error,
       delete_on = s."deleteOn", declined_hash = s."declinedHash", confidence_percent = s."confidencePercent",
       held_kind = case when ${isStillHeld} then a.held_kind end, held_execution = case when ${isStillHeld} then a.held_execution end, updated_at = clock_timestamp()
     from json_to_recordset($1::json) as s(${accountShape}) where a.id = s.id`,
    [JSON.stringify(accounts.map(withoutObserved))],
  );
}

async function insertAccounts(
  sql: Sql,
  accounts: readonly (AccountState & { readonly identityId: string })[],
): Promise<void> {
  if (accounts.length === 0) return;
  await sql.query(
    `insert into resource_assignment (id, identity_id, resource_type, resource_id, resource_key, is_due, expected, expected_hash, observed_hash, base_hash,
       workflow_state, provisioning_state, desired_version, ordered_version, delta, pending_roles, drift_count, error, slot, delete_on,
       declined_hash, confidence_percent)
     select s.id, s."identityId", s."resourceType", s."resourceId", s."resourceKey", s."isDue", s.expected, s."expectedHash", s."observedHash",
       s."baseHash", s."workflowState", s."provisioningState", s."desiredVersion", s."orderedVersion", s.delta, s."pendingRoles", s."driftCount", s.error, s.slot, s."deleteOn",
       s."declinedHash", s."confidencePercent"
     from json_to_recordset($1::json) as s(${accountShape})`,
    [JSON.stringify(accounts)],
  );
}

/** An updated account was spread from the stored one and still carries the document that was read. */
const withoutObserved = (account: AccountState): AccountState => ({ ...account, observed: undefined }) as AccountState;

function factOf({ identityId, changes }: Reconciliation, executionId: string | null): readonly Fact[] {
  if (changes.length === 0) return [];
  return [
    { kind: 'AssignmentChanged', identityId, assignments: changes, ...(executionId === null ? {} : { executionId }) },
  ];
}

/** A mark that came after the inputs were read stays: its cause may have been missed. */
async function clearMarks(sql: Sql, marks: Marks): Promise<void> {
  if (marks.size === 0) return;
  await sql.query(
    `delete from dirty_identity d using unnest($1::uuid[], $2::timestamptz[]) as m(id, since) where d.identity_id = m.id and d.since = m.since`,
    [[...marks.keys()], [...marks.values()]],
  );
}
