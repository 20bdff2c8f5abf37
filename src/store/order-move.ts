// Moves orders that were picked without a lock: their people are locked first, in the order of computations, and the move itself
// looks again at what it may take. Owns that sequence; which orders, and to what state, is said by whoever moves them.
import { lockIdentities } from './assignment-change.js';
import type { Database, Sql } from './database.js';
import { advanceRequests } from './request-progress.js';

export interface PickedOrder {
  readonly id: string;
  readonly identityId: string | null;
}

/** Answers how many `move` has moved. */
export const moveOrders = (
  database: Database,
  move: (sql: Sql, orderIds: readonly string[]) => Promise<number>,
  pick: (sql: Sql) => Promise<readonly PickedOrder[]>,
): Promise<number> =>
  database.transaction(async (sql) => {
    const picked = await pick(sql);
    if (picked.length === 0) return 0;
    const identityIds = picked.flatMap(({ identityId }) => identityId ?? []);
    await lockIdentities(sql, identityIds);
    const orderIds = picked.map(({ id }) => id);
    const moved = await move(sql, orderIds);
    await advanceRequests(sql, identityIds);
    return moved;
  });
