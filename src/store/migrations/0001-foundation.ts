// The tables of the foundation: directory, role model state, orders, requests, jobs, events, outbox, audit.
// Tables that only grow (orders, attempts, events, log, audit) are partitioned by month; `ensure_partitions` adds months.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { directoryTables } from './0001-directory.js';
import { orderTables } from './0001-order.js';
import { recordTables } from './0001-record.js';
import { requestTables } from './0001-request.js';

export class Foundation1700000000001 implements MigrationInterface {
  readonly name = 'Foundation1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [directoryTables, requestTables, orderTables, recordTables])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('The foundation cannot be migrated down: restore a backup instead.');
  }
}
