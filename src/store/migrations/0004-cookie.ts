// Whose a cookie of an incremental reading is: that of another connection, or of other settings, cannot be gone on from.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = `
alter table synchronization_state add column cookie_source text;
comment on column synchronization_state.cookie_source is 'digest of the connection, its settings and what was read by it when the cookie was given';
`;

export class Cookie1700000000004 implements MigrationInterface {
  readonly name = 'Cookie1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(columns);
  }

  async down(): Promise<void> {
    throw new Error('A migration is never undone: restore a backup.');
  }
}
