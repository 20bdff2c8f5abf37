// The stores of this process by name, and the hands a test has on them.
// Owns the data, the ledger and the planned faults; what a session does with them is in session.ts.
import { effectOf, type ObjectTypeDescription, type StoredRow, type TargetObject } from '@joinery/connector-kit';
import { type ChangeLog, clearChangeLog, newChangeLog, touch } from './change.js';
import type { MemoryFault, PlannedFault } from './fault.js';
import {
  append,
  clearJournal,
  type Journal,
  type JournalLine,
  type LedgerEntry,
  openJournal,
  readOn,
} from './journal.js';
import { keyIn, type Tables, tableOf, toTargetObject } from './row.js';

/** A store; shared by every session of the process with its name. */
export interface Store {
  readonly name: string;
  readonly tables: Tables;
  readonly ledger: LedgerEntry[];
  /** Outcome of each idempotency key that was applied, so that sending it again has no second effect. */
  readonly answered: Map<string, LedgerEntry>;
  readonly faults: PlannedFault[];
  readonly changes: ChangeLog;
  /** Object types of the last connection opened; a test names rows by them. */
  objectTypes: readonly ObjectTypeDescription[];
  password: string | null;
  journal: { readonly path: string; readonly open: Journal } | null;
  /** Writes counted for `haltAfterWrite`. */
  writesTowardsHalt: number;
}

const stores = new Map<string, Store>();

export function storeOf(name: string): Store {
  const known = stores.get(name);
  if (known !== undefined) return known;
  const created: Store = {
    name,
    tables: new Map(),
    ledger: [],
    answered: new Map(),
    faults: [],
    changes: newChangeLog(),
    objectTypes: [],
    password: null,
    journal: null,
    writesTowardsHalt: 0,
  };
  stores.set(name, created);
  return created;
}

/** Binds the store to its journal; the first binding of the process reads everything that is in it. */
export function useJournal(store: Store, path: string): void {
  if (store.journal?.path !== path) store.journal = { path, open: openJournal(path) };
  catchUp(store);
}

/** Takes in what other processes wrote. Nothing to do for a store without a journal. */
export function catchUp(store: Store): void {
  if (store.journal === null) return;
  for (const line of readOn(store.journal.open)) takeIn(store, line);
}

/** Keeps a line: in the journal when there is one, in the ledger and in the rows. */
export function record(store: Store, line: JournalLine): void {
  catchUp(store);
  if (store.journal !== null) append(store.journal.open, line);
  takeIn(store, line);
}

function takeIn(store: Store, line: JournalLine): void {
  if ('put' in line) return keep(store, line.put.objectType, line.put.key, fromTargetObject(line.put));
  if ('drop' in line) return keep(store, line.drop.objectType, line.drop.key, null);
  store.ledger.push(line);
  if (line.outcome !== 'applied') return;
  store.answered.set(line.idempotencyKey, line);
  const delta = line.effect ?? line.delta;
  const present = tableOf(store.tables, delta.objectType).get(delta.key) ?? null;
  keep(store, delta.objectType, delta.key, effectOf(present, delta).row);
}

function keep(store: Store, objectType: string, key: string, row: StoredRow | null): void {
  const table = tableOf(store.tables, objectType);
  if (row === null) table.delete(key);
  else table.set(key, row);
  touch(store.changes, objectType, key);
}

function fromTargetObject(object: TargetObject): StoredRow {
  return {
    attributes: object.attributes,
    links: Object.fromEntries(Object.entries(object.links).map(([name, members]) => [name, new Set(members)])),
  };
}

/** A test's hands on a store: what is in it, what it received, what shall go wrong. */
export interface MemoryTarget {
  rows(objectType: string): readonly TargetObject[];
  /** The row of that key or name. */
  row(objectType: string, key: string): TargetObject | null;
  /** Writes a row from outside, replacing the one with its key. */
  put(object: TargetObject): void;
  /** Deletes a row from outside. */
  drop(objectType: string, key: string): void;
  /** Whether the row of that key or name has this password. */
  hasPassword(objectType: string, key: string, password: string): boolean;
  /** Every write received through connectors, in order, whatever became of it. */
  ledger(): readonly LedgerEntry[];
  /** Lets the next `times` calls (default 1) meet the fault; Infinity until `heal`. */
  plan(fault: MemoryFault, options?: { readonly times?: number; readonly of?: 'everything' | 'writes' }): void;
  /** Forgets all planned faults. */
  heal(): void;
  /** Demands this password of every session from now on; null demands none. */
  demandPassword(password: string | null): void;
  /** Empties rows, ledger, journal and faults. */
  reset(): void;
}

/** The store of that name in this process; it need not have been opened yet. */
export function memoryTarget(name: string): MemoryTarget {
  const store = storeOf(name);
  return {
    rows: (objectType) =>
      [...current(store, objectType)].map(([key, row]) => toTargetObject(typeOf(store, objectType), key, row)),
    row: (objectType, keyOrName) => {
      const [key, row] = rowOf(store, objectType, keyOrName);
      return row === undefined ? null : toTargetObject(typeOf(store, objectType), key, row);
    },
    put: (object) => record(store, { put: object }),
    drop: (objectType, key) => record(store, { drop: { objectType, key } }),
    hasPassword: (objectType, key, password) => {
      const { passwordAttribute } = typeOf(store, objectType);
      const [, row] = rowOf(store, objectType, key);
      return passwordAttribute !== undefined && row?.attributes[passwordAttribute] === password;
    },
    ledger: () => {
      catchUp(store);
      return [...store.ledger];
    },
    plan: (fault, options = {}) =>
      void store.faults.push({ fault, of: options.of ?? 'everything', remaining: options.times ?? 1 }),
    heal: () => void store.faults.splice(0),
    demandPassword: (password) => {
      store.password = password;
    },
    reset: () => reset(store),
  };
}

function current(store: Store, objectType: string): ReadonlyMap<string, StoredRow> {
  catchUp(store);
  return tableOf(store.tables, objectType);
}

function rowOf(store: Store, objectType: string, keyOrName: string): readonly [string, StoredRow | undefined] {
  const table = current(store, objectType);
  const key = keyIn(table, typeOf(store, objectType), keyOrName) ?? keyOrName;
  return [key, table.get(key)];
}

// Before a connection was opened the test sees what it put in itself: attributes and links as they are.
function typeOf(store: Store, objectType: string): ObjectTypeDescription {
  const known = store.objectTypes.find((type) => type.name === objectType);
  if (known !== undefined) return known;
  const rows = [...tableOf(store.tables, objectType).values()];
  const names = new Set(rows.flatMap((row) => Object.keys(row.attributes)));
  const links = new Set(rows.flatMap((row) => Object.keys(row.links)));
  return {
    name: objectType,
    keyAttribute: '',
    attributes: [...names].map((name) => ({ name, type: 'string' })),
    links: [...links].map((name) => ({ name, targetObjectType: '' })),
  };
}

function reset(store: Store): void {
  store.tables.clear();
  store.ledger.splice(0);
  store.answered.clear();
  store.faults.splice(0);
  clearChangeLog(store.changes);
  store.writesTowardsHalt = 0;
  if (store.journal === null) return;
  clearJournal(store.journal.path);
  store.journal.open.offset = 0;
}
