// A call with a key has its effect once: under concurrency, after a crash, and for a day. Each safety has its control.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { KeyedCall, KeyedOutcome } from '../../src/steps/ports/idempotency.js';
import type { Database } from '../../src/store/database.js';
import { openDatabase } from '../../src/store/data-source.js';
import { idempotencyStore } from '../../src/store/idempotency-key.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase('idempotency');
  database = await openDatabase({ url: testDatabase.url, poolSize: 8 }, Math.random);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => database.query('truncate idempotency_key, outbox'));

const call = (over: Partial<KeyedCall> = {}): KeyedCall => ({
  caller: 'identity:a',
  key: 'key-00000001',
  operation: 'jobLaunch',
  requestHash: 'h1',
  ...over,
});
/** An effect as steps have it: a transaction of its own. */
const effect = () =>
  database.transaction(async (sql) => {
    await sql.query(`insert into outbox (queue, name, job_id, row_id) values ('jobs', 'execution', 'j', 'r')`);
    return 'done';
  });
const once = (over: Partial<KeyedCall> = {}, act: () => Promise<string> = effect): Promise<KeyedOutcome<string>> =>
  idempotencyStore(database).once(call(over), act, (result) => ({ result }));
const effects = async () => (await database.query<{ n: number }>('select count(*)::int as n from outbox')).rows[0]?.n;
const isKept = async () =>
  ((await database.query<{ n: number }>('select count(*)::int as n from idempotency_key')).rows[0]?.n ?? 0) > 0;

/** A promise for a moment that the test chooses. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('repeats', () => {
  test('answer what the first left behind, and do nothing', async () => {
    expect(await once()).toEqual({ kind: 'first', result: 'done' });
    expect(await once()).toEqual({ kind: 'repeated', memory: { result: 'done' } });
    expect(await effects()).toBe(1);
  });

  test('of 500 at once, one has the effect', async () => {
    const outcomes = await Promise.all(Array.from({ length: 500 }, () => once()));
    const kinds = outcomes.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'first')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'repeated' || kind === 'running')).toHaveLength(499);
    expect(await effects()).toBe(1);
  });

  test('control: without the key the same 500 have 500 effects', async () => {
    await Promise.all(Array.from({ length: 500 }, effect));
    expect(await effects()).toBe(500);
  });

  test('with other variables are refused', async () => {
    await once();
    expect(await once({ requestHash: 'h2' })).toEqual({ kind: 'reused' });
    expect(await effects()).toBe(1);
  });

  test('of other callers are other calls', async () => {
    await once();
    expect(await once({ caller: 'identity:b' })).toMatchObject({ kind: 'first' });
    expect(await effects()).toBe(2);
  });

  test('while the first runs are told so, and hold no connection meanwhile', async () => {
    const { opened: mayEnd, open: letGo } = gate();
    const { opened: runs, open: begin } = gate();
    const first = once({}, async () => {
      begin();
      await mayEnd;
      return effect();
    });
    // Before it has begun a repeat may be the first itself.
    await runs;
    const repeats = await Promise.all(Array.from({ length: 50 }, () => once()));
    expect(repeats.filter(({ kind }) => kind === 'running')).toHaveLength(50);
    letGo();
    expect(await first).toEqual({ kind: 'first', result: 'done' });
    expect(await effects()).toBe(1);
  });

  test('after a day are new calls', async () => {
    await once();
    await database.query(`update idempotency_key set created_at = created_at - interval '25 hours'`);
    expect(await once({ requestHash: 'h2' })).toMatchObject({ kind: 'first' });
    await database.query(`update idempotency_key set created_at = created_at - interval '25 hours'`);
    expect(await idempotencyStore(database).forgetOld()).toBe(1);
  });
});

describe('a first call that does not end', () => {
  test('because of a fault leaves neither effect nor key, and may be repeated', async () => {
    await expect(
      once({}, async () => {
        await effect();
        throw new Error('fault');
      }),
    ).rejects.toThrow('fault');
    expect(await effects()).toBe(0);
    expect(await isKept()).toBe(false);
    expect(await once()).toMatchObject({ kind: 'first' });
    expect(await effects()).toBe(1);
  });

  test('because its connection is cut between effect and commit leaves neither', async () => {
    const cut = once({}, async () => {
      const result = await effect();
      const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
      const other = await openDatabase({ url: testDatabase.url, poolSize: 1 }, Math.random);
      await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await other.close();
      return result;
    });
    await expect(cut).rejects.toThrow();
    expect(await effects()).toBe(0);
    expect(await once()).toMatchObject({ kind: 'first' });
    expect(await effects()).toBe(1);
  });

  test('control: an effect that does not join is there without its key', async () => {
    const outside = await openDatabase({ url: testDatabase.url, poolSize: 1 }, Math.random);
    const apart = () =>
      outside.query(`insert into outbox (queue, name, job_id, row_id) values ('jobs', 'execution', 'j', 'r')`);
    await expect(
      once({}, async () => {
        await apart();
        throw new Error('fault');
      }),
    ).rejects.toThrow('fault');
    expect(await effects()).toBe(1);
    expect(await isKept()).toBe(false);
    await outside.close();
  });
});

describe('everything done together', () => {
  const insert = (id: string) =>
    database.query(`insert into outbox (queue, name, job_id, row_id) values ('jobs', 'execution', $1, 'r')`, [id]);

  test('is one transaction, though parts of it fail and are given up', async () => {
    await database.together(async () => {
      await insert('a');
      await database
        .transaction(async () => {
          await insert('b');
          throw new Error('given up');
        })
        .catch(() => undefined);
      await database.transaction(() => insert('c'));
    });
    const { rows } = await database.query<{ id: string }>('select job_id as id from outbox order by 1');
    expect(rows.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  test('takes turns on its connection when parts run at once', async () => {
    await database.together(() =>
      Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          database.transaction(async (sql) => {
            await sql.query('select 1');
            await insert(String(index));
          }),
        ),
      ),
    );
    expect(await effects()).toBe(20);
  });

  test('needs one connection, so that many at once cannot wait for one another', async () => {
    await Promise.all(
      Array.from({ length: 40 }, () =>
        database.together(() =>
          database.transaction(async () => {
            await insert('x');
          }),
        ),
      ),
    );
    expect(await effects()).toBe(40);
  });

  test('is left by work that outlives it', async () => {
    let later: () => Promise<unknown> = () => Promise.resolve();
    await database.together(async () => {
      const { AsyncResource } = await import('node:async_hooks');
      later = AsyncResource.bind(() => insert('later'));
      await insert('inside');
    });
    await later();
    expect(await effects()).toBe(2);
  });
});
