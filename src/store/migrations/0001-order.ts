// Orders, their attempts, the health of connections, and the outbox.

export const orderTables = `
create sequence provisioning_order_number;
create table provisioning_order (
  id uuid not null,
  number bigint not null default nextval('provisioning_order_number'),
  created_at timestamptz not null default clock_timestamp(),
  assignment_id uuid not null,
  identity_id uuid,
  resource_type text not null,
  connection text not null,
  target text not null,
  kind text not null,
  delta jsonb not null,
  target_resource text not null generated always as (case when target = '*' then delta ->> 'key' else target end) stored,
  expected_hash text not null,
  pending_roles text[] not null default '{}',
  state text not null,
  desired_version bigint not null,
  lane int not null default 0,
  depends_on uuid[] not null default '{}',
  job_execution_id uuid,
  attempt int not null default 0,
  tries_used int not null default 0,
  first_failed_at timestamptz,
  next_attempt_at timestamptz,
  queued_at timestamptz,
  waiting_reason text,
  is_uncertain boolean not null default false,
  interruptions int not null default 0,
  lease_token bigint not null default 0,
  lease_until timestamptz,
  held_by text,
  mode text not null default 'AUTOMATIC',
  assignee uuid,
  due_at timestamptz,
  transmitted_at timestamptz,
  validity_hours int not null default 48,
  postponed_until date,
  reviewed_by text,
  reviewed_at timestamptz,
  review_comment text,
  error jsonb,
  evidence jsonb,
  version int not null default 1,
  updated_at timestamptz not null default clock_timestamp(),
  executed_at timestamptz,
  verified_at timestamptz,
  primary key (id, created_at)
) partition by range (created_at);
create index provisioning_order_target on provisioning_order (connection, target_resource, number)
  where state in ('PENDING', 'TRANSMITTED', 'AWAITING_APPROVAL');
create index provisioning_order_dependency on provisioning_order using gin (depends_on)
  where state in ('PENDING', 'AWAITING_APPROVAL') and depends_on <> '{}';
create index provisioning_order_due on provisioning_order (next_attempt_at, number) where state = 'PENDING';
create index provisioning_order_unqueued on provisioning_order (number) where state = 'PENDING' and queued_at is null;
create index provisioning_order_overdue on provisioning_order (due_at) where state = 'TRANSMITTED';
create index provisioning_order_unsent on provisioning_order (number) where state = 'PENDING' and mode = 'MANUAL';
create index provisioning_order_unverified on provisioning_order (executed_at) where state = 'EXECUTED';
create index provisioning_order_assignment on provisioning_order (assignment_id, number);
create index provisioning_order_identity on provisioning_order (identity_id, number);
create index provisioning_order_execution on provisioning_order (job_execution_id, number);
create index provisioning_order_state on provisioning_order (state, number);
create index provisioning_order_number_index on provisioning_order (number);
comment on column provisioning_order.target is 'what one claim at a time is for: <entity type>/<key>, or * for packages that are serial by connection';
comment on column provisioning_order.target_resource is 'orders of one are carried out in the order of their numbers, also where target is *';
comment on column provisioning_order.queued_at is 'when the order was handed to its queue; null: nobody has a job for it';
comment on column provisioning_order.waiting_reason is 'connection, transient, throttled or unknown; null: it does not wait for another try';
comment on column provisioning_order.is_uncertain is 'a try may have been applied without our knowing: the next one reads first';
comment on column provisioning_order.interruptions is 'holders in a row that died, or were stopped, while they had the order';
comment on column provisioning_order.mode is 'AUTOMATIC: a connector carries it out; MANUAL: a person does, and says so';
comment on column provisioning_order.due_at is 'manual orders: when the validity period is over';
comment on column provisioning_order.validity_hours is 'how long it may stay TRANSMITTED, or EXECUTED without having been seen; 0: for ever';
comment on column provisioning_order.postponed_until is 'a reviewer wants to see it again on that day';
comment on column provisioning_order.reviewed_by is 'who approved or declined it, as actorReference';
comment on column provisioning_order.lane is '0 leavers, 1 changes, 2 joiners, 3 bulk: lower first';

create function check_order_transition() returns trigger language plpgsql as $body$
begin
  if (old.state, new.state) in (
    ('PENDING', 'EXECUTED'), ('PENDING', 'ERRORED'), ('EXECUTED', 'VERIFIED'), ('EXECUTED', 'ERRORED'), ('AWAITING_APPROVAL', 'PENDING'),
    ('PENDING', 'TRANSMITTED'), ('TRANSMITTED', 'EXECUTED'), ('TRANSMITTED', 'ERRORED'), ('TRANSMITTED', 'INACTIVE'), ('ERRORED', 'PENDING'),
    ('PENDING', 'INACTIVE'), ('AWAITING_APPROVAL', 'INACTIVE'), ('ERRORED', 'INACTIVE'), ('ERROR', 'INACTIVE'), ('EXECUTED', 'INACTIVE'))
  then return new;
  end if;
  raise exception 'order % cannot go from % to %', old.id, old.state, new.state using errcode = 'check_violation';
end
$body$;
create trigger provisioning_order_transition before update of state on provisioning_order
  for each row when (old.state is distinct from new.state) execute function check_order_transition();

create table provisioning_attempt (
  order_id uuid not null,
  connection text not null,
  number int not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  outcome text,
  error jsonb,
  steps jsonb not null default '[]',
  primary key (order_id, number, started_at)
) partition by range (started_at);
create index provisioning_attempt_connection on provisioning_attempt (connection, started_at);

create table connection_health (
  connection text primary key,
  status text not null,
  code text,
  reason text,
  since timestamptz not null default clock_timestamp(),
  recent boolean[] not null default '{}',
  connect_failures int not null default 0,
  probe_interval_seconds int,
  next_probe_at timestamptz,
  settings_digest text,
  throttled_until timestamptz,
  turn_order_id uuid,
  turn_until timestamptz
);
comment on column connection_health.settings_digest is 'of the settings whose credentials were refused';
comment on column connection_health.throttled_until is 'no order of the connection is claimed before: the system asked us to wait';
comment on column connection_health.turn_order_id is 'of a connection with target *: the one order that may run, until turn_until';
comment on column connection_health.status is 'CLOSED (works), OPEN (probed), QUARANTINED (refused credentials)';

create table outbox (
  id bigint generated always as identity primary key,
  queue text not null,
  name text not null,
  job_id text not null,
  row_id text not null,
  priority int not null default 0,
  created_at timestamptz not null default clock_timestamp()
);
`;
