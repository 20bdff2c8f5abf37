// How much of a compared reading Joinery made itself: rows that orders wrote, or may have written, and nobody has seen since.
// Owns finding those orders; what makes a difference ours is domain/own-change.ts'.
import type { ResourceDelta } from '../domain/assignment.js';
import type { Attributes } from '../domain/configuration.js';
import { isOwnChange, linkCounts } from '../domain/own-change.js';
import type { ResourceContent } from '../domain/resource.js';
import { noChanges, type ReadingChanges } from '../domain/synchronization.js';
import type { Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Sql } from './database.js';

interface WrittenRow {
  readonly number: string;
  readonly entityType: string;
  readonly key: string;
  readonly change: 'insert' | 'update' | 'delete';
  readonly attributes: Attributes;
  readonly links: ResourceContent['links'];
  readonly knownAttributes: Attributes;
  readonly knownLinks: ResourceContent['links'];
  readonly deltas: readonly ResourceDelta[];
}

/** Orders looked at in one question: bounds memory. */
const pageSize = 1_000;

/** EXECUTED: the system said yes. The others: a try, or a person, may have written it. */
const writing = {
  EXECUTED: '',
  PENDING: ' and (o.is_uncertain or o.lease_until is not null)',
  TRANSMITTED: '',
} as const;
type Writing = keyof typeof writing;

/** By entity type; the stage must be compared. Without such orders three questions of an index. */
export async function ownChangesOf(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<ReadonlyMap<string, ReadingChanges>> {
  const pairs = readings.flatMap(({ entityType, resourceTypes }) =>
    resourceTypes.map((resourceType) => ({ entityType, resourceType })),
  );
  const counts = new Map<string, ReadingChanges>();
  if (pairs.length === 0) return counts;
  for (const state of Object.keys(writing) as Writing[]) {
    for (let after: string | null = '0'; after !== null; ) {
      const rows: readonly WrittenRow[] = await writtenRows(sql, session, pairs, state, after);
      for (const row of rows) count(counts, row);
      after = rows.length < pageSize ? null : (rows.at(-1)?.number ?? null);
    }
  }
  return counts;
}

/** Each differing row once, by the newest of its orders; with it whatever was written since the row was last seen. */
async function writtenRows(
  sql: Sql,
  session: SynchronizationSession,
  pairs: readonly { readonly entityType: string; readonly resourceType: string }[],
  state: Writing,
  after: string,
): Promise<readonly WrittenRow[]> {
  const { rows } = await sql.query<WrittenRow>(
    `select o.number, s.entity_type as "entityType", s.key, s.change, s.attributes, s.links, coalesce(r.attributes, '{}') as "knownAttributes",
       coalesce((select jsonb_object_agg(l.property, l.targets) from (
         select property, jsonb_agg(target_key) as targets from resource_link where resource_id = r.id group by 1) l), '{}') as "knownLinks",
       written.deltas
     from provisioning_order o
     join unnest($2::text[], $3::text[]) as m(resource_type, entity_type) on m.resource_type = o.resource_type
     join synchronization_row s on s.session = $1 and s.entity_type = m.entity_type and s.key = o.delta ->> 'key' and s.change in ('insert', 'update', 'delete')
     left join resource r on r.id = s.id
     cross join lateral (
       select jsonb_agg(p.delta order by p.number) as deltas, max(p.number) as newest from provisioning_order p
       where p.assignment_id = o.assignment_id and (p.state = 'EXECUTED' or p.state = 'TRANSMITTED'
         or (p.state = 'PENDING' and (p.is_uncertain or p.lease_until is not null))
         or (p.state = 'INACTIVE' and p.executed_at >= coalesce(r.seen_at, '-infinity')))) as written
     where o.state = '${state}'${writing[state]} and o.number > $4 and written.newest = o.number
     order by o.number limit ${pageSize}`,
    [session.id, pairs.map(({ resourceType }) => resourceType), pairs.map(({ entityType }) => entityType), after],
  );
  return rows;
}

function count(counts: Map<string, ReadingChanges>, row: WrittenRow): void {
  const read = row.change === 'delete' ? null : { key: row.key, attributes: row.attributes, links: row.links };
  const known =
    row.change === 'insert' ? null : { key: row.key, attributes: row.knownAttributes, links: row.knownLinks };
  if (!isOwnChange(row.deltas, known, read)) return;
  const before = counts.get(row.entityType) ?? noChanges;
  const links = known === null || read === null ? { linksAdded: 0, linksRemoved: 0 } : linkCounts(known, read);
  counts.set(row.entityType, {
    inserted: before.inserted + (row.change === 'insert' ? 1 : 0),
    updated: before.updated + (row.change === 'update' ? 1 : 0),
    deleted: before.deleted + (row.change === 'delete' ? 1 : 0),
    linksAdded: before.linksAdded + links.linksAdded,
    linksRemoved: before.linksRemoved + links.linksRemoved,
  });
}
