// What decisions about found things do to the rows of the role model. The computation carries them on; only what nobody owns
// gets its change here. Owns these writes; which decision fits which item is domain/reconciliation-decision.ts'.
import type { OpenItem } from '../domain/reconciliation-decision.js';
import type { DecidedItem, DecisionCommit } from '../steps/ports/reconciliation-item.js';
import type { Sql } from './database.js';

/** Somebody was faster with what an item is about: nothing may be written. */
export class StaleItems extends Error {
  constructor(readonly ids: readonly string[]) {
    super(`What ${ids.length} items are about has changed since they were loaded.`);
  }
}

/** Must have written one row for each item. */
async function each(
  sql: Sql,
  items: readonly DecidedItem[],
  text: string,
  parameters: readonly unknown[] = [],
): Promise<void> {
  if (items.length === 0) return;
  const { rows } = await sql.query<{ id: string }>(text, [JSON.stringify(items.map(columnsOf)), ...parameters]);
  const written = new Set(rows.map(({ id }) => id));
  const stale = items.filter(({ item }) => !written.has(item.id));
  if (stale.length > 0) throw new StaleItems(stale.map(({ item }) => item.id));
}

const columnsOf = ({ item, decision }: DecidedItem) => ({
  ...item,
  comment: decision.comment,
  ownerId: decision.ownerId,
  targetKey: item.targetKey ?? '',
});

const shape = `id uuid, "identityId" uuid, "resourceId" uuid, "assignmentId" uuid, "resourceType" text, role text, property text, "targetKey" text,
  comment text, "ownerId" uuid`;
const given = `jsonb_to_recordset($1::jsonb) as d(${shape})`;

/** Every decision of the commit; facts, marks and the items themselves are the caller's. */
export async function takeEffect(sql: Sql, commit: DecisionCommit): Promise<void> {
  const of = (isOne: (decided: DecidedItem) => boolean): readonly DecidedItem[] => commit.items.filter(isOne);
  const are = (kind: OpenItem['kind'], decision: string) =>
    of(({ item, decision: asked }) => item.kind === kind && asked.decision === decision);
  await moveRoles(sql, are('ROLE', 'KEEP'), 'APPROVED', commit.decidedBy);
  await moveRoles(sql, are('ROLE', 'REMOVE'), 'CANCELLATION', commit.decidedBy);
  await writeValues(sql, are('PROPERTY', 'KEEP'), 'APPROVED', commit.decidedBy);
  await writeValues(
    sql,
    [...are('PROPERTY', 'CORRECT'), ...are('PROPERTY', 'REMOVE')],
    'CANCELLATION',
    commit.decidedBy,
  );
  const accounts = of(
    ({ item, decision }) =>
      item.kind !== 'ROLE' &&
      item.kind !== 'PROPERTY' &&
      item.kind !== 'UNUSED_ACCOUNT' &&
      isEffective(decision.decision),
  );
  const lost = accounts.filter(({ item }) => item.assignmentId !== null);
  const stray = accounts.filter(({ item }) => item.assignmentId === null);
  await moveAccounts(sql, lost.filter(isKept), 'APPROVED');
  await moveAccounts(sql, lost.filter(isRemoved), 'DECLINED');
  await giveUp(sql, lost.filter(isLinked));
  await keepStrays(sql, stray.filter(isKept), commit);
  await removeStrays(sql, stray.filter(isRemoved), commit);
  await linkAll(sql, accounts.filter(isLinked), commit);
}

const isEffective = (decision: string): boolean => ['KEEP', 'REMOVE', 'LINK'].includes(decision);
const isKept = ({ decision }: DecidedItem): boolean => decision.decision === 'KEEP';
const isRemoved = ({ decision }: DecidedItem): boolean => decision.decision === 'REMOVE';
const isLinked = ({ decision }: DecidedItem): boolean => decision.decision === 'LINK';

const moveRoles = (
  sql: Sql,
  items: readonly DecidedItem[],
  to: 'APPROVED' | 'CANCELLATION',
  decidedBy: string,
): Promise<void> =>
  each(
    sql,
    items,
    `update role_assignment x set workflow_state = $2, decided_by = $3, comment = d.comment, updated_at = clock_timestamp() from ${given}
     where x.identity_id = d."identityId" and x.role = d.role and x.workflow_state in ('NON_CONFORMING', 'PRE_EXISTING') returning d.id`,
    [to, decidedBy],
  );

