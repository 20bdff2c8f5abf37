// The rows of a store and what a delta does to them: no faults, no files, no clock.
import type { ApplyOutcome, ConnectorErrorCode, Delta, ObjectTypeDescription, ScalarValue, TargetObject } from '@joinery/connector-kit';

/** A row as the store holds it. */
export interface Row {
  readonly attributes: Readonly<Record<string, ScalarValue>>;
  readonly links: Readonly<Record<string, ReadonlySet<string>>>;
}

/** Object type → key → row. The only mutable thing of a store's data. */
export type Tables = Map<string, Map<string, Row>>;

const noRow: Row = { attributes: {}, links: {} };

export function tableOf(tables: Tables, objectType: string): Map<string, Row> {
  const known = tables.get(objectType);
  if (known !== undefined) return known;
  const created = new Map<string, Row>();
  tables.set(objectType, created);
  return created;
}

/** What the delta would do: the outcome, and the row to keep (null: none) when it is `applied`. */
export function decide(row: Row | undefined, delta: Delta): { readonly outcome: ApplyOutcome; readonly row: Row | null } {
  const changed = changedRow(row ?? noRow, delta);
  const isSame = changed === (row ?? noRow);
  switch (delta.kind) {
    case 'create':
      if (row === undefined) return { outcome: { kind: 'applied', key: delta.key }, row: changed };
      return { outcome: isSame ? { kind: 'alreadySo', key: delta.key } : refused(delta, 'ALREADY_EXISTS', 'it exists with other values'), row };
    case 'update':
      if (row === undefined) return { outcome: refused(delta, 'NOT_FOUND', 'it does not exist'), row: null };
      return { outcome: { kind: isSame ? 'alreadySo' : 'applied', key: delta.key }, row: changed };
    case 'delete':
      return { outcome: { kind: row === undefined ? 'alreadySo' : 'applied', key: delta.key }, row: null };
    default:
      return delta.kind satisfies never;
  }
}

export function refused(delta: Delta, code: ConnectorErrorCode, reason: string): ApplyOutcome {
  return { kind: 'refused', failure: { code, message: `Could not ${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}: ${reason}.` } };
}

/** The row as the contract shows it; write-only attributes are left out, absent ones are null. */
export function toTargetObject(type: ObjectTypeDescription, key: string, row: Row): TargetObject {
  const shown = type.attributes.filter((attribute) => attribute.isWriteOnly !== true);
  return {
    objectType: type.name,
    key,
    attributes: Object.fromEntries(shown.map(({ name }) => [name, name === type.keyAttribute ? key : (row.attributes[name] ?? null)])),
    links: Object.fromEntries(type.links.map(({ name }) => [name, [...(row.links[name] ?? [])].sort()])),
  };
}

/** The same object when nothing changes. */
function changedRow(row: Row, delta: Delta): Row {
  const values = Object.entries(delta.set).filter(([name, value]) => (row.attributes[name] ?? null) !== value);
  const links = changedLinks(row, delta);
  if (values.length === 0 && links === row.links) return row;
  return { attributes: values.length === 0 ? row.attributes : { ...row.attributes, ...Object.fromEntries(values) }, links };
}

function changedLinks(row: Row, delta: Delta): Row['links'] {
  const names = [...new Set([...Object.keys(delta.add), ...Object.keys(delta.remove)])];
  const changed = names.flatMap((name) => {
    const members = changedMembers(row.links[name], delta.add[name] ?? [], delta.remove[name] ?? []);
    return members === null ? [] : [[name, members] as const];
  });
  return changed.length === 0 ? row.links : { ...row.links, ...Object.fromEntries(changed) };
}

function changedMembers(present: ReadonlySet<string> | undefined, add: readonly string[], remove: readonly string[]): ReadonlySet<string> | null {
  const added = add.filter((member) => present?.has(member) !== true);
  const removed = remove.filter((member) => present?.has(member) === true);
  if (added.length === 0 && removed.length === 0) return null;
  const members = new Set(present);
  for (const member of removed) members.delete(member);
  for (const member of added) members.add(member);
  return members;
}
