// One process at a time for work that must not be done twice: a session advisory lock on a connection of its own.
// The work runs on that connection, so that a process that lost the lock cannot write any more.
import { setTimeout as delay } from 'node:timers/promises';
import type { EventSequencer, Leadership, OutboxReader } from '../steps/ports/outbox.js';
import { type Database, type Sql, sqlOf } from './database.js';
import { sequenceEvents } from './event.js';
import { nextEntries, removeEntries } from './outbox.js';

const locks = { relay: 7_281_002, sequencer: 7_281_003 } as const;
/** How often a process that does not lead asks whether it may. */
const standbyMs = 1_000;

export const relayLeadership = (database: Database): Leadership<OutboxReader> =>
  leadership(database, locks.relay, (sql) => ({
    next: (limit) => nextEntries(sql, limit),
    remove: (ids) => removeEntries(sql, ids),
  }));

export const sequencerLeadership = (database: Database): Leadership<EventSequencer> =>
  leadership(database, locks.sequencer, (sql) => ({ sequence: (limit) => sequenceEvents(sql, limit) }));

function leadership<Lead>(database: Database, lock: number, leadOf: (sql: Sql) => Lead): Leadership<Lead> {
  return {
    lead: async (signal, work, onFault) => {
      while (!signal.aborted) {
        // A fault of the work or of the connection ends the lead, never the loop.
        await leadOnce(database, lock, (sql) => work(leadOf(sql), signal)).catch(onFault);
        await delay(standbyMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

async function leadOnce(database: Database, lock: number, work: (sql: Sql) => Promise<void>): Promise<void> {
  const runner = database.dataSource.createQueryRunner();
  const sql = sqlOf(runner);
  try {
    const { rows } = await sql.query<{ leads: boolean }>('select pg_try_advisory_lock($1) as leads', [lock]);
    if (rows[0]?.leads !== true) return;
    try {
      await work(sql);
    } finally {
      await sql.query('select pg_advisory_unlock($1)', [lock]).catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
}
