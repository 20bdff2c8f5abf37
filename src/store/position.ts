// Positions of people and the order of dimension values: read with the identities they concern, and who is concerned by a change.
// Owns their SQL; what a context is made of is domain/role-model/context.ts'. Without a context rule nothing of it is asked.
import type { IdentitySource } from '../domain/role-model/context.js';
import type { Hierarchies, IdentitySnapshot, PositionRow } from '../domain/role-model/evaluation.js';
import type { Reading, SynchronizationSession } from '../steps/ports/synchronization.js';
import type { Sql } from './database.js';
import { quoted } from './fragment.js';

/** Two more parts of a question about rows `r`: the columns and the join that bring each row's positions as `positions`. */
export function positionParts({ positions }: IdentitySource): { readonly column: string; readonly join: string } {
  if (positions === null) return { column: '', join: '' };
  return {
    column: ', w.positions',
    // Literals: the index of identity-index.ts is made for this property of this entity type.
    join: `left join lateral (
      select jsonb_agg(jsonb_build_object('attributes', p.attributes, 'hash', p.hash) order by p.key collate "C") as positions from resource p
      where p.entity_type = ${quoted(positions.entityType)} and p.attributes ->> ${quoted(positions.person)} = r.key) w on true`,
  };
}

export interface WithPositions {
  /** Absent where the model has none, null where the person has none. */
  readonly positions?: readonly PositionRow[] | null;
}

/** What contexts are made of; nothing where the model has none. */
export const contextParts = (
  { positions }: WithPositions,
  hierarchies: Hierarchies,
): Pick<IdentitySnapshot, 'positions' | 'hierarchies'> => ({
  ...(positions === undefined ? {} : { positions: positions ?? [] }),
  ...(hierarchies.size === 0 ? {} : { hierarchies }),
});

/** Of all dimensions with an order; empty without any. */
export async function loadHierarchies(sql: Sql, { hierarchies }: IdentitySource): Promise<Hierarchies> {
  const loaded = new Map<string, ReadonlyMap<string, string | null>>();
  for (const { dimension, entityType, parent } of hierarchies) {
    const { rows } = await sql.query<{ key: string; parent: string | null }>(
      `select key, nullif(attributes ->> $2, '') as parent from resource where entity_type = $1`,
      [entityType, parent],
    );
    loaded.set(dimension, new Map(rows.map((row) => [row.key, row.parent])));
  }
  return loaded;
}

/**
 * People whose contexts a staged reading changes: asked before it is applied, since a position that moves concerns its former
 * person, too. People that are new with the reading are not in it; they are marked anyway.
 */
export async function peopleOfContexts(
  sql: Sql,
  session: SynchronizationSession,
  readings: readonly Reading[],
): Promise<readonly string[]> {
  const source = readings.find(({ people }) => people !== undefined)?.people;
  if (source === undefined) return [];
  const read = new Set(readings.map(({ entityType }) => entityType));
  const people = new Set<string>();
  if (source.positions !== null && read.has(source.positions.entityType))
    for (const id of await ownersOfPositions(sql, session, source.entityType, source.positions)) people.add(id);
  for (const hierarchy of source.hierarchies.filter(({ entityType }) => read.has(entityType)))
    for (const id of await peopleBelow(sql, session, source, hierarchy)) people.add(id);
  return [...people];
}

async function ownersOfPositions(
  sql: Sql,
  session: SynchronizationSession,
  entityType: string,
  positions: NonNullable<IdentitySource['positions']>,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select p.id from (
       select s.attributes ->> $3 as key from synchronization_row s where s.session = $1 and s.entity_type = $2 and s.change in ('insert', 'update')
       union
       select r.attributes ->> $3 from synchronization_row s join resource r on r.id = s.id
       where s.session = $1 and s.entity_type = $2 and s.change in ('update', 'delete')) as touched
     join resource p on p.entity_type = $4 and p.key = touched.key`,
    [session.id, positions.entityType, positions.person, entityType],
  );
  return rows.map(({ id }) => id);
}

/** Those whose value is a row that moved, or lies below one, now or before. */
async function peopleBelow(
  sql: Sql,
  session: SynchronizationSession,
  source: IdentitySource,
  { entityType, parent, from }: IdentitySource['hierarchies'][number],
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `with recursive edges as (
       select key, attributes ->> $3 as parent from resource where entity_type = $2
       union
       select key, attributes ->> $3 from synchronization_row where session = $1 and entity_type = $2 and change in ('insert', 'update')),
     affected as (
       select s.key from synchronization_row s left join resource r on r.id = s.id
       where s.session = $1 and s.entity_type = $2
         and (s.change in ('insert', 'delete') or (s.change = 'update' and r.attributes ->> $3 is distinct from s.attributes ->> $3))
       union
       select e.key from edges e join affected a on a.key = e.parent)
     ${havingValue(source, from)}`,
    [session.id, entityType, parent, source.entityType],
  );
  return rows.map(({ id }) => id);
}

/** `from` null: the value is computed, and anybody may have it. */
function havingValue({ positions }: IdentitySource, from: IdentitySource['hierarchies'][number]['from']): string {
  const people = 'select p.id from resource p where p.entity_type = $4';
  if (from === null) return `${people} and exists (select from affected)`;
  if (from.row === 'person')
    return `${people} and p.attributes ->> ${quoted(from.property)} in (select key from affected)`;
  if (positions === null) return `${people} and false`;
  return `${people} and p.key in (
    select w.attributes ->> ${quoted(positions.person)} from resource w
    where w.entity_type = ${quoted(positions.entityType)} and w.attributes ->> ${quoted(from.property)} in (select key from affected))`;
}
