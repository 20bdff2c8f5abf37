// What lists of roles ask of the tables: roles among peers, and the rows that effects of roles point to.
import type { ModelSource } from '../../steps/ports/model.js';
import type { ResourceKey, RoleViews } from '../../steps/ports/role.js';
import type { Database, Sql } from '../database.js';
import { quoted } from '../fragment.js';

export const roleViews = (database: Database, models: ModelSource): RoleViews => ({
  heldByPeers: async (identityId) => {
    const { identityType } = await models.current();
    const department = identityType.identity?.department ?? null;
    return department === null ? new Map() : heldByPeers(database, identityId, identityType.identifier, department);
  },
  resourceIds: (keys) => resourceIds(database, keys),
});

async function heldByPeers(
  sql: Sql,
  identityId: string,
  entityType: string,
  department: string,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ role: string; count: number }>(
    `select held.role, count(*)::int as count
     from resource me
     join resource peer on peer.entity_type = me.entity_type and peer.id <> me.id and peer.removed_at is null
       and peer.attributes ->> ${quoted(department)} = me.attributes ->> ${quoted(department)}
     join identity_state s on s.identity_id = peer.id
     cross join unnest(s.roles) as held(role)
     where me.id = $1 and me.entity_type = $2
     group by held.role`,
    [identityId, entityType],
  );
  return new Map(rows.map(({ role, count }) => [role, count]));
}

async function resourceIds(sql: Sql, keys: readonly ResourceKey[]): Promise<readonly (string | null)[]> {
  const { rows } = await sql.query<{ id: string | null }>(
    `select r.id from unnest($1::text[], $2::text[]) with ordinality as k(entity_type, key, place)
     left join resource r on r.entity_type = k.entity_type and r.key = k.key and r.removed_at is null
     order by k.place`,
    [keys.map(({ entityType }) => entityType), keys.map(({ key }) => key)],
  );
  return rows.map(({ id }) => id);
}