/** A value's row was written when it was found; a link gets its row now. CANCELLATION: the next computation overwrites it, or takes it out. */
async function writeValues(
  sql: Sql,
  items: readonly DecidedItem[],
  to: 'APPROVED' | 'CANCELLATION',
  decidedBy: string,
): Promise<void> {
  await each(
    sql,
    items.filter(({ item }) => item.targetKey === null),
    `update value_assignment v set workflow_state = $2, decided_by = $3, decided_at = clock_timestamp(), comment = d.comment from ${given}
     where v.assignment_id = d."assignmentId" and v.property = d.property and v.target_key = ''
       and v.workflow_state in ('NON_CONFORMING', 'PRE_EXISTING') returning d.id`,
    [to, decidedBy],
  );
  await each(
    sql,
    items.filter(({ item }) => item.targetKey !== null),
    `with written as (
       insert into value_assignment (assignment_id, property, target_key, workflow_state, value, expected, decided_by, decided_at, comment)
       select d."assignmentId", d.property, d."targetKey", $2, to_jsonb(d."targetKey"), null, $3, clock_timestamp(), d.comment from ${given}
         join resource_assignment a on a.id = d."assignmentId"
       on conflict (assignment_id, property, target_key) do update set workflow_state = excluded.workflow_state, value = excluded.value,
         expected = excluded.expected, decided_by = excluded.decided_by, decided_at = excluded.decided_at, comment = excluded.comment
       returning assignment_id, property, target_key)
     select d.id from ${given} join written w on w.assignment_id = d."assignmentId" and w.property = d.property and w.target_key = d."targetKey"`,
    [to, decidedBy],
  );
}

/** An account that is not due and was left where it is. DECLINED: the next computation removes it. */
const moveAccounts = (sql: Sql, items: readonly DecidedItem[], to: 'APPROVED' | 'DECLINED'): Promise<void> =>
  each(
    sql,
    items,
    `update resource_assignment a set workflow_state = $2, declined_hash = null, updated_at = clock_timestamp() from ${given}
     where a.id = d."assignmentId" and not a.is_due returning d.id`,
    [to],
  );

const giveUp = (sql: Sql, items: readonly DecidedItem[]): Promise<void> =>
  each(
    sql,
    items,
    `with gone as (select d.id, d."assignmentId" from ${given}), deleted as (
       delete from resource_assignment a using gone g where a.id = g."assignmentId" and not a.is_due returning g.id)
     select id from deleted`,
  );

const isNobodys = `not exists (select from resource_assignment w where w.resource_id = r.id and w.identity_id <> r.id)`;

/** `expected_hash` is empty: it was never compared with a wish. */
const linkedColumns = `id, identity_id, resource_type, slot, resource_id, resource_key, is_due, expected, expected_hash, observed_hash, base_hash, workflow_state, provisioning_state`;
const linkedValues = (identity: string): string =>
  `gen_random_uuid(), ${identity}, d."resourceType",
   coalesce((select max(h.slot) + 1 from resource_assignment h where h.identity_id = ${identity} and h.resource_type = d."resourceType"), 0),
   r.id, r.key, false, jsonb_build_object('key', r.key, 'rule', '', 'values', '{}'::jsonb, 'links', '{}'::jsonb), '', r.hash, r.hash`;

/** The owner's from now on, though no rule gives it; what it holds today is kept with it, what comes later is listed. */
async function keepStrays(
  sql: Sql,
  items: readonly DecidedItem[],
  { links, decidedBy }: DecisionCommit,
): Promise<void> {
  for (const item of items) await keepStray(sql, item);
  if (items.length === 0) return;
  await sql.query(
    `insert into value_assignment (assignment_id, property, target_key, workflow_state, value, decided_by, decided_at)
     select a.id, l.property, l.target_key, 'APPROVED', to_jsonb(l.target_key), $4, clock_timestamp() from resource_assignment a
       join unnest($2::text[], $3::text[]) as m(type, property) on m.type = a.resource_type
       join resource_link l on l.resource_id = a.resource_id and l.property = m.property
     where a.resource_id = any($1::uuid[]) and not a.is_due on conflict do nothing`,
    [
      items.map(({ item }) => item.resourceId),
      links.map(({ resourceType }) => resourceType),
      links.map(({ property }) => property),
      decidedBy,
    ],
  );
}

