// What changed in a store since a cookie. Owns the cookie and the order of changes; each row is told as it is now.
import { randomUUID } from 'node:crypto';
import { type Change, type ChangePage, cookieRefused, type ObjectTypeDescription } from '@joinery/connector-kit';
import { tableOf, type Tables, toTargetObject } from './row.js';

const pageSize = 500;

/** When each row was last changed, deleted ones included; positions grow, and a map keeps their order. */
export interface ChangeLog {
  /** Tells the log apart from that of an emptied store, whose positions mean something else. */
  epoch: string;
  position: number;
  readonly touched: Map<string, Map<string, number>>;
}

export function newChangeLog(): ChangeLog {
  return { epoch: randomUUID(), position: 0, touched: new Map() };
}

/** Forgets everything; older cookies are refused from now on. */
export function clearChangeLog(log: ChangeLog): void {
  log.epoch = randomUUID();
  log.position = 0;
  log.touched.clear();
}

/** Notes that the row has changed now. */
export function touch(log: ChangeLog, objectType: string, key: string): void {
  const rows = log.touched.get(objectType) ?? new Map<string, number>();
  log.touched.set(objectType, rows);
  log.position += 1;
  rows.delete(key);
  rows.set(key, log.position);
}

/** The changes since the cookie, page by page; the last page resumes after everything told. */
export function* changePages(
  tables: Tables,
  log: ChangeLog,
  type: ObjectTypeDescription,
  cookie: string | null,
): Generator<ChangePage> {
  const end = log.position;
  const from = cookie === null ? end : positionIn(log, type, cookie);
  const touched = [...(log.touched.get(type.name) ?? [])].filter(([, position]) => position > from);
  for (let start = 0; start < touched.length; start += pageSize) {
    const page = touched.slice(start, start + pageSize);
    const isLast = start + pageSize >= touched.length;
    const position = isLast ? end : (page.at(-1)?.[1] ?? end);
    yield { changes: page.map(([key]) => changeOf(tables, type, key)), cookie: cookieAt(log, type, position) };
  }
  if (touched.length === 0) yield { changes: [], cookie: cookieAt(log, type, end) };
}

function changeOf(tables: Tables, type: ObjectTypeDescription, key: string): Change {
  const row = tableOf(tables, type.name).get(key);
  return row === undefined
    ? { kind: 'delete', objectType: type.name, key }
    : { kind: 'upsert', objectType: type.name, key, object: toTargetObject(type, key, row) };
}

function cookieAt({ epoch }: ChangeLog, { name }: ObjectTypeDescription, position: number): string {
  return JSON.stringify([epoch, name, position]);
}

function positionIn(log: ChangeLog, type: ObjectTypeDescription, cookie: string): number {
  const position = Number(/,(\d+)\]$/.exec(cookie)?.[1] ?? Number.NaN);
  if (cookie !== cookieAt(log, type, position) || position > log.position)
    throw cookieRefused('its cookie is none that this store gave');
  return position;
}
