// Configuration, what was read from managed systems, and what the role model made of it.

export const directoryTables = `
create table configuration_version (
  version int generated always as identity primary key,
  digest text not null,
  document jsonb not null,
  applied_by text not null,
  applied_at timestamptz not null default clock_timestamp()
);

create table resource (
  id uuid primary key,
  entity_type text not null,
  key text not null,
  attributes jsonb not null,
  hash text not null,
  version bigint not null default 1,
  seen_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  is_pre_existing boolean not null default false,
  classified_as text,
  classification_confidence int,
  unique (entity_type, key)
);
create index resource_entity_type_id on resource (entity_type, id);
comment on column resource.is_pre_existing is 'found by the very first load of its entity type';
comment on column resource.classified_as is 'resource type that a classification rule says it is of; null: none says so';
create index resource_removed on resource (entity_type, id) where removed_at is not null;
comment on column resource.seen_at is 'database time of the reading that gave this content; an older reading never overwrites it';
comment on column resource.removed_at is 'identities only: its source no longer lists it; it is due nothing, and the row goes once it owns nothing';

create table resource_link (
  resource_id uuid not null references resource (id) on delete cascade,
  property text not null,
  target_key text not null,
  primary key (resource_id, property, target_key)
);
create index resource_link_target on resource_link (property, target_key);

create table correlation_key (
  resource_id uuid not null references resource (id) on delete cascade,
  rule text not null,
  value text not null,
  primary key (resource_id, rule)
);
create index correlation_key_value on correlation_key (rule, value);

create table correlation_source (
  identity_id uuid not null references resource (id) on delete cascade,
  rule text not null,
  value text not null,
  primary key (identity_id, rule)
);
create index correlation_source_value on correlation_source (rule, value);
comment on table correlation_key is 'value of a correlation rule''s target expression for each resource; query:<rule> of query rules, unique:<property> of what must be unique';
comment on table correlation_source is 'value of a correlation rule''s source expression for each identity; of query rules (query:<rule>) as last computed';

create table synchronization_session (
  id uuid primary key,
  connector text not null,
  task_id uuid not null,
  state text not null default 'OPEN',
  change_count bigint not null default 0,
  readings jsonb not null default '[]',
  started_at timestamptz not null default clock_timestamp()
);
create index synchronization_session_connector on synchronization_session (connector);
comment on column synchronization_session.readings is 'of a parked session: what was read, so that it can be applied when it is released';
comment on column synchronization_session.state is 'OPEN while it is read and applied, BLOCKED when a threshold parked its changes';

create unlogged table synchronization_row (
  session uuid not null references synchronization_session (id) on delete cascade,
  entity_type text not null,
  key text not null,
  id uuid not null,
  attributes jsonb not null,
  links jsonb not null,
  hash text not null,
  correlation jsonb not null default '{}',
  change text not null default 'read',
  primary key (session, entity_type, key)
);
comment on column synchronization_row.change is 'read (not compared yet), gone (the target said so), then insert, update, delete or same';

create table synchronization_state (
  entity_type text primary key,
  connector text not null,
  listed_at timestamptz not null,
  correlation_digest text not null,
  cookie text
);
comment on table synchronization_state is 'the newest reading applied per entity type; none = the first load is still to come';
comment on column synchronization_state.cookie is 'where the package goes on telling changes; null = it tells none';

create table dirty_identity (
  identity_id uuid primary key,
  reason text not null,
  since timestamptz not null default clock_timestamp()
);

create table resource_change (
  id bigint generated always as identity,
  occurred_at timestamptz not null default clock_timestamp(),
  resource_id uuid not null,
  kind text not null,
  changes jsonb not null,
  origin text not null,
  primary key (id, occurred_at)
) partition by range (occurred_at);
create index resource_change_resource on resource_change (resource_id, id);
comment on column resource_change.changes is 'list of {property, from, to}; secrets are left out';
comment on column resource_change.origin is 'execution:<id> of the synchronisation or order:<id> of the order that brought it';

create table reserved_value (
  entity_type text not null,
  property text not null,
  folded text not null,
  value text not null,
  identity_id uuid not null,
  resource_type text not null,
  rule text not null,
  base text not null,
  attempt int not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (entity_type, property, folded)
);
create unique index reserved_value_owner on reserved_value (identity_id, resource_type, property);
comment on table reserved_value is 'generated values that must be unique: whoever inserts first has it, whatever runs beside';
comment on column reserved_value.folded is 'the value in lower case: values that differ in case only count as one';
comment on column reserved_value.base is 'what attempt 0 gives: when it changes, a rule that follows reserves anew';

create table identity_state (
  identity_id uuid primary key references resource (id) on delete cascade,
  roles text[] not null,
  reasons text[] not null,
  roles_hash text not null default '',
  input_hash text not null,
  configuration_version int not null,
  next_due_on date,
  suggested_roles text[] not null default '{}',
  suggested_rules text[] not null default '{}',
  computed_at timestamptz not null
);
comment on column identity_state.roles is 'one element for each reason: a role held for two reasons is in it twice; reasons is parallel';
comment on column identity_state.roles_hash is 'digest of roles and reasons, so that a complete run need not read them';
comment on column identity_state.suggested_roles is 'offered, not held; suggested_rules is parallel: rule ids, with a leading + where it is ticked for somebody new';
create index identity_state_due on identity_state (next_due_on) where next_due_on is not null;

create table role_assignment (
  identity_id uuid not null references resource (id) on delete cascade,
  role text not null,
  workflow_state text not null,
  start_date date,
  end_date date,
  request_item_id uuid,
  approval_step int,
  approval_step_count int,
  parameters jsonb,
  decided_by text,
  comment text,
  found_resource uuid,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (identity_id, role)
);
comment on column role_assignment.decided_by is 'who denied, kept or prolonged it, as actorReference or rule:<id>; null: its request says so';
comment on column role_assignment.found_resource is 'the account that shows the role, where it was found rather than given';
create index role_assignment_role on role_assignment (role, identity_id);
create index role_assignment_request_item on role_assignment (request_item_id) where request_item_id is not null;

create table resource_assignment (
  id uuid primary key,
  identity_id uuid not null references resource (id) on delete cascade,
  resource_type text not null,
  resource_id uuid references resource (id) on delete set null,
  resource_key text not null,
  is_due boolean not null,
  expected jsonb not null,
  expected_hash text not null,
  observed_hash text,
  workflow_state text not null,
  provisioning_state text not null,
  desired_version bigint not null default 1,
  ordered_version bigint not null default 0,
  delta jsonb,
  base_hash text,
  error jsonb,
  pending_roles text[] not null default '{}',
  drift_count int not null default 0,
  held_kind text,
  held_execution uuid,
  released_version bigint,
  slot int not null default 0,
  delete_on date,
  declined_hash text,
  proposed_version bigint not null default 0,
  final_version bigint,
  confidence_percent int,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (identity_id, resource_type, slot)
);
comment on column resource_assignment.identity_id is 'whose; the resource itself while an account nobody owns is removed by a decision';
comment on column resource_assignment.slot is '0 the account itself; further ones were correlated (correlateMultipleResources) and are never created by us';
comment on column resource_assignment.delete_on is 'a disabled account is deleted on that day';
comment on column resource_assignment.declined_hash is 'a reviewer declined the change to this expected_hash: it is not proposed again until another one is expected';
comment on column resource_assignment.proposed_version is 'the desired version that an order awaiting approval was made for: nobody was asked to write it yet, unlike ordered_version';
comment on column resource_assignment.final_version is 'the desired version that was written and that nothing will ever show in the target: its EXECUTED is the end';
comment on column resource_assignment.confidence_percent is 'of the correlation that found the resource; null: sure, or made by us';
create index resource_assignment_resource on resource_assignment (resource_id) where resource_id is not null;
create index resource_assignment_key on resource_assignment (resource_type, resource_key);
create index resource_assignment_unordered on resource_assignment (identity_id)
  where (provisioning_state = 'PENDING' and ordered_version < desired_version)
    or (provisioning_state = 'AWAITING_APPROVAL' and proposed_version < desired_version);
create index resource_assignment_held on resource_assignment (held_execution) where held_execution is not null;
create index resource_assignment_delete_on on resource_assignment (delete_on) where delete_on is not null;
create index resource_assignment_undecided on resource_assignment (identity_id) where provisioning_state = 'ERROR';
create unique index resource_assignment_one_owner on resource_assignment (resource_type, resource_key)
  where is_due and provisioning_state <> 'ERROR';
comment on column resource_assignment.expected is 'ExpectedResource: every policy value with the rule that gave it';
comment on column resource_assignment.observed_hash is 'resource.hash when the resource was last found equal to expected; null while it is not';
comment on column resource_assignment.base_hash is 'resource.hash that delta was made from, empty text when there was no resource; null asks for a new comparison';
comment on column resource_assignment.error is 'why the rules cannot say what is expected, with state ERROR, or why nothing is written, with NONE: {rule, message}';
comment on column resource_assignment.delta is 'ResourceDelta still to be seen in the target; null when settled';
comment on column resource_assignment.held_kind is 'a threshold holds back the waiting change while it is of this kind: no run may order it';
comment on column resource_assignment.released_version is 'the desired_version that a second person has released: no threshold holds it back';
comment on column resource_assignment.held_execution is 'the execution whose threshold held the change back; null when it had none';
comment on column resource_assignment.pending_roles is 'roles whose gain or loss the delta carries out; empty when settled';

create table value_assignment (
  assignment_id uuid not null references resource_assignment (id) on delete cascade,
  property text not null,
  target_key text not null default '',
  workflow_state text not null,
  value jsonb,
  expected jsonb,
  confidence_percent int,
  decided_by text,
  decided_at timestamptz,
  comment text,
  found_at timestamptz not null default clock_timestamp(),
  primary key (assignment_id, property, target_key)
);
comment on table value_assignment is 'one value of an account that is not simply calculated: found in the target, kept or refused by a person';
comment on column value_assignment.target_key is 'of a link; empty for a scalar';
comment on column value_assignment.value is 'what is in the target and stays there while the state is effective';
comment on column value_assignment.expected is 'what the rules wanted when it was found or decided: another wish later makes an approved value questioned';

create table reconciliation_item (
  id uuid primary key,
  kind text not null,
  subject text not null,
  group_key text not null,
  identity_id uuid references resource (id) on delete cascade,
  resource_id uuid references resource (id) on delete cascade,
  assignment_id uuid,
  resource_type text,
  role text,
  property text,
  target_key text,
  current_value jsonb,
  expected_value jsonb,
  suggestion text,
  confidence_percent int,
  is_pre_existing boolean not null default false,
  found_at timestamptz not null default clock_timestamp(),
  postponed_until date,
  decision text,
  decided_by text,
  decided_at timestamptz,
  comment text,
  owner_id uuid
);
create unique index reconciliation_item_open on reconciliation_item (subject) where decision is null;
create index reconciliation_item_decided on reconciliation_item (subject) where decision is not null;
create index reconciliation_item_list on reconciliation_item (kind, group_key, id) where decision is null;
create index reconciliation_item_identity on reconciliation_item (identity_id) where identity_id is not null;
create index reconciliation_item_resource on reconciliation_item (resource_id) where resource_id is not null;
comment on column reconciliation_item.subject is 'what it is about, as text: found twice it is the same item';
comment on column reconciliation_item.postponed_until is 'not listed before';

create table reconciliation_state (
  is_only boolean primary key default true check (is_only),
  examined_at timestamptz not null
);
comment on table reconciliation_state is 'when the last look at what has no reason began: incremental runs look at what changed since';
`;
