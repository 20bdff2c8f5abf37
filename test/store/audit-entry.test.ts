// The audit's chain holds for whoever checks it with the statement of docs/operating.md, and breaks at whatever is changed.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { appendAudit } from '../../src/store/audit-entry.js';
import type { Database } from '../../src/store/database.js';
import { openDatabase } from '../../src/store/data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
let statement: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase('audit');
  database = await openDatabase({ url: testDatabase.url, poolSize: 4 }, Math.random);
  const page = await readFile('docs/operating.md', 'utf8');
  statement = [...page.matchAll(/```sql\n(.*?)```/gs)]
    .flatMap(([, sql]) => sql ?? [])
    .find((sql) => sql.includes('from audit_entry')) as string;
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const act = (action: string) =>
  database.transaction((sql) =>
    // Keys in an order that jsonb does not keep.
    appendAudit(sql, {
      actor: 'identity:a',
      action,
      subject: null,
      before: { zebra: 1.5, ant: { longer: 'é\n"', b: [null, true] } },
      after: undefined,
    }),
  );
const breaks = async () =>
  (await database.query<{ id: string }>(statement.replace(/;\s*$/, ''))).rows.map(({ id }) => Number(id));
const ids = async () =>
  (await database.query<{ id: string }>('select id from audit_entry order by id')).rows.map(({ id }) => Number(id));

describe('the chain of the audit', () => {
  beforeEach(async () => {
    await database.query('truncate audit_entry');
    for (const action of ['a', 'b', 'c', 'd', 'e']) await act(action);
  });

  it('holds as it was written, by acts at once too, and after its oldest months are gone', async () => {
    await Promise.all(['f', 'g', 'h', 'i'].map(act));
    expect(await breaks()).toEqual([]);
    await database.query('delete from audit_entry where id < (select max(id) from audit_entry) - 3');
    expect(await ids()).toHaveLength(4);
    expect(await breaks()).toEqual([]);
  });

  it.each([
    ['who acted', `update audit_entry set actor = 'identity:b' where id = $1`],
    ['what was done', `update audit_entry set action = 'x' where id = $1`],
    ['to what', `update audit_entry set subject = 'x' where id = $1`],
    ['a state', `update audit_entry set before = jsonb_set(before, '{ant,b,1}', 'false') where id = $1`],
    ['the other state', `update audit_entry set after = '{}' where id = $1`],
    ['the moment', `update audit_entry set at = at + interval '1 microsecond' where id = $1`],
    ['the hash', `update audit_entry set hash = md5(hash) where id = $1`],
    ['the link', `update audit_entry set previous_hash = md5(hash) where id = $1`],
  ])('breaks where %s is changed', async (_what, change) => {
    const third = (await ids())[2] ?? 0;
    expect(await breaks()).toEqual([]);
    await database.query(change, [third]);
    expect(await breaks()).toContain(third);
  });

  it('breaks after an entry that was taken out', async () => {
    const [, second = 0, third = 0] = await ids();
    await database.query('delete from audit_entry where id = $1', [second]);
    expect(await breaks()).toEqual([third]);
  });

  it('breaks where a hash is made anew without the entries after it', async () => {
    const [, second = 0, third = 0] = await ids();
    await database.query(
      `update audit_entry set actor = 'identity:b', hash = encode(sha256(convert_to(previous_hash || E'\\n' || jsonb_build_array(id,
         to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), 'identity:b', action, subject, before, after)::text, 'UTF8')), 'hex')
       where id = $1`,
      [second],
    );
    expect(await breaks()).toEqual([third]);
  });
});
