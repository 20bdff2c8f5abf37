// Rows of value_assignment as the computation reads and writes them. What a person said about one is not touched by it.
import type { Reconciliation } from '../domain/role-model/reconcile.js';
import type { ValueAssignment, ValueWrites } from '../domain/role-model/value-assignment.js';
import type { Sql } from './database.js';
import { repeated } from './repeated.js';

/** The rows of an account as a list, sorted as the domain sorts them; null where there are none. */
export const valuesOfAccount = (account: string): string => `(select jsonb_agg(jsonb_build_object(
    'property', v.property, 'targetKey', v.target_key, 'workflowState', v.workflow_state, 'value', v.value, 'expected', v.expected)
    order by v.property collate "C", v.target_key collate "C") from value_assignment v where v.assignment_id = ${account})`;

export async function writeValues(sql: Sql, decided: readonly Reconciliation[]): Promise<void> {
  const writes = decided.flatMap(({ values }) => values);
  await dropRows(
    sql,
    writes.flatMap(({ assignmentId, drop }) => drop.map((row) => ({ assignmentId, ...row }))),
  );
  await putRows(sql, writes);
}

async function dropRows(
  sql: Sql,
  rows: readonly (Pick<ValueAssignment, 'property' | 'targetKey'> & Pick<ValueWrites, 'assignmentId'>)[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(
    `delete from value_assignment v using unnest($1::uuid[], $2::text[], $3::text[]) as d(account, property, target)
     where v.assignment_id = d.account and v.property = d.property and v.target_key = d.target`,
    [
      rows.map(({ assignmentId }) => assignmentId),
      rows.map(({ property }) => property),
      rows.map(({ targetKey }) => targetKey),
    ],
  );
}

/** Another value than the one that was decided on is a new finding: it has no decision. */
async function putRows(sql: Sql, writes: readonly ValueWrites[]): Promise<void> {
  const rows = writes.flatMap(({ assignmentId, put }) => put.map((row) => ({ assignmentId, ...row })));
  if (rows.length === 0) return;
  const isNew = `excluded.workflow_state in ('NON_CONFORMING', 'PRE_EXISTING') and value_assignment.value is distinct from excluded.value`;
  await sql.query(
    `insert into value_assignment (assignment_id, property, target_key, workflow_state, value, expected)
     select s."assignmentId", s.property, s."targetKey", s."workflowState", s.value, s.expected
     from jsonb_to_recordset($1::jsonb) as s("assignmentId" uuid, property text, "targetKey" text, "workflowState" text, value jsonb, expected jsonb)
     on conflict (assignment_id, property, target_key) do update
       set workflow_state = excluded.workflow_state, value = excluded.value, expected = excluded.expected,
           decided_by = case when ${isNew} then null else value_assignment.decided_by end,
           decided_at = case when ${isNew} then null else value_assignment.decided_at end,
           comment = case when ${isNew} then null else value_assignment.comment end,
           found_at = case when ${isNew} then clock_timestamp() else value_assignment.found_at end`,
    [JSON.stringify(rows)],
  );
}

/** Seen as decided: what had to go is gone. Of accounts whose whole change was just verified. */
export async function endTakenValues(sql: Sql, assignmentIds: readonly string[]): Promise<void> {
  if (assignmentIds.length === 0) return;
  await sql.query(
    repeated(`delete from value_assignment where assignment_id = any($1::uuid[]) and workflow_state = 'CANCELLATION'`),
    [assignmentIds],
  );
}
