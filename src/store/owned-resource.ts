// Resources that Joinery owns itself: read page by page, changed one at a time under their lock, and whom it concerns marked.
import type { Attributes } from '../domain/configuration.js';
import { canonicalContent, type Digest, type ResourceContent } from '../domain/resource.js';
import type { OwnedChange, OwnedResourceStore } from '../steps/ports/owned-resource.js';
import type { Database, Sql } from './database.js';
import { markDirty } from './dirty-identity.js';

export interface OwnedResourceOptions {
  readonly digest: Digest;
  readonly newId: () => string;
}

export const ownedResourceStore = (database: Database, options: OwnedResourceOptions): OwnedResourceStore => ({
  page: async (entityType, after, limit) => {
    const { rows } = await database.query<ResourceContent>(
      `select ${columns} from resource r where entity_type = $1 and removed_at is null and ($2::text is null or key > $2)
       order by key limit $3`,
      [entityType, after, limit],
    );
    return rows;
  },
  read: async (entityType, key) => (await find(database, entityType, key))?.content ?? null,
  missing: async (entityType, keys) => {
    const { rows } = await database.query<{ key: string }>(
      `select k as key from unnest($2::text[]) k where not exists (
         select from resource where entity_type = $1 and key = k and removed_at is null)`,
      [entityType, keys],
    );
    return rows.map(({ key }) => key);
  },
  change: (change) => database.transaction((sql) => apply(sql, change, options)),
});

const columns = `r.key, r.attributes, coalesce((select jsonb_object_agg(l.property, l.keys) from (
  select property, jsonb_agg(target_key order by target_key collate "C") as keys from resource_link where resource_id = r.id group by property) l), '{}') as links`;

interface Found {
  readonly id: string;
  readonly isRemoved: boolean;
  readonly content: ResourceContent | null;
}

async function find(sql: Sql, entityType: string, key: string): Promise<Found | null> {
  const { rows } = await sql.query<{
    id: string;
    isRemoved: boolean;
    key: string;
    attributes: Attributes;
    links: ResourceContent['links'];
  }>(
    `select r.id, r.removed_at is not null as "isRemoved", ${columns} from resource r where entity_type = $1 and key = $2`,
    [entityType, key],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { id, isRemoved, ...content } = row;
  return { id, isRemoved, content: isRemoved ? null : content };
}

async function apply(sql: Sql, change: OwnedChange, options: OwnedResourceOptions): Promise<void> {
  const { entityType, key, isPeople, next } = change;
  // A row that is not there yet has no lock of its own.
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`resource:${entityType}:${key}`]);
  const found = await find(sql, entityType, key);
  const present = found?.content ?? null;
  const after = next(present);
  if (after === present) return;
  const touched = found === null ? [] : await ownersOf(sql, found.id);
  const id =
    after === null
      ? await remove(sql, found, isPeople)
      : await write(sql, entityType, after, found?.id ?? null, options);
  await markDirty(sql, [...touched, ...(isPeople && id !== null ? [id] : [])], 'synchronization');
}

/** People whose account it is. */
async function ownersOf(sql: Sql, resourceId: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select distinct identity_id as id from resource_assignment where resource_id = $1 and identity_id <> resource_id',
    [resourceId],
  );
  return rows.map(({ id }) => id);
}

async function remove(sql: Sql, found: Found | null, isPeople: boolean): Promise<string | null> {
  if (found === null) return null;
  if (!isPeople) {
    await sql.query('delete from resource where id = $1', [found.id]);
    return null;
  }
  await sql.query(
    'update resource set removed_at = clock_timestamp(), updated_at = clock_timestamp(), version = version + 1 where id = $1',
    [found.id],
  );
  return found.id;
}

async function write(
  sql: Sql,
  entityType: string,
  content: ResourceContent,
  presentId: string | null,
  { digest, newId }: OwnedResourceOptions,
): Promise<string> {
  const id = presentId ?? newId();
  await sql.query(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, $2, $3, $4, $5, clock_timestamp())
     on conflict (entity_type, key) do update set attributes = excluded.attributes, hash = excluded.hash, seen_at = excluded.seen_at,
       updated_at = clock_timestamp(), version = resource.version + 1, removed_at = null`,
    [id, entityType, content.key, JSON.stringify(content.attributes), digest(canonicalContent(content))],
  );
  await sql.query(
    `with wanted as (select l.key as property, t.target from jsonb_each($2::jsonb) l cross join lateral jsonb_array_elements_text(l.value) as t(target)),
     gone as (
       delete from resource_link k where k.resource_id = $1
         and not exists (select from wanted x where x.property = k.property and x.target = k.target_key))
     insert into resource_link (resource_id, property, target_key) select $1, property, target from wanted on conflict do nothing`,
    [id, JSON.stringify(content.links)],
  );
  return id;
}
