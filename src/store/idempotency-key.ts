// The memory of calls with an idempotency key, kept 24 hours per caller.
//
// The key's row is written in the same transaction as the effect: `database.together` joins whatever the mutation's steps
// open. A crash before the commit therefore leaves neither the effect nor the key, one after it leaves both; there is no
// state in between to recover from, so no lease and no clean-up decide anything. While the first call runs its row is
// invisible; an advisory lock, gone with its transaction, says that it runs. A refusal is remembered like any result; a
// fault rolls everything back and may be repeated with the same key.
import type { IdempotencyStore, KeyedCall, KeyedOutcome } from '../steps/ports/idempotency.js';
import type { Database } from './database.js';

const keptFor = `interval '24 hours'`;

export const idempotencyStore = (database: Database): IdempotencyStore => ({
  once: (call, effect, memory) => database.together(() => once(database, call, effect, memory)),
  forgetOld: async () =>
    (await database.query(`delete from idempotency_key where created_at < clock_timestamp() - ${keptFor}`)).count,
});

async function once<Result>(
  database: Database,
  call: KeyedCall,
  effect: () => Promise<Result>,
  memory: (result: Result) => unknown,
): Promise<KeyedOutcome<Result>> {
  if (!(await isFirstHere(database, call))) return { kind: 'running' };
  const before = await recall(database, call);
  if (before !== null)
    return before.requestHash === call.requestHash ? { kind: 'repeated', memory: before.response } : { kind: 'reused' };
  const result = await effect();
  await remember(database, call, memory(result));
  return { kind: 'first', result };
}

/** A try, not a wait: a caller that repeats too early is told so instead of holding a connection. */
async function isFirstHere(database: Database, { caller, key }: KeyedCall): Promise<boolean> {
  const { rows } = await database.query<{ isLocked: boolean }>(
    'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "isLocked"',
    [`idempotency:${caller}:${key}`],
  );
  return rows[0]?.isLocked === true;
}

async function recall(database: Database, { caller, key }: KeyedCall) {
  const { rows } = await database.query<{ requestHash: string; response: unknown }>(
    `select request_hash as "requestHash", response from idempotency_key
     where caller = $1 and key = $2 and created_at >= clock_timestamp() - ${keptFor}`,
    [caller, key],
  );
  return rows[0] ?? null;
}

async function remember(database: Database, call: KeyedCall, memory: unknown): Promise<void> {
  await database.query(
    `insert into idempotency_key (caller, key, operation, request_hash, response) values ($1, $2, $3, $4, $5)
     on conflict (caller, key) do update set operation = excluded.operation, request_hash = excluded.request_hash,
       response = excluded.response, created_at = clock_timestamp()`,
    [call.caller, call.key, call.operation, call.requestHash, JSON.stringify(memory ?? null)],
  );
}
