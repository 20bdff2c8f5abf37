// Connections made through the API with their sealed secrets, what their tests said, and which connectors are switched off.
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
create table connection (
  identifier text primary key,
  connector text not null,
  display_name text not null,
  package text not null,
  settings jsonb not null,
  secrets jsonb not null default '{}',
  secret_versions jsonb not null default '{}',
  version int not null default 1,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_by text not null,
  updated_at timestamptz not null default clock_timestamp()
);
comment on column connection.settings is 'those that are no secrets';
comment on column connection.secrets is 'setting -> the secret, sealed: AES-256-GCM under a key of its own, which the key keyId of the installation wraps';
comment on column connection.secret_versions is 'setting -> how often it was given; goes on counting after it was cleared';
comment on column connection.version is 'goes up with every change';

create table connector_switch (
  connector text primary key,
  is_enabled boolean not null,
  version int not null default 1,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp()
);
comment on table connector_switch is 'connectors that a person has switched off, or on again; one without a row is on';

create table connection_test (
  id uuid primary key,
  connection text not null,
  asked_by text not null,
  asked_at timestamptz not null default clock_timestamp(),
  lease_until timestamptz,
  ran_at timestamptz,
  outcome text,
  steps jsonb not null default '[]'
);
create index connection_test_connection on connection_test (connection, ran_at);
comment on column connection_test.lease_until is 'a worker is at it until then';
comment on column connection_health.status is 'CLOSED (works), OPEN (probed), QUARANTINED (refused credentials), DISABLED (switched off)';
`;

export class Connection1700000000002 implements MigrationInterface {
  readonly name = 'Connection1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(): Promise<void> {
    throw new Error('Connections made through the API would be lost: restore a backup instead.');
  }
}
