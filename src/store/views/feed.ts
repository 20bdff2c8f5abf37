// The event feed by position. Pages are the same for all readers of a kind, so those of the tail are kept for a moment:
// two hundred subscribers that wake at once cost one question.
import type { FeedLag, FeedPage, FeedQuestion, FeedView } from '../../steps/ports/feed.js';
import type { Sql } from '../database.js';
import { fromStored, type StoredFact } from '../stored-fact.js';

export interface FeedOptions {
  /** How long streams can be resumed. Default 24. */
  readonly retentionHours?: number;
}

export const feedView = (sql: Sql, { retentionHours = 24 }: FeedOptions = {}): FeedView => {
  const pages = new Map<string, Promise<FeedPage>>();
  return {
    lastPosition: () => lastPosition(sql),
    page: (question) => keptPage(sql, pages, question),
    lag: (position) => lagBehind(sql, position, retentionHours),
  };
};

async function lastPosition(sql: Sql): Promise<bigint> {
  const { rows } = await sql.query<{ last: string }>('select last::text as last from event_sequence');
  return BigInt(rows[0]?.last ?? 0);
}

const mostPagesKept = 64;

/** A page stays right when more events follow: its reader goes on after `until`. Only an empty one says nothing lasting. */
function keptPage(sql: Sql, pages: Map<string, Promise<FeedPage>>, question: FeedQuestion): Promise<FeedPage> {
  const key = `${question.from} ${question.limit} ${question.kinds.join()}`;
  const known = pages.get(key);
  if (known !== undefined) return known;
  const page = readFeed(sql, question);
  pages.set(key, page);
  page.then(
    ({ until }) => (until < question.from ? pages.delete(key) : trim(pages)),
    () => pages.delete(key),
  );
  return page;
}

function trim(pages: Map<string, Promise<FeedPage>>): void {
  for (const key of pages.keys()) {
    if (pages.size <= mostPagesKept) return;
    pages.delete(key);
  }
}

interface Row {
  readonly last: string;
  readonly position: string | null;
  readonly occurredAt: Date;
  readonly body: StoredFact;
}

/** One statement, so that facts and last position are of one snapshot. */
async function readFeed(sql: Sql, { from, kinds, limit }: FeedQuestion): Promise<FeedPage> {
  const { rows } = await sql.query<Row>(
    `select s.last::text as last, e.position::text as position, e.occurred_at as "occurredAt", e.body
     from event_sequence s
     left join lateral (select position, occurred_at, body from event where position >= $1 and kind = any($2) order by position limit $3) e on true
     order by e.position`,
    [from.toString(), kinds, limit],
  );
  const facts = rows.flatMap(({ position, occurredAt, body }) =>
    position === null
      ? []
      : [{ ...fromStored(body), position: BigInt(position), occurredAt: occurredAt.toISOString() }],
  );
  const last = BigInt(rows[0]?.last ?? 0);
  return { facts, until: facts.length === limit ? (facts.at(-1)?.position ?? last) : last };
}

async function lagBehind(sql: Sql, position: bigint, retentionHours: number): Promise<FeedLag | null> {
  const { rows } = await sql.query<{ last: string; next: string | null; isOld: boolean | null }>(
    `select s.last::text as last, e.position::text as next, e.occurred_at < clock_timestamp() - make_interval(hours => $2) as "isOld"
     from event_sequence s
     left join lateral (select position, occurred_at from event where position > $1 order by position limit 1) e on true`,
    [position.toString(), retentionHours],
  );
  const row = rows[0];
  if (row === undefined || BigInt(row.last) <= position) return null;
  const isKept = row.next !== null && BigInt(row.next) === position + 1n && row.isOld === false;
  if (isKept) return null;
  const lastPosition = BigInt(row.last);
  return { lastPosition, droppedCount: Number(lastPosition - position) };
}
