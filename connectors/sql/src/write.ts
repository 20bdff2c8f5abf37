// Applies one delta in one transaction, so that it is there whole or not at all, and twice is once.
// Owns the order look → compare → write; the database decides what is equal and what is allowed.
import {
  type ApplyOutcome,
  type Delta,
  deltaRefusal,
  type MarkSent,
  outcomeOf,
  refusal,
  type ScalarValue,
  withoutKey,
} from '@joinery/connector-kit';
import type pg from 'pg';
import type { Column, LinkTable, TableLayout } from './catalog.js';
import { isServerAnswer, sqlError, stateOf } from './failure.js';
import { isNoSuchValue } from './listing.js';
import { inTransaction, type Statements } from './pool.js';
import {
  addMembers,
  compareRow,
  countMembers,
  deleteRow,
  insertRow,
  removeAllMembers,
  removeMembers,
  updateRow,
} from './statement.js';

/** Tries when the server gives up a transaction for another one's sake, or a row appeared between look and insert. */
const mostTries = 4;
const retryStates = new Set(['40001', '40P01', '23505']);

/** The outcome; throws only what leaves open whether the commit was carried out, or what kept it from being sent. */
export async function applyDelta(
  pool: pg.Pool,
  layout: TableLayout,
  delta: Delta,
  signal: AbortSignal,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const problem = deltaRefusal(delta, layout.type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, signal, markSent, (statements) =>
        changeRow(statements, layout, withoutKey(delta, layout.type)),
      );
    } catch (error) {
      if (attempt < mostTries && retryStates.has(stateOf(error) ?? '')) continue;
      const typed = sqlError(error, `${delta.kind} ${layout.type.name} ${JSON.stringify(delta.key)}`);
      // An answer of the server, even to the commit, says that nothing was applied.
      if (isServerAnswer(error)) return outcomeOf(typed, false);
      throw typed;
    }
  }
}

interface Assignment {
  readonly column: Column;
  readonly value: string | null;
}

interface Found {
  /** Those of the delta's values that differ from the row's. */
  readonly differing: readonly Assignment[];
}

async function changeRow(statements: Statements, layout: TableLayout, delta: Delta): Promise<ApplyOutcome> {
  const assignments = assignmentsOf(layout, delta);
  const found = await look(statements, layout, delta, assignments);
  switch (delta.kind) {
    case 'create':
      return found === null
        ? createRow(statements, layout, delta, assignments)
        : compareCreated(statements, layout, delta, found);
    case 'update':
      return found === null
        ? refusal(delta, 'NOT_FOUND', 'it does not exist')
        : updateFound(statements, layout, delta, found);
    case 'delete':
      return found === null ? { kind: 'alreadySo', key: delta.key } : deleteFound(statements, layout, delta);
    default:
      return delta.kind satisfies never;
  }
}

function assignmentsOf(layout: TableLayout, delta: Delta): readonly Assignment[] {
  return layout.attributes
    .filter(({ attribute }) => Object.hasOwn(delta.set, attribute.name))
    .map(({ attribute, column }) => ({ column, value: textOf(delta.set[attribute.name] ?? null) }));
}

function textOf(value: ScalarValue): string | null {
  return value === null ? null : String(value);
}

// The row is locked only when it is written: for memberships alone the account needs no right on the row's table.
async function look(
  statements: Statements,
  layout: TableLayout,
  delta: Delta,
  assignments: readonly Assignment[],
): Promise<Found | null> {
  const locks = delta.kind === 'delete' || (delta.kind === 'update' && assignments.length > 0);
  if (!(await canHoldKey(statements, layout, delta))) return null;
  const columns = assignments.map(({ column }) => column);
  const { rows } = await statements.run(compareRow(layout, columns, locks), [
    delta.key,
    ...assignments.map(({ value }) => value),
  ]);
  const [row] = rows;
  return row === undefined ? null : { differing: assignments.filter((_assignment, n) => row[`s${n}`] !== 't') };
}

