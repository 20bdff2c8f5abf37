// What a delta does to a row, for packages that hold the rows themselves: pure, and the same rules everywhere.
// Packages whose managed system decides (a database) ask it instead.
import type { ApplyOutcome, ConnectorErrorCode, Delta, ScalarValue } from './contract.js';

/** A row as a package holds it; an attribute that is absent is null. */
export interface StoredRow {
  readonly attributes: Readonly<Record<string, ScalarValue>>;
  readonly links: Readonly<Record<string, ReadonlySet<string>>>;
}

/** The outcome, and the row to keep: null for none, the very same row when nothing changes. */
export interface DeltaEffect {
  readonly outcome: ApplyOutcome;
  readonly row: StoredRow | null;
}

const noRow: StoredRow = { attributes: {}, links: {} };

/** Decides what becomes of the row; `present` is null when there is none. */
export function effectOf(present: StoredRow | null, delta: Delta): DeltaEffect {
  switch (delta.kind) {
    case 'create':
      return present === null
        ? { outcome: { kind: 'applied', key: delta.key }, row: changedRow(noRow, delta) }
        : created(present, delta);
    case 'update':
      return present === null
        ? { outcome: refusal(delta, 'NOT_FOUND', 'it does not exist'), row: null }
        : updated(present, delta);
    case 'delete':
      return { outcome: { kind: present === null ? 'alreadySo' : 'applied', key: delta.key }, row: null };
    default:
      return delta.kind satisfies never;
  }
}

/** A refused outcome in the words every package uses. */
export function refusal(delta: Delta, code: ConnectorErrorCode, reason: string): ApplyOutcome {
  return {
    kind: 'refused',
    failure: { code, message: `Could not ${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}: ${reason}.` },
  };
}

function created(present: StoredRow, delta: Delta): DeltaEffect {
  const isEqual = changedRow(present, delta) === present;
  return {
    outcome: isEqual
      ? { kind: 'alreadySo', key: delta.key }
      : refusal(delta, 'ALREADY_EXISTS', 'it exists with other values'),
    row: present,
  };
}

function updated(present: StoredRow, delta: Delta): DeltaEffect {
  const row = changedRow(present, delta);
  return { outcome: { kind: row === present ? 'alreadySo' : 'applied', key: delta.key }, row };
}

function changedRow(row: StoredRow, delta: Delta): StoredRow {
  const values = Object.entries(delta.set).filter(([name, value]) => (row.attributes[name] ?? null) !== value);
  const links = changedLinks(row, delta);
  if (values.length === 0 && links === row.links) return row;
  return {
    attributes: values.length === 0 ? row.attributes : { ...row.attributes, ...Object.fromEntries(values) },
    links,
  };
}

function changedLinks(row: StoredRow, delta: Delta): StoredRow['links'] {
  const names = [...new Set([...Object.keys(delta.add), ...Object.keys(delta.remove)])];
  const changed = names.flatMap((name) => {
    const members = changedMembers(row.links[name], delta.add[name] ?? [], delta.remove[name] ?? []);
    return members === null ? [] : [[name, members] as const];
  });
  return changed.length === 0 ? row.links : { ...row.links, ...Object.fromEntries(changed) };
}

function changedMembers(
  present: ReadonlySet<string> | undefined,
  add: readonly string[],
  remove: readonly string[],
): ReadonlySet<string> | null {
  const added = add.filter((member) => present?.has(member) !== true);
  const removed = remove.filter((member) => present?.has(member) === true);
  if (added.length === 0 && removed.length === 0) return null;
  const members = new Set(present);
  for (const member of removed) members.delete(member);
  for (const member of added) members.add(member);
  return members;
}
