// Incremental reading by a column: nothing is lost to a transaction that ends late, and other settings refuse the cookie.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isCookieRefused, type ConnectorError, type ConnectorSettings } from '@joinery/connector-kit';
import { prepareSqlGround } from './conformance-target.js';
import { objectTypes } from './table-target.js';
import { told, using } from './session.js';

const ground = await prepareSqlGround({ marked: true });
const { admin, target } = ground;
await admin.query(`alter table account add column at timestamptz default clock_timestamp(), add column number bigint;
  create sequence counter; grant usage on counter to public;
  create function give_number() returns trigger language plpgsql as $$ begin
    new.number = nextval('counter'); new.at = clock_timestamp(); return new; end $$;
  create trigger number before insert or update on account for each row execute function give_number()`);
afterAll(() => ground.close());
beforeEach(() => target.reset());

const by = (changes: { readonly column: string; readonly overlap?: number }): ConnectorSettings => ({
  ...target.settings,
  objectTypes: objectTypes(changes),
});

// Somebody writes "late" before others do, and commits after they were read.
async function toldAfterLateCommit(settings: ConnectorSettings): Promise<readonly string[]> {
  return using(settings, async (session) => {
    const { cookie } = await told(session, 'account', null);
    const late = await admin.connect();
    await late.query("begin; insert into account (id) values ('late')");
    await admin.query("insert into account (id) values ('soon')");
    const first = await told(session, 'account', cookie);
    await late.query('commit');
    late.release();
    const second = await told(session, 'account', first.cookie);
    return [...first.changes, '|', ...second.changes];
  });
}

describe('a transaction that began earlier and ends later', () => {
  test('is told by a column of transaction numbers, each row once', async () => {
    expect(await toldAfterLateCommit(by({ column: 'changed' }))).toEqual(['upsert soon', '|', 'upsert late']);
  });

  test('is told by a number within its overlap', async () => {
    expect(await toldAfterLateCommit(by({ column: 'number', overlap: 10 }))).toEqual([
      'upsert soon',
      '|',
      'upsert late',
    ]);
  });

  test('is told by a time within its overlap', async () => {
    expect(await toldAfterLateCommit(by({ column: 'at' }))).toEqual(['upsert soon', '|', 'upsert late']);
  });

  test('is lost without an overlap: so the overlap is what helps', async () => {
    expect(await toldAfterLateCommit(by({ column: 'number', overlap: 0 }))).toEqual(['upsert soon', '|']);
  });
});

test('only rows behind the position are read, and deletions are told', async () => {
  await using(by({ column: 'changed' }), async (session) => {
    await admin.query("insert into account (id) select 'a' || n from generate_series(1, 1200) n");
    const { cookie } = await told(session, 'account', null);
    await admin.query("update account set name = 'x' where id = 'a7'; delete from account where id = 'a8'");
    const next = await told(session, 'account', cookie);
    expect(next.changes).toEqual(['upsert a7', 'delete a8']);
    expect((await told(session, 'account', next.cookie)).changes).toEqual([]);
  });
});

test('a cookie made with another column is refused, so that everything is read again', async () => {
  const { cookie } = await using(by({ column: 'changed' }), (session) => told(session, 'account', null));
  const error = await using(by({ column: 'at' }), (session) =>
    told(session, 'account', cookie).then(
      () => Promise.reject(new Error('it was accepted')),
      (reason: ConnectorError) => reason,
    ),
  );
  expect(isCookieRefused(error.failure)).toBe(true);
});

test('a column that cannot grow is refused by name', async () => {
  await expect(using(by({ column: 'mail' }), (session) => told(session, 'account', null))).rejects.toThrow(
    /"mail" of the table "account" is text/,
  );
});