// A failed cast would end the transaction, so keys of other types than text are tried behind a savepoint.
async function canHoldKey(statements: Statements, layout: TableLayout, delta: Delta): Promise<boolean> {
  if (
    delta.kind === 'create' ||
    (layout.key.kind === 'string' && /^(text|character varying|citext)$/.test(layout.key.type))
  )
    return true;
  await statements.run('savepoint key');
  try {
    await statements.run(`select $1::${layout.key.type}`, [delta.key]);
    await statements.run('release savepoint key');
    return true;
  } catch (error) {
    if (!isNoSuchValue(error)) throw error;
    await statements.run('rollback to savepoint key');
    return false;
  }
}

async function createRow(
  statements: Statements,
  layout: TableLayout,
  delta: Delta,
  assignments: readonly Assignment[],
): Promise<ApplyOutcome> {
  const values = assignments.filter(({ value }) => value !== null);
  await statements.run(
    insertRow(
      layout,
      values.map(({ column }) => column),
    ),
    [delta.key, ...values.map(({ value }) => value)],
  );
  await changeMembers(statements, layout, delta);
  return { kind: 'applied', key: delta.key };
}

async function compareCreated(
  statements: Statements,
  layout: TableLayout,
  delta: Delta,
  { differing }: Found,
): Promise<ApplyOutcome> {
  const isEqual = differing.length === 0 && (await hasMembers(statements, layout, delta));
  return isEqual
    ? { kind: 'alreadySo', key: delta.key }
    : refusal(delta, 'ALREADY_EXISTS', 'it exists with other values');
}

async function hasMembers(statements: Statements, layout: TableLayout, delta: Delta): Promise<boolean> {
  for (const table of layout.links) {
    const members = [...new Set(delta.add[table.link.name] ?? [])];
    if (members.length === 0) continue;
    const { rows } = await statements.run(countMembers(layout, table), [delta.key, members]);
    if (Number(rows[0]?.n) < members.length) return false;
  }
  return true;
}

async function updateFound(
  statements: Statements,
  layout: TableLayout,
  delta: Delta,
  { differing }: Found,
): Promise<ApplyOutcome> {
  if (differing.length > 0) {
    const columns = differing.map(({ column }) => column);
    const { rowCount } = await statements.run(updateRow(layout, columns), [
      delta.key,
      ...differing.map(({ value }) => value),
    ]);
    if (rowCount === 0) return refusal(delta, 'FORBIDDEN', 'the database has a policy that hides the row from writing');
  }
  const changed = await changeMembers(statements, layout, delta);
  return { kind: differing.length > 0 || changed > 0 ? 'applied' : 'alreadySo', key: delta.key };
}

async function deleteFound(statements: Statements, layout: TableLayout, delta: Delta): Promise<ApplyOutcome> {
  for (const table of layout.links) await statements.run(removeAllMembers(layout, table), [delta.key]);
  const { rowCount } = await statements.run(deleteRow(layout), [delta.key]);
  return rowCount === 0
    ? refusal(delta, 'FORBIDDEN', 'the database has a policy that hides the row from deletion')
    : { kind: 'applied', key: delta.key };
}

/** How many memberships were changed. */
async function changeMembers(statements: Statements, layout: TableLayout, delta: Delta): Promise<number> {
  let changed = 0;
  for (const table of layout.links) {
    changed += await runForMembers(statements, removeMembers(layout, table), delta, table, delta.remove);
    changed += await runForMembers(statements, addMembers(layout, table), delta, table, delta.add);
  }
  return changed;
}

async function runForMembers(
  statements: Statements,
  text: string,
  delta: Delta,
  { link }: LinkTable,
  members: Delta['add'],
): Promise<number> {
  const named = [...new Set(members[link.name] ?? [])];
  return named.length === 0 ? 0 : (await statements.run(text, [delta.key, named])).rowCount;
}
