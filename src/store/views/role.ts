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
  countPeers: async (identityId) => {
    const { identityType } = await models.current();
    const department = identityType.identity?.department ?? null;
    return department === null ? 0 : countPeers(database, identityId, identityType.identifier, department);
  },
  lastUse: async (identityId, resourceTypes) => {
    const known = (await models.current()).resourceTypes;
    const used = resourceTypes.flatMap((resourceType) => {
      const property = known.get(resourceType)?.targetEntityType.lastUsedProperty ?? null;
      return property === null ? [] : [{ resourceType, property }];
    });
    return used.length === 0 ? null : lastUse(database, identityId, used);
  },
  resourceIds: (keys) => resourceIds(database, keys),
});

async function countPeers(sql: Sql, identityId: string, entityType: string, department: string): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count from resource me
     join resource peer on peer.entity_type = me.entity_type and peer.id <> me.id and peer.removed_at is null
       and peer.attributes ->> ${quoted(department)} = me.attributes ->> ${quoted(department)}
     where me.id = $1 and me.entity_type = $2`,
    [identityId, entityType],
  );
  return rows[0]?.count ?? 0;
}

async function lastUse(
  sql: Sql,
  identityId: string,
  used: readonly { readonly resourceType: string; readonly property: string }[],
): Promise<Date | null> {
  const { rows } = await sql.query<{ at: string | null }>(
    `select max(r.attributes ->> u.property) as at
     from unnest($2::text[], $3::text[]) as u(resource_type, property)
     join resource_assignment a on a.identity_id = $1 and a.resource_type = u.resource_type
     join resource r on r.id = a.resource_id`,
    [identityId, used.map(({ resourceType }) => resourceType), used.map(({ property }) => property)],
  );
  // A target may hold anything there: what is no moment was no use.
  const at = new Date(rows[0]?.at ?? '');
  return Number.isNaN(at.getTime()) ? null : at;
}

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
