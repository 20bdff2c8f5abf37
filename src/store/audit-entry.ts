// Appends to the hash-chained audit inside the act's own transaction: no audit, no act. PostgreSQL makes the hash, so that
// whoever checks the chain needs nothing but SQL: the statement is in docs/operating.md.
import type { Sql } from './database.js';

export interface AuditEntry {
  /** `actorReference` of who acted. */
  readonly actor: string;
  /** `<subject>.<verb>`, e.g. `request.submit`. */
  readonly action: string;
  /** Global id of what was acted on. */
  readonly subject: string | null;
  /** Never a secret. */
  readonly before: unknown;
  readonly after: unknown;
}

// One chain: appenders queue on this lock until their commit (measured cost: about 340 appends a second).
const chainLock = 7_281_001;

/** The numbers, moments and states that are hashed are those that are stored: jsonb has one text for one value. */
const append = `
  with entry as (
    select nextval(pg_get_serial_sequence('audit_entry', 'id')) as id, clock_timestamp() as at, $1::text as actor, $2::text as action,
      $3::text as subject, $4::jsonb as before, $5::jsonb as after,
      coalesce((select hash from audit_entry order by id desc limit 1), '') as previous_hash
  )
  insert into audit_entry (id, at, actor, action, subject, before, after, previous_hash, hash)
  overriding system value
  select id, at, actor, action, subject, before, after, previous_hash,
    encode(sha256(convert_to(previous_hash || E'\\n' || jsonb_build_array(id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      actor, action, subject, before, after)::text, 'UTF8')), 'hex')
  from entry`;

export async function appendAudit(sql: Sql, { actor, action, subject, before, after }: AuditEntry): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1)', [chainLock]);
  await sql.query(append, [actor, action, subject, JSON.stringify(before ?? null), JSON.stringify(after ?? null)]);
}
