// A database table of a story's company, its tables of links included. Owns making the tables from the connection's
// settings where the company brings no schema.sql, and changing rows from outside.
import type { Client } from 'pg';
import { z } from 'zod';
import type { Row, Rows, Table } from './table.js';

const tableSettings = z.looseObject({
  name: z.string(),
  table: z.string(),
  key: z.string(),
  attributes: z
    .array(
      z.looseObject({
        name: z.string(),
        column: z.string().optional(),
        type: z.string().optional(),
        required: z.boolean().optional(),
      }),
    )
    .default([]),
  links: z
    .array(
      z.looseObject({
        name: z.string(),
        joinTable: z.string(),
        ownColumn: z.string(),
        otherColumn: z.string(),
        targetObjectType: z.string(),
      }),
    )
    .default([]),
});
export const sqlSettings = z.looseObject({ objectTypes: z.array(tableSettings) });
type TableSettings = z.output<typeof tableSettings>;

const types: Readonly<Record<string, string>> = { number: 'numeric', boolean: 'boolean', date: 'date' };
const columnOf = ({ name, column }: { readonly name: string; readonly column?: string | undefined }): string =>
  column ?? name;
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Tables of keys and texts, links as tables of pairs: what the settings say, no more. */
export async function makeTables(client: Client, all: readonly TableSettings[]): Promise<void> {
  for (const settings of all) {
    const columns = settings.attributes.map((attribute) => {
      const isKey = columnOf(attribute) === settings.key;
      const rule = isKey ? ' primary key' : attribute.required === true ? ' not null' : '';
      return `${quoted(columnOf(attribute))} ${types[attribute.type ?? ''] ?? 'text'}${rule}`;
    });
    await client.query(`create table ${quoted(settings.table)} (${columns.join(', ')})`);
  }
  for (const settings of all) for (const link of settings.links) await makeLinks(client, settings, link, all);
}

async function makeLinks(
  client: Client,
  own: TableSettings,
  link: TableSettings['links'][number],
  all: readonly TableSettings[],
): Promise<void> {
  const other = all.find(({ name }) => name === link.targetObjectType);
  const otherSide = other === undefined ? '' : ` references ${quoted(other.table)} (${quoted(other.key)})`;
  await client.query(`create table ${quoted(link.joinTable)} (
    ${quoted(link.ownColumn)} text not null references ${quoted(own.table)} (${quoted(own.key)}) on update cascade on delete cascade,
    ${quoted(link.otherColumn)} text not null${otherSide}, primary key (${quoted(link.ownColumn)}, ${quoted(link.otherColumn)}))`);
}

export function sqlTable(connection: string, settings: TableSettings, client: Client): Table {
  return {
    connection,
    objectType: settings.name,
    read: () => readRows(settings, client),
    write: async (rows) => {
      const before = await readRows(settings, client);
      await client.query('begin');
      try {
        for (const key of before.keys()) if (!rows.has(key)) await remove(settings, client, key);
        for (const [key, row] of rows) if (before.get(key) !== row) await put(settings, client, key, row);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    },
  };
}

async function readRows(settings: TableSettings, client: Client): Promise<Rows> {
  const columns = settings.attributes.map(
    (attribute) => `${quoted(columnOf(attribute))}::text as ${quoted(attribute.name)}`,
  );
  const { rows } = await client.query<Record<string, string | null>>(
    `select ${quoted(settings.key)}::text as "the key", ${columns.join(', ')} from ${quoted(settings.table)} order by 1`,
  );
  const found = new Map<string, Record<string, string | readonly string[]>>(
    rows.map(({ 'the key': key, ...row }) => [
      key ?? '',
      {
        ...Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell ?? ''])),
        ...Object.fromEntries(settings.links.map(({ name }) => [name, []])),
      },
    ]),
  );
  for (const { name, joinTable, ownColumn, otherColumn } of settings.links) {
    const links = await client.query<{ own: string; others: readonly string[] }>(
      `select ${quoted(ownColumn)}::text as own, array_agg(${quoted(otherColumn)}::text order by ${quoted(otherColumn)}::text collate "C") as others
       from ${quoted(joinTable)} group by 1`,
    );
    for (const { own, others } of links.rows) Object.assign(found.get(own) ?? {}, { [name]: others });
  }
  return found;
}

async function remove(settings: TableSettings, client: Client, key: string): Promise<void> {
  await client.query(`delete from ${quoted(settings.table)} where ${quoted(settings.key)} = $1`, [key]);
}

async function put(settings: TableSettings, client: Client, key: string, row: Row): Promise<void> {
  const known = [...settings.attributes, ...settings.links].map(({ name }) => name);
  const unknown = Object.keys(row).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`${settings.name} has no attribute «${unknown}» (it has ${known.join(', ')})`);
  const cells = settings.attributes.map((attribute) => {
    const cell = columnOf(attribute) === settings.key ? key : row[attribute.name];
    return typeof cell === 'string' ? (cell === '' && attribute.type !== undefined ? null : cell) : null;
  });
  const columns = settings.attributes.map((attribute) => quoted(columnOf(attribute)));
  await client.query(
    `insert into ${quoted(settings.table)} (${columns.join(', ')}) values (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     on conflict (${quoted(settings.key)}) do update set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    cells,
  );
  for (const { name, joinTable, ownColumn, otherColumn } of settings.links) {
    const keys = row[name];
    if (keys === undefined || typeof keys === 'string') continue;
    await client.query(`delete from ${quoted(joinTable)} where ${quoted(ownColumn)} = $1`, [key]);
    await client.query(
      `insert into ${quoted(joinTable)} (${quoted(ownColumn)}, ${quoted(otherColumn)}) select $1, unnest($2::text[])`,
      [key, keys],
    );
  }
}
