// Items as rows: opened, refreshed while they wait, and deleted when their cause has gone. What a person decided stays.
import type { FoundItem } from '../domain/reconciliation.js';
import { strayKinds } from '../domain/reconciliation.js';
import type { OpenItem } from '../domain/reconciliation-decision.js';
import type { ItemChanges, WaitingItem } from '../steps/ports/reconciliation-finding.js';
import type { Sql } from './database.js';
import { isOwned } from './reconciliation-suspect.js';

export const itemColumns = `i.id, i.kind, i.subject, i.group_key as "groupKey", i.identity_id as "identityId", i.resource_id as "resourceId",
  i.assignment_id as "assignmentId", i.resource_type as "resourceType", i.role, i.property, i.target_key as "targetKey",
  i.current_value as "currentValue", i.expected_value as "expectedValue", i.suggestion, i.confidence_percent as "confidencePercent",
  i.is_pre_existing as "isPreExisting", i.decision is null as "isOpen"`;

const itemShape = `kind text, subject text, "groupKey" text, "identityId" uuid, "resourceId" uuid, "assignmentId" uuid, "resourceType" text, role text,
  property text, "targetKey" text, "currentValue" jsonb, "expectedValue" jsonb, suggestion text, "confidencePercent" int, "isPreExisting" boolean`;

const stray = `(i.assignment_id is null and i.kind in (${strayKinds.map((kind) => `'${kind}'`).join(', ')}))`;

export async function recordOfIdentities(
  sql: Sql,
  identityIds: readonly string[],
  items: readonly FoundItem[],
): Promise<ItemChanges> {
  const opened = await open(sql, items);
  const { count } = await sql.query(
    `delete from reconciliation_item i where i.decision is null and not ${stray} and i.identity_id = any($1::uuid[]) and i.subject <> all($2::text[])`,
    [identityIds, items.map(({ subject }) => subject)],
  );
  return { opened, closed: count };
}

export async function recordOfAccounts(
  sql: Sql,
  resourceIds: readonly string[],
  items: readonly FoundItem[],
): Promise<ItemChanges> {
  const opened = await open(sql, items);
  const { count } = await sql.query(
    `delete from reconciliation_item i where i.decision is null and ${stray} and i.resource_id = any($1::uuid[]) and i.subject <> all($2::text[])`,
    [resourceIds, items.map(({ subject }) => subject)],
  );
  return { opened, closed: count };
}

/** What was ignored, and an account that may stay unused, is not asked for again while it is the same. */
async function open(sql: Sql, items: readonly FoundItem[]): Promise<number> {
  if (items.length === 0) return 0;
  const { rows } = await sql.query<{ isNew: boolean }>(
    `insert into reconciliation_item as i (id, kind, subject, group_key, identity_id, resource_id, assignment_id, resource_type, role, property,
       target_key, current_value, expected_value, suggestion, confidence_percent, is_pre_existing)
     select gen_random_uuid(), f.kind, f.subject, f."groupKey", f."identityId", f."resourceId", f."assignmentId", f."resourceType", f.role, f.property,
       f."targetKey", f."currentValue", f."expectedValue", f.suggestion, f."confidencePercent", f."isPreExisting"
     from jsonb_to_recordset($1::jsonb) as f(${itemShape})
     where not exists (select from reconciliation_item o where o.subject = f.subject
       and (o.decision = 'IGNORE' or (o.decision = 'KEEP' and (o.kind = 'UNUSED_ACCOUNT' or o.subject like '%:left'))))
     order by f.subject
     on conflict (subject) where decision is null do update set group_key = excluded.group_key, identity_id = excluded.identity_id,
       resource_type = excluded.resource_type, suggestion = excluded.suggestion, confidence_percent = excluded.confidence_percent,
       current_value = excluded.current_value, expected_value = excluded.expected_value
     where (i.group_key, i.identity_id, i.resource_type, i.suggestion, i.confidence_percent, i.current_value, i.expected_value) is distinct from
       (excluded.group_key, excluded.identity_id, excluded.resource_type, excluded.suggestion, excluded.confidence_percent,
        excluded.current_value, excluded.expected_value)
     returning xmax = 0 as "isNew"`,
    [JSON.stringify(items)],
  );
  return rows.filter(({ isNew }) => isNew).length;
}

/** A run that began earlier than the last one must not hide what that one has not seen. */
export async function finish(sql: Sql, startedAt: string): Promise<ItemChanges> {
  const { count } = await sql.query(
    `delete from reconciliation_item i where i.decision is null and ${stray} and ${isOwned('i.resource_id')}`,
  );
  await sql.query(
    `insert into reconciliation_state (examined_at) values ($1::timestamptz)
     on conflict (is_only) do update set examined_at = greatest(reconciliation_state.examined_at, excluded.examined_at)`,
    [startedAt],
  );
  return { opened: 0, closed: count };
}

/** Roles and values that were found and not decided, with the hours they have waited. */
export async function waitingItems(sql: Sql): Promise<readonly WaitingItem[]> {
  const { rows } = await sql.query<OpenItem & { readonly waitedHours: number }>(
    `select ${itemColumns}, (extract(epoch from clock_timestamp() - i.found_at) / 3600)::float8 as "waitedHours"
     from reconciliation_item i where i.decision is null and i.kind in ('ROLE', 'PROPERTY') order by i.id`,
  );
  return rows.map(({ waitedHours, ...item }) => ({ item, waitedHours }));
}
