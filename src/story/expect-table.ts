// Rows of managed systems in an expectation, and that no other row changed.
import { type Difference, difference, type Situation } from './difference.js';
import { rowsOf, seenRows } from './memory.js';
import type { Expectation } from './shape.js';
import { held, isSameCell, movedKeys, type Row, shownRow, type Table } from './table.js';

type ExpectedRow = NonNullable<Expectation['target']>[string][string];

export async function expectedRows(situation: Situation, expected: Expectation): Promise<readonly Difference[]> {
  const all: Difference[] = [];
  for (const [name, rows] of Object.entries(expected.target ?? {})) {
    const found = await situation.world.targets.table(name).read();
    for (const [key, row] of Object.entries(rows)) {
      const missing = rowDifference(found.get(key), row);
      if (missing !== null) all.push({ ...missing, path: ['target', name, key, ...missing.path] });
    }
  }
  if (expected['nothing-else'] === true && all.length === 0)
    all.push(...(await otherRows(situation, expected.target ?? {})));
  return all;
}

function rowDifference(found: Row | undefined, expected: ExpectedRow): Difference | null {
  if (expected === 'absent') return found === undefined ? null : difference([], 'absent', shownRow(found));
  if (found === undefined) return difference([], 'a row', 'absent');
  const wrong = Object.entries(expected).find(([name, cell]) => !isSameCell(found[name], held(cell)));
  return wrong === undefined ? null : difference([wrong[0]], wrong[1], found[wrong[0]] ?? 'no such column');
}

async function otherRows(
  { world, memory }: Situation,
  named: NonNullable<Expectation['target']>,
): Promise<readonly Difference[]> {
  const isNamed = ({ connection, objectType }: Table, key: string): boolean =>
    [objectType, `${connection}/${objectType}`].some((name) => named[name]?.[key] !== undefined);
  const all: Difference[] = [];
  for (const table of world.targets.tables) {
    const [before, after] = [seenRows(memory, table), await rowsOf(table)];
    const other = movedKeys(before, after).filter((key) => !isNamed(table, key));
    all.push(
      ...other.map((key) => ({
        path: ['nothing-else'],
        message: `${table.connection}/${table.objectType} ${key} changed besides:\n  before ${shownRow(before.get(key))}\n   after ${shownRow(after.get(key))}`,
      })),
    );
  }
  return all;
}