/** One by one: two accounts of one person must not get one slot. */
const keepStray = (sql: Sql, item: DecidedItem): Promise<void> =>
  each(
    sql,
    [item],
    `with kept as (
       insert into resource_assignment (${linkedColumns})
       select ${linkedValues('d."identityId"')}, 'APPROVED', 'VERIFIED' from ${given} join resource r on r.id = d."resourceId" where ${isNobodys} returning resource_id)
     select d.id from ${given} join kept k on k.resource_id = d."resourceId"`,
  );

/** Whoever waits for such an account gets it; whoever has none, and no rule that gives one, keeps it. */
async function linkAll(sql: Sql, items: readonly DecidedItem[], { multipleTypes }: DecisionCommit): Promise<void> {
  for (const item of items) {
    const { rows } = await sql.query<{ isWaiting: boolean; hasOther: boolean }>(
      `select coalesce(bool_or(resource_id is null), false) as "isWaiting", coalesce(bool_or(resource_id is not null), false) as "hasOther"
       from resource_assignment where identity_id = $1 and resource_type = $2`,
      [item.decision.ownerId, item.item.resourceType],
    );
    const isMany = multipleTypes.includes(item.item.resourceType ?? '');
    if (rows[0]?.hasOther === true && !isMany) throw new StaleItems([item.item.id]);
    await (rows[0]?.isWaiting === true ? linkWaiting(sql, item) : linkNew(sql, item));
  }
}

const linkWaiting = (sql: Sql, item: DecidedItem): Promise<void> =>
  each(
    sql,
    [item],
    `update resource_assignment a set resource_id = r.id, resource_key = r.key, observed_hash = null, base_hash = null, expected_hash = '',
       confidence_percent = null, declined_hash = null, desired_version = a.desired_version + 1, updated_at = clock_timestamp()
     from ${given} join resource r on r.id = d."resourceId"
     where a.identity_id = d."ownerId" and a.resource_type = d."resourceType" and a.resource_id is null and ${isNobodys} returning d.id`,
  );

const linkNew = (sql: Sql, item: DecidedItem): Promise<void> =>
  each(
    sql,
    [item],
    `with linked as (
       insert into resource_assignment (${linkedColumns})
       select ${linkedValues('d."ownerId"')}, 'APPROVED', 'VERIFIED' from ${given} join resource r on r.id = d."resourceId" where ${isNobodys} returning resource_id)
     select d.id from ${given} join linked k on k.resource_id = d."resourceId"`,
  );

/**
 * Removed by an ordinary order. Nobody owns it: until it is gone it stands for itself, so no computation touches the change.
 * Such a row of an earlier decision, whose order a reviewer declined, is used again.
 */
const removeStrays = (sql: Sql, items: readonly DecidedItem[], { reviewedTypes }: DecisionCommit): Promise<void> =>
  each(
    sql,
    items,
    `with removed as (
       insert into resource_assignment as a (id, identity_id, resource_type, resource_id, resource_key, is_due, expected, expected_hash, base_hash,
         workflow_state, provisioning_state, delta)
       select gen_random_uuid(), r.id, d."resourceType", r.id, r.key, false,
         jsonb_build_object('key', r.key, 'rule', '', 'values', '{}'::jsonb, 'links', '{}'::jsonb), 'removal', r.hash, 'CANCELLATION',
         case when d."resourceType" = any($2::text[]) then 'AWAITING_APPROVAL' else 'PENDING' end,
         jsonb_build_object('kind', 'DELETE', 'key', r.key, 'scalars', '[]'::jsonb, 'links', '[]'::jsonb)
       from ${given} join resource r on r.id = d."resourceId" where ${isNobodys} and d."resourceType" is not null
       on conflict (identity_id, resource_type, slot) do update set provisioning_state = excluded.provisioning_state, delta = excluded.delta,
         base_hash = excluded.base_hash, declined_hash = null, desired_version = a.desired_version + 1, updated_at = clock_timestamp()
       returning resource_id)
     select d.id from ${given} join removed k on k.resource_id = d."resourceId"`,
    [reviewedTypes],
  );
