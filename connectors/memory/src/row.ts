// The rows of a store, by object type and key, and how the contract shows them.
import type { ObjectTypeDescription, StoredRow, TargetObject } from '@joinery/connector-kit';

/** Object type → key → row. The only mutable thing of a store's data. */
export type Tables = Map<string, Map<string, StoredRow>>;

export function tableOf(tables: Tables, objectType: string): Map<string, StoredRow> {
  const known = tables.get(objectType);
  if (known !== undefined) return known;
  const created = new Map<string, StoredRow>();
  tables.set(objectType, created);
  return created;
}

/** The row as the contract shows it; write-only attributes are left out, absent ones are null. */
export function toTargetObject(type: ObjectTypeDescription, key: string, row: StoredRow): TargetObject {
  const shown = type.attributes.filter((attribute) => attribute.isWriteOnly !== true);
  return {
    objectType: type.name,
    key,
    attributes: Object.fromEntries(
      shown.map(({ name }) => [name, name === type.keyAttribute ? key : (row.attributes[name] ?? null)]),
    ),
    links: Object.fromEntries(type.links.map(({ name }) => [name, [...(row.links[name] ?? [])].sort()])),
  };
}
