// The rows of a store, by object type and key, and how the contract shows them.
// Owns how a row is found by its name where the store gives keys.
import type { ObjectTypeDescription, StoredRow, TargetObject } from '@joinery/connector-kit';

type Table = Map<string, StoredRow>;

/** Object type → key → row. The only mutable thing of a store's data. */
export type Tables = Map<string, Table>;

export function tableOf(tables: Tables, objectType: string): Table {
  const known = tables.get(objectType);
  if (known !== undefined) return known;
  const created: Table = new Map();
  tables.set(objectType, created);
  return created;
}

/** The key of the row that has this key or this name; undefined when there is none. */
export function keyIn(
  table: ReadonlyMap<string, StoredRow>,
  { nameAttribute }: ObjectTypeDescription,
  keyOrName: string,
): string | undefined {
  if (table.has(keyOrName)) return keyOrName;
  if (nameAttribute === undefined) return undefined;
  for (const [key, row] of table) if (row.attributes[nameAttribute] === keyOrName) return key;
  return undefined;
}

/** The row with what holds although nobody wrote it: a row is enabled unless it says otherwise. */
export function completed({ disabling }: ObjectTypeDescription, row: StoredRow): StoredRow {
  if (disabling === undefined || (row.attributes[disabling.attribute] ?? null) !== null) return row;
  return { ...row, attributes: { ...row.attributes, [disabling.attribute]: disabling.enabledValue } };
}

/** The row as the contract shows it; write-only attributes are left out, absent ones are null. */
export function toTargetObject(type: ObjectTypeDescription, key: string, row: StoredRow): TargetObject {
  const { attributes, links } = completed(type, row);
  const shown = type.attributes.filter((attribute) => attribute.isWriteOnly !== true);
  return {
    objectType: type.name,
    key,
    attributes: Object.fromEntries(
      shown.map(({ name }) => [name, name === type.keyAttribute ? key : (attributes[name] ?? null)]),
    ),
    links: Object.fromEntries(type.links.map(({ name }) => [name, [...(links[name] ?? [])].sort()])),
  };
}
