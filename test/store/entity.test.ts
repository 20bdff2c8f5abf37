// Row classes against the migrated database: the tables that TypeORM would make from the classes must be the tables that
// the migrations made. Left out is what a class cannot say: partitions, unlogged tables, and values the database computes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { entities } from '../../src/entities/list.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** A line for each column, primary key, constraint and index, by table; the same text for the same thing. */
type Catalogue = Readonly<Record<string, readonly string[]>>;

const ourTables = `select oid, relname from pg_class where relnamespace = 'public'::regnamespace
  and relkind in ('r', 'p') and not relispartition and relname <> 'schema_migration'`;

const description = `with ours as (${ourTables})
  select relname as table, concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
    case when attgenerated = '' then 'default ' || pg_get_expr(adbin, adrelid) end) as line
  from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
  union all
  select relname, pg_get_constraintdef(c.oid) from ours join pg_constraint c on conrelid = ours.oid and contype <> 'n'
  union all
  select relname, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') from ours join pg_index i on indrelid = ours.oid
  where not exists (select from pg_constraint where conindid = indexrelid)
  order by 1, 2`;

/** What a data source and a single connection of it have in common. */
interface Queryable {
  query<Rows>(statement: string): Promise<Rows>;
}

async function catalogueOf(database: Queryable): Promise<Catalogue> {
  const rows = await database.query<readonly { readonly table: string; readonly line: string }[]>(description);
  const tables = [...new Set(rows.map(({ table }) => table))];
  return Object.fromEntries(
    tables.map((table) => [table, rows.filter((row) => row.table === table).map(({ line }) => line)]),
  );
}

const differingTables = (one: Catalogue, other: Catalogue): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (table) => JSON.stringify(one[table]) !== JSON.stringify(other[table]),
  );

const open = (url: string): Promise<DataSource> =>
  new DataSource({ type: 'postgres', url, entities: [...entities], installExtensions: false }).initialize();

/** The tables of the classes alone, in a database that no migration touched but for its free-standing sequences. */
async function catalogueOfClasses(dataSource: DataSource): Promise<Catalogue> {
  const sequences: readonly { readonly name: string }[] = await dataSource.query(
    `select relname as name from pg_class s where relkind = 'S' and relnamespace = 'public'::regnamespace
     and not exists (select from pg_depend where objid = s.oid and deptype in ('a', 'i'))`,
  );
  await dataSource.query('drop schema public cascade; create schema public');
  for (const { name } of sequences) await dataSource.query(`create sequence ${name}`);
  await dataSource.synchronize();
  return catalogueOf(dataSource);
}

describe('the row classes', () => {
  const databases: TestDatabase[] = [];
  const sources: DataSource[] = [];
  let migrated: DataSource;
  let classes: Catalogue;

  beforeAll(async () => {
    databases.push(await createTestDatabase('migrated'), await createTestDatabase('classes'));
    sources.push(...(await Promise.all(databases.map(({ url }) => open(url)))));
    const [first, second] = sources;
    if (first === undefined || second === undefined) throw new Error('A test database could not be opened.');
    migrated = first;
    classes = await catalogueOfClasses(second);
  });
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.destroy()));
    await Promise.all(databases.map((database) => database.drop()));
  });

  test('say every column, key, constraint and index of the migrated tables, and no others', async () => {
    expect(classes).toEqual(await catalogueOf(migrated));
  });

  // The controls: each drift alone is seen.
  test.each([
    ['a column without its property', 'outbox', 'alter table outbox add column note text'],
    ['a property without its column', 'outbox', 'alter table outbox drop column priority'],
    ['another type', 'outbox', 'alter table outbox alter column priority type bigint'],
    ['another nullability', 'outbox', 'alter table outbox alter column priority drop not null'],
    ['another default', 'outbox', 'alter table outbox alter column priority set default 1'],
    ['another primary key', 'outbox', 'alter table outbox drop constraint outbox_pkey, add primary key (id, queue)'],
    ['another foreign key', 'approval', 'alter table approval drop constraint approval_item_id_fkey'],
    ['another index', 'event', 'drop index event_unsequenced; create index event_unsequenced on event (id)'],
    ['a table without its class', 'stray', 'create table stray (id uuid primary key)'],
    ['a class without its table', 'outbox', 'drop table outbox'],
  ])('differ from a database with %s', async (_drift, table, statement) => {
    const runner = migrated.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(statement);
      expect(differingTables(classes, await catalogueOf(runner))).toContain(table);
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  });
});
