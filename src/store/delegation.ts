// Delegations as rows: who decides for whom, from a day to a day. Made and ended with their audit in one transaction.
import { actorReference } from '../domain/actor.js';
import type { Delegation } from '../domain/delegation.js';
import { toGlobalId } from '../domain/global-id.js';
import type { DelegationStore, DelegationViews } from '../steps/ports/delegation.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';

const columns = `id, delegator_id as "delegatorId", delegate_id as "delegateId", start_date as "startDate", end_date as "endDate", reason,
  created_at as "createdAt", revoked_at as "revokedAt"`;

/** Row ids of those who let this identity decide for them on that day. */
export async function readDelegators(sql: Sql, delegateId: string, today: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ readonly id: string }>(
    `select distinct delegator_id as id from delegation
     where delegate_id = $1 and revoked_at is null and $2::date between start_date and end_date order by 1`,
    [delegateId, today],
  );
  return rows.map(({ id }) => id);
}

export const delegationStore = (database: Database): DelegationStore => ({
  ofDelegator: async (delegatorId) => {
    const { rows } = await database.query<Delegation>(
      `select ${columns} from delegation where delegator_id = $1 and revoked_at is null order by start_date, id`,
      [delegatorId],
    );
    return rows;
  },
  load: async (id) => {
    const { rows } = await database.query<Delegation>(`select ${columns} from delegation where id = $1`, [id]);
    return rows[0] ?? null;
  },
  create: (delegation, actor) =>
    database.transaction(async (sql) => {
      const { id, delegatorId, delegateId, startDate, endDate, reason } = delegation;
      await sql.query(
        `insert into delegation (id, delegator_id, delegate_id, start_date, end_date, reason, created_by) values ($1, $2, $3, $4, $5, $6, $7)`,
        [id, delegatorId, delegateId, startDate, endDate, reason, actorReference(actor)],
      );
      await appendAudit(sql, {
        actor: actorReference(actor),
        action: 'delegation.create',
        subject: toGlobalId('Delegation', id),
        before: null,
        after: {
          delegator: toGlobalId('Identity', delegatorId),
          delegate: toGlobalId('Identity', delegateId),
          startDate,
          endDate,
          reason,
        },
      });
    }),
  revoke: (id, actor) =>
    database.transaction(async (sql) => {
      const { rows } = await sql.query(
        'update delegation set revoked_at = clock_timestamp() where id = $1 and revoked_at is null returning id',
        [id],
      );
      if (rows.length === 0) return false;
      await appendAudit(sql, {
        actor: actorReference(actor),
        action: 'delegation.revoke',
        subject: toGlobalId('Delegation', id),
        before: null,
        after: { revoked: true },
      });
      return true;
    }),
});

export const delegationViews = (database: Database): DelegationViews => ({
  byIds: async (ids) => {
    const { rows } = await database.query<Delegation>(`select ${columns} from delegation where id = any($1::uuid[])`, [
      ids,
    ]);
    return new Map(rows.map((row) => [row.id, row]));
  },
  ofPeople: async (ids) => {
    const { rows } = await database.query<Delegation>(
      `select ${columns} from delegation where revoked_at is null and (delegator_id = any($1::uuid[]) or delegate_id = any($1::uuid[]))
       order by start_date, id`,
      [ids],
    );
    return rows;
  },
});
