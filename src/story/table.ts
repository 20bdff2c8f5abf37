// One object type of a managed system as a story sees it: rows by key, cells as text, links as sorted lists of keys.
// Owns changes of rows and the comparison of two readings; reading and writing is csv-table.ts' and sql-table.ts'.
import type { Cell, TableChange } from './shape.js';

/** Attribute → text, or keys of linked rows. */
export type Row = Readonly<Record<string, string | readonly string[]>>;
export type Rows = ReadonlyMap<string, Row>;

export interface Table {
  /** Identifier of the connection. */
  readonly connection: string;
  readonly objectType: string;
  read(): Promise<Rows>;
  /** Makes the system hold these rows. `header`: new names of columns, where the system has any. */
  write(rows: Rows, header?: Readonly<Record<string, string>>): Promise<void>;
  /** Present where a renamed row stays the same row: systems that give keys themselves. */
  rename?(from: string, to: string): Promise<void>;
}

/** Throws, naming the key, when a row to change in this way is not there. */
export function changed(rows: Rows, change: TableChange): Rows {
  const next = new Map(rows);
  for (const [from, to] of Object.entries(change.rename ?? {})) move(next, from, to);
  for (const key of change.remove ?? []) {
    if (!next.delete(key)) throw new Error(`there is no row «${key}» to remove`);
  }
  if (change.keep !== undefined) {
    for (const key of next.keys()) if (!change.keep.includes(key)) next.delete(key);
  }
  for (const [key, cells] of Object.entries(change.set ?? {})) {
    next.set(key, {
      ...next.get(key),
      ...Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, held(cell)])),
    });
  }
  return next;
}

function move(rows: Map<string, Row>, from: string, to: string): void {
  const row = rows.get(from);
  if (row === undefined) throw new Error(`there is no row «${from}» to rename`);
  rows.delete(from);
  rows.set(to, row);
}

/** A value of a story as a row holds it. */
export function held(cell: Cell): string | readonly string[] {
  if (Array.isArray(cell)) return cell.map(text).toSorted();
  return text(cell);
}

const text = (scalar: string | number | boolean | null): string => (scalar === null ? '' : String(scalar));

export const isSameCell = (left: string | readonly string[] | undefined, right: string | readonly string[]): boolean =>
  JSON.stringify(left ?? (Array.isArray(right) ? [] : '')) === JSON.stringify(right);

/** Keys of rows that came, went, or hold something else. */
export function movedKeys(before: Rows, after: Rows): readonly string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => !isSameRow(before.get(key), after.get(key))).toSorted();
}

function isSameRow(left: Row | undefined, right: Row | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => JSON.stringify(left[name] ?? '') === JSON.stringify(right[name] ?? ''));
}

/** `profile=user groups=[readers]`; `absent` for no row. */
export function shownRow(row: Row | undefined): string {
  if (row === undefined) return 'absent';
  return Object.entries(row)
    .map(([name, cell]) => `${name}=${typeof cell === 'string' ? cell : `[${cell.join(', ')}]`}`)
    .join(' ');
}
