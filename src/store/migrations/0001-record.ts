// What happened and what runs: events, job executions, their log, and the audit.

export const recordTables = `
create table event (
  id bigint generated always as identity,
  occurred_at timestamptz not null default clock_timestamp(),
  kind text not null,
  identity_id uuid,
  request_id uuid,
  execution_id uuid,
  body jsonb not null,
  position bigint,
  primary key (id, occurred_at)
) partition by range (occurred_at);
create index event_unsequenced on event (id) where position is null;
create index event_identity on event (identity_id, id) where identity_id is not null;
create index event_position on event (position) where position is not null;
comment on column event.position is 'gapless and in commit order; assigned after the commit by the one sequencer';
create table event_sequence (only_row boolean primary key default true check (only_row), last bigint not null);
insert into event_sequence (last) values (0);

create table job_execution (
  id uuid primary key,
  number bigint generated always as identity unique,
  job text,
  state text not null,
  trigger text not null,
  launched_by text not null,
  is_dry_run boolean not null default false,
  scope jsonb not null default '{}',
  scope_digest text not null,
  plan_id uuid,
  violations jsonb not null default '[]',
  warning_count int not null default 0,
  error_count int not null default 0,
  lease_token bigint not null default 0,
  lease_until timestamptz,
  is_cancel_asked boolean not null default false,
  occurrence text,
  released_by text,
  released_at timestamptz,
  release_comment text,
  release_digest text,
  retry_of uuid,
  queued_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz
);
comment on column job_execution.released_by is 'who let it go on after a threshold had stopped it, as actorReference; never who launched it';
comment on column job_execution.release_digest is 'of the changes that were seen and released';
create unique index job_execution_one_at_a_time on job_execution (job)
  where job is not null and state in ('QUEUED', 'RUNNING', 'CANCELING');
create unique index job_execution_occurrence on job_execution (job, occurrence) where occurrence is not null;
create index job_execution_joinable on job_execution (scope_digest) where state = 'QUEUED';
create index job_execution_open on job_execution (queued_at) where finished_at is null;
create index job_execution_job on job_execution (job, number);
comment on column job_execution.occurrence is 'which planned moment of the schedule it is for: a moment delivered twice launches once';

create table task_execution (
  id uuid primary key,
  execution_id uuid not null references job_execution (id),
  position int not null,
  level int not null,
  identifier text not null,
  kind text not null,
  connector text,
  mode text not null,
  state text not null,
  done int not null default 0,
  total int,
  message text,
  counters jsonb not null default '{}',
  violations jsonb not null default '[]',
  error jsonb,
  is_released boolean not null default false,
  started_at timestamptz,
  finished_at timestamptz,
  unique (execution_id, position)
);
comment on column task_execution.is_released is 'a second person has seen what its threshold held back: it may be done';
create index task_execution_connector on task_execution (connector, kind, id) where connector is not null;
create table task_part (
  id uuid primary key,
  task_id uuid not null references task_execution (id),
  phase text not null,
  position int not null,
  after_id uuid,
  until_id uuid,
  size int not null,
  state text not null,
  lease_token bigint not null default 0,
  lease_until timestamptz,
  counters jsonb not null default '{}',
  warnings jsonb not null default '[]',
  survey jsonb,
  error jsonb,
  finished_at timestamptz,
  unique (task_id, phase, position)
);
comment on column task_part.phase is 'survey: looks what would change; compute: writes it, once the losses of all parts passed the threshold';

create table log_entry (
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  execution_id uuid not null,
  task_id uuid,
  level text not null,
  message text not null,
  fields jsonb,
  primary key (id, at)
) partition by range (at);
create index log_entry_execution on log_entry (execution_id, id);

create table audit_entry (
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  subject text,
  before jsonb,
  after jsonb,
  previous_hash text not null,
  hash text not null,
  primary key (id, at)
) partition by range (at);
create index audit_entry_subject on audit_entry (subject, id) where subject is not null;
create index audit_entry_actor on audit_entry (actor, id);

create function ensure_partitions(today date) returns void language plpgsql as $body$
declare
  parent text;
  month date;
begin
  foreach parent in array array['resource_change', 'provisioning_order', 'provisioning_attempt', 'event', 'log_entry', 'audit_entry'] loop
    for step in -1..3 loop
      month := (date_trunc('month', today::timestamp) + make_interval(months => step))::date;
      begin
        execute format('create table if not exists %I partition of %I for values from (%L) to (%L)',
          parent || '_' || to_char(month, 'YYYYMM'), parent, month, (month + interval '1 month')::date);
      exception when check_violation then
        -- The rest holds rows of that month already: all of that month stay there.
        null;
      end;
    end loop;
    execute format('create table if not exists %I partition of %I default', parent || '_rest', parent);
  end loop;
end
$body$;
select ensure_partitions(current_date);
`;
