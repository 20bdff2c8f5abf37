// Memberships for engines without arrays: lists cut into pieces, what is there looked up first.
// Owns the pieces; how a column compares is the dialect's.
import type { Dialect, MemberStatements, SqlRow, Statements } from './dialect.js';
import { type Fragment, joined, sql } from './fragment.js';
import type { Column, LinkTable, TableLayout } from './layout.js';

/** Values bound in one statement; every engine takes many more. */
const pieceSize = 500;

type Words = Pick<Dialect, 'quoted' | 'tableName' | 'shown' | 'value' | 'isKey'>;

export function memberList(words: Words): MemberStatements {
  return {
    of: (statements, layout, table, keys) =>
      inPieces(keys, async (some) => (await statements.run(selectMembers(words, layout, table, some))).rows),
    count: async (statements, layout, table, key, members) =>
      (await present(words, statements, layout, table, key, members)).size,
    add: async (statements, layout, table, key, members) => {
      const there = await present(words, statements, layout, table, key, members);
      const missing = members.filter((member) => !there.has(member));
      await inPieces(missing, async (some) => (await statements.run(addMembers(words, layout, table, key, some))).rows);
      return missing.length;
    },
    remove: async (statements, layout, table, key, members) => {
      const there = await present(words, statements, layout, table, key, members);
      await inPieces([...there], async (some) => {
        return (await statements.run(removeMembers(words, layout, table, key, some))).rows;
      });
      return there.size;
    },
  };
}

async function inPieces(
  texts: readonly string[],
  run: (some: readonly string[]) => Promise<readonly SqlRow[]>,
): Promise<readonly SqlRow[]> {
  const rows: SqlRow[] = [];
  for (let from = 0; from < texts.length; from += pieceSize)
    rows.push(...(await run(texts.slice(from, from + pieceSize))));
  return rows;
}

/** Those of the members that are there, exactly as they were asked for. */
async function present(
  words: Words,
  statements: Statements,
  layout: TableLayout,
  table: LinkTable,
  key: string,
  members: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = new Set(members);
  const rows = await inPieces(members, async (some) => {
    const condition = sql`${words.isKey(table.own, key)} and ${isOneOf(words, table.other, some)}`;
    const from = words.tableName(layout, table.link.joinTable);
    return (await statements.run(sql`select ${words.shown(table.other)} as other from ${from} where ${condition}`))
      .rows;
  });
  return new Set(rows.flatMap(({ other }) => (typeof other === 'string' && asked.has(other) ? [other] : [])));
}

function isOneOf(words: Words, column: Column, texts: readonly string[]): Fragment {
  const values = texts.map((text) => words.value(column, text));
  return sql`${words.quoted(column.name)} in (${joined(values, ', ')})`;
}

// The database may find more than was asked for (its collation ignores case); whoever reads takes what fits.
function selectMembers(words: Words, layout: TableLayout, table: LinkTable, keys: readonly string[]): Fragment {
  const { link, own, other } = table;
  const condition = sql`${isOneOf(words, own, keys)} and ${words.quoted(other.name)} is not null`;
  return sql`select ${words.shown(own)} as own, ${words.shown(other)} as other from ${words.tableName(layout, link.joinTable)} where ${condition}`;
}

function addMembers(
  words: Words,
  layout: TableLayout,
  { link, own, other }: LinkTable,
  key: string,
  members: readonly string[],
): Fragment {
  const rows = members.map((member) => sql`(${words.value(own, key)}, ${words.value(other, member)})`);
  return sql`insert into ${words.tableName(layout, link.joinTable)} (${words.quoted(own.name)}, ${words.quoted(other.name)}) values ${joined(rows, ', ')}`;
}

function removeMembers(
  words: Words,
  layout: TableLayout,
  { link, own, other }: LinkTable,
  key: string,
  members: readonly string[],
): Fragment {
  const condition = sql`${words.isKey(own, key)} and ${isOneOf(words, other, members)}`;
  return sql`delete from ${words.tableName(layout, link.joinTable)} where ${condition}`;
}
