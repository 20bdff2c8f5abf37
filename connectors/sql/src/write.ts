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
import { type Access, type Dialect, isTrue, type Statements } from './dialect.js';
import type { TableLayout } from './layout.js';
import { type Assignment, compareRow, deleteRow, insertRow, removeAllMembers, updateRow } from './statement.js';
import { inTransaction } from './transaction.js';

/** Tries when the database gives up a transaction for another one's sake, or a row appeared between look and insert. */
const mostTries = 4;

/** The outcome; throws only what leaves open whether the commit was carried out, or what kept it from being sent. */
export async function applyDelta(
  access: Access,
  layout: TableLayout,
  delta: Delta,
  signal: AbortSignal,
  markSent: MarkSent,
): Promise<ApplyOutcome> {
  const { dialect } = access;
  const problem = deltaRefusal(delta, layout.type);
  if (problem !== null) return { kind: 'refused', failure: problem };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(access, signal, markSent, (statements) =>
        changeRow({ dialect, statements, layout, delta: withoutKey(delta, layout.type) }),
      );
    } catch (error) {
      if (attempt < mostTries && dialect.errors.isWorthRepeating(error)) continue;
      const typed = dialect.errors.typed(error, `${delta.kind} ${layout.type.name} ${JSON.stringify(delta.key)}`);
      // An answer of the database, even to the commit, says that nothing was applied.
      if (dialect.errors.isAnswer(error)) return outcomeOf(typed, false);
      throw typed;
    }
  }
}

/** A delta under way in its transaction. */
interface Work {
  readonly dialect: Dialect;
  readonly statements: Statements;
  readonly layout: TableLayout;
  readonly delta: Delta;
}

interface Found {
  /** Those of the delta's values that differ from the row's. */
  readonly differing: readonly Assignment[];
}

async function changeRow(work: Work): Promise<ApplyOutcome> {
  const { delta } = work;
  const assignments = assignmentsOf(work);
  const found = await look(work, assignments);
  switch (delta.kind) {
    case 'create':
      return found === null ? createRow(work, assignments) : compareCreated(work, found);
    case 'update':
      return found === null ? refusal(delta, 'NOT_FOUND', 'it does not exist') : updateFound(work, found);
    case 'delete':
      return found === null ? { kind: 'alreadySo', key: delta.key } : deleteFound(work);
    default:
      return delta.kind satisfies never;
  }
}

function assignmentsOf({ layout, delta }: Work): readonly Assignment[] {
  return layout.attributes
    .filter(({ attribute }) => Object.hasOwn(delta.set, attribute.name))
    .map(({ attribute, column }) => ({ column, value: textOf(delta.set[attribute.name] ?? null) }));
}

function textOf(value: ScalarValue): string | null {
  return value === null ? null : String(value);
}

// The row is locked only when it is written: for memberships alone the account needs no right on the row's table.
async function look(work: Work, assignments: readonly Assignment[]): Promise<Found | null> {
  const { dialect, statements, layout, delta } = work;
  const locks = delta.kind === 'delete' || (delta.kind === 'update' && assignments.length > 0);
  if (delta.kind !== 'create' && !(await dialect.canHold(statements, layout.key, delta.key))) return null;
  const { rows } = await statements.run(compareRow(dialect, layout, delta.key, assignments, locks));
  const [row] = rows;
  return row === undefined ? null : { differing: assignments.filter((_assignment, n) => !isTrue(row[`s${n}`])) };
}

async function createRow(work: Work, assignments: readonly Assignment[]): Promise<ApplyOutcome> {
  const { dialect, statements, layout, delta } = work;
  const values = assignments.filter(({ value }) => value !== null);
  await statements.run(insertRow(dialect, layout, delta.key, values));
  await changeMembers(work);
  return { kind: 'applied', key: delta.key };
}

async function compareCreated(work: Work, { differing }: Found): Promise<ApplyOutcome> {
  const isEqual = differing.length === 0 && (await hasMembers(work));
  return isEqual
    ? { kind: 'alreadySo', key: work.delta.key }
    : refusal(work.delta, 'ALREADY_EXISTS', 'it exists with other values');
}

async function hasMembers({ dialect, statements, layout, delta }: Work): Promise<boolean> {
  for (const table of layout.links) {
    const members = named(delta.add, table.link.name);
    if (members.length === 0) continue;
    const count = await dialect.members.count(statements, layout, table, delta.key, members);
    if (count < members.length) return false;
  }
  return true;
}

async function updateFound(work: Work, { differing }: Found): Promise<ApplyOutcome> {
  const { dialect, statements, layout, delta } = work;
  if (differing.length > 0) {
    const { rowCount } = await statements.run(updateRow(dialect, layout, delta.key, differing));
    if (rowCount === 0) return refusal(delta, 'FORBIDDEN', 'the database has a policy that hides the row from writing');
  }
  const changed = await changeMembers(work);
  return { kind: differing.length > 0 || changed > 0 ? 'applied' : 'alreadySo', key: delta.key };
}

async function deleteFound({ dialect, statements, layout, delta }: Work): Promise<ApplyOutcome> {
  for (const table of layout.links) await statements.run(removeAllMembers(dialect, layout, table, delta.key));
  const { rowCount } = await statements.run(deleteRow(dialect, layout, delta.key));
  return rowCount === 0
    ? refusal(delta, 'FORBIDDEN', 'the database has a policy that hides the row from deletion')
    : { kind: 'applied', key: delta.key };
}

/** How many memberships were changed. */
async function changeMembers({ dialect, statements, layout, delta }: Work): Promise<number> {
  let changed = 0;
  for (const table of layout.links) {
    const [gone, come] = [named(delta.remove, table.link.name), named(delta.add, table.link.name)];
    if (gone.length > 0) changed += await dialect.members.remove(statements, layout, table, delta.key, gone);
    if (come.length > 0) changed += await dialect.members.add(statements, layout, table, delta.key, come);
  }
  return changed;
}

function named(members: Delta['add'], link: string): readonly string[] {
  return [...new Set(members[link] ?? [])];
}
