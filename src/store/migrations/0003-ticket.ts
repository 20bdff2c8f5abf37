// What people were told with the orders they carry out, kept as it was when they were.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Ticket1700000000003 implements MigrationInterface {
  readonly name = 'Ticket1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table provisioning_order add column instructions text;
      comment on column provisioning_order.instructions is 'of a manual order, filled in when it was handed over'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table provisioning_order drop column instructions');
  }
}
