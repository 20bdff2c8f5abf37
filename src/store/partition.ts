// Keeps months of the tables that only grow ahead of the calendar; what a month is, the migration says (ensure_partitions).
import type { PartitionStore } from '../steps/ports/partition.js';
import type { Database } from './database.js';

export const partitionStore = (database: Database): PartitionStore => ({
  ensureMonths: async () => {
    await database.query('select ensure_partitions(clock_timestamp()::date)');
  },
});
