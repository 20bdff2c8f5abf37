// The timeline out of what is kept anyway: facts of assignments and orders, comments of deciders, changes that readings found.
// Each source gives its newest entries before a place; merged and cut they are a page. Entries of a fact are the domain's.
import type { Page, PageRequest } from '../../domain/page.js';
import {
  byTime,
  entriesOf,
  isAfter,
  type TimelineEntry,
  type TimelinePlace,
  type TimelineQuestion,
} from '../../domain/timeline.js';
import type { TimelineViews } from '../../steps/ports/timeline.js';
import type { Database, Sql } from '../database.js';
import { fromStored, type StoredFact } from '../stored-fact.js';

const mostCounted = 10_000;

export const timelineViews = (database: Database): TimelineViews => ({
  page: (question, page) => readPage(database, question, page),
  count: async (question) => (await entriesBefore(database, question, null, mostCounted)).length,
});

async function readPage(
  sql: Sql,
  question: TimelineQuestion,
  { first, after }: PageRequest,
): Promise<Page<TimelineEntry>> {
  const place = after === null ? null : { at: String(after[0] ?? ''), key: String(after[1] ?? '') };
  const entries = await entriesBefore(sql, question, place, first + 1);
  const rows = entries.slice(0, first);
  return { rows, keys: rows.map(({ at, key }) => [at, key]), hasNextPage: entries.length > rows.length };
}

async function entriesBefore(
  sql: Sql,
  question: TimelineQuestion,
  place: TimelinePlace | null,
  limit: number,
): Promise<readonly TimelineEntry[]> {
  const sources = await Promise.all([
    ofFacts(sql, question, place, limit),
    comments(sql, question, place, limit),
    question.withResources ? readChanges(sql, question, place, limit) : [],
  ]);
  return sources.flat().sort(byTime).slice(0, limit);
}

interface FactRow {
  readonly id: string;
  readonly at: string;
  readonly executionId: string | null;
  readonly body: StoredFact;
}

const instant = (column: string): string => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** A fact of other assignments gives no entry: reading goes on until there are enough. */
async function ofFacts(
  sql: Sql,
  question: TimelineQuestion,
  place: TimelinePlace | null,
  limit: number,
): Promise<readonly TimelineEntry[]> {
  const found: TimelineEntry[] = [];
  for (let before: FactRow | null = null; found.length < limit; ) {
    const rows: readonly FactRow[] = await facts(
      sql,
      question,
      before?.at ?? place?.at ?? null,
      before?.id ?? null,
      limit,
    );
    for (const { id, at, executionId, body } of rows) {
      const fact = { ...fromStored(body), id, occurredAt: at, ...(executionId === null ? {} : { executionId }) };
      found.push(...entriesOf(fact, question).filter((entry) => isAfter(entry, place)));
    }
    if (rows.length < limit) break;
    before = rows.at(-1) ?? null;
  }
  return found;
}

async function facts(
  sql: Sql,
  { identityId, since }: TimelineQuestion,
  at: string | null,
  beforeId: string | null,
  limit: number,
): Promise<readonly FactRow[]> {
  const { rows } = await sql.query<FactRow>(
    `select id::text as id, ${instant('occurred_at')} as at, execution_id as "executionId", body from event
     where identity_id = $1 and body ? 'assignments' and ($2::timestamptz is null or occurred_at >= $2)
       and ($3::timestamptz is null or occurred_at <= $3) and ($4::bigint is null or id < $4)
     order by id desc limit $5`,
    [identityId, since, at, beforeId, limit],
  );
  return rows;
}

async function comments(
  sql: Sql,
  { identityId, requestIds }: TimelineQuestion,
  place: TimelinePlace | null,
  limit: number,
): Promise<readonly TimelineEntry[]> {
  const { rows } = await sql.query<Extract<TimelineEntry, { kind: 'comment' }>>(
    `select 'comment' as kind, * from (
       select ${instant('q.created_at')} as at, 'c' || q.id as key, q.requester as actor, q.id as "requestId", 'REQ-' || q.number as about, q.justification as body
       from assignment_request q
       where q.beneficiary_id = $1 and q.justification is not null and ($2::uuid[] is null or q.id = any($2))
       union all
       select ${instant('a.decided_at')}, 'c' || a.id, 'identity:' || a.decided_by, q.id, 'REQ-' || q.number, a.comment
       from assignment_request q join approval a on a.request_id = q.id
       where q.beneficiary_id = $1 and a.comment is not null and a.decided_at is not null and ($2::uuid[] is null or q.id = any($2))) c
     where $3::text is null or at < $3 or (at = $3 and key < $4) order by at desc, key desc limit $5`,
    [identityId, requestIds, place?.at ?? null, place?.key ?? null, limit],
  );
  return rows;
}

async function readChanges(
  sql: Sql,
  { identityId }: TimelineQuestion,
  place: TimelinePlace | null,
  limit: number,
): Promise<readonly TimelineEntry[]> {
  const { rows } = await sql.query<Extract<TimelineEntry, { kind: 'resource' }>>(
    `select 'resource' as kind, * from (
       select ${instant('c.occurred_at')} as at, 'r' || lpad(c.id::text, 19, '0') as key, nullif(c.origin, 'execution:') as actor,
         c.id::text as "changeId", c.resource_id as "resourceId", c.kind as change
       from resource_change c
       where c.resource_id in (select resource_id from resource_assignment where identity_id = $1 union select $1)
         and c.kind = 'UPDATE') r
     where $2::text is null or at < $2 or (at = $2 and key < $3) order by at desc, key desc limit $4`,
    [identityId, place?.at ?? null, place?.key ?? null, limit],
  );
  return rows;
}
