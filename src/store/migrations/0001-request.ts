// Requests, approvals and plans.

export const requestTables = `
create table assignment_request (
  id uuid primary key,
  number bigint generated always as identity unique,
  requester text not null,
  requester_identity_id uuid,
  beneficiary_id uuid not null,
  justification text,
  state text not null,
  digest text not null,
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  reminded_at timestamptz
);
comment on column assignment_request.version is 'grows with every change; who decides names the version decided on';
create index assignment_request_beneficiary on assignment_request (beneficiary_id, id);
create index assignment_request_requester on assignment_request (requester_identity_id, id);
create index assignment_request_open on assignment_request (state, id) where closed_at is null;

create table request_item (
  id uuid primary key,
  request_id uuid not null references assignment_request (id),
  beneficiary_id uuid not null,
  position int not null,
  action text not null,
  role text not null,
  start_date date,
  end_date date,
  parameters jsonb,
  warnings jsonb not null default '[]',
  adjustments jsonb not null default '[]',
  state text not null,
  unique (request_id, position)
);
create unique index request_item_one_undecided on request_item (beneficiary_id, role) where state = 'PENDING_APPROVAL';
create index request_item_progressing on request_item (beneficiary_id) where state in ('APPROVED', 'PROVISIONING', 'FAILED');
create index request_item_role on request_item (role, request_id);
comment on column request_item.beneficiary_id is 'that of the request, so that a computation finds open items by one index';

create table approval (
  id uuid primary key,
  request_id uuid not null references assignment_request (id),
  item_id uuid not null references request_item (id),
  step int not null,
  step_count int not null,
  rule text not null,
  candidates uuid[] not null,
  decision text,
  decided_by uuid,
  decided_at timestamptz,
  comment text,
  seen_digest text,
  opened_at timestamptz,
  due_at timestamptz,
  kind text not null default 'ROLE',
  quorum int not null default 1,
  on_behalf_of uuid,
  decided_by_rule text,
  unique (item_id, step),
  check (decided_by is null or coalesce(on_behalf_of, decided_by) = any (candidates))
);
create table approval_vote (
  approval_id uuid not null references approval (id),
  decided_by uuid not null,
  on_behalf_of uuid,
  comment text,
  seen_digest text,
  decided_at timestamptz not null default clock_timestamp(),
  primary key (approval_id, decided_by)
);
comment on table approval_vote is 'who said yes to a step that takes several; the last one decides the step';
create table delegation (
  id uuid primary key,
  delegator_id uuid not null,
  delegate_id uuid not null,
  start_date date not null,
  end_date date not null,
  reason text,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);
create index delegation_delegate on delegation (delegate_id, end_date);
create index delegation_delegator on delegation (delegator_id, end_date);
comment on column approval.kind is 'ROLE: a step of the role''s workflow; RISK: an extra one because of a risk';
comment on column approval.on_behalf_of is 'the candidate whose delegate decided';
comment on column approval.decided_by_rule is 'automation rule or expiry that decided; decided_by is null then';
create index approval_waiting on approval (opened_at) where decision is null or decision = 'POSTPONED';
create unique index approval_two_people on approval (item_id, decided_by) where decision = 'APPROVED';
create index approval_decided_by on approval (decided_by) where decided_by is not null;
create index approval_candidates on approval using gin (candidates);
create index approval_request on approval (request_id);
comment on column approval.rule is 'why the candidates are the candidates';
comment on column approval.opened_at is 'since when it waits; null while an earlier step does';

create table provisioning_plan (
  id uuid primary key,
  state text not null,
  inputs_digest text not null,
  summary jsonb not null,
  violations jsonb not null default '[]',
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  scope jsonb not null default '{}',
  candidate_id uuid,
  configuration_changes jsonb,
  applied_execution uuid,
  applied_at timestamptz
);
create table configuration_candidate (
  id uuid primary key,
  digest text not null,
  document jsonb not null,
  base_version int not null,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp()
);
comment on table configuration_candidate is 'a checked configuration that is not applied yet: plans are made of it';
comment on column provisioning_plan.candidate_id is 'of the configuration it was computed with; null: the one in force';
create table export (
  id uuid primary key,
  subject text not null,
  format text not null,
  filter jsonb,
  state text not null,
  created_by text not null,
  row_count int,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  written_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz
);
create table export_part (
  export_id uuid not null references export (id) on delete cascade,
  position int not null,
  content text not null,
  primary key (export_id, position)
);
create table planned_change (
  id uuid primary key,
  plan_id uuid not null references provisioning_plan (id) on delete cascade,
  position int not null,
  kind text not null,
  resource_type text not null,
  identity_id uuid,
  resource_id uuid,
  resource_key text not null,
  delta jsonb not null,
  requires_review boolean not null default false,
  unique (plan_id, position)
);
create table plan_input (
  plan_id uuid not null references provisioning_plan (id) on delete cascade,
  identity_id uuid not null,
  digest text not null,
  is_changed boolean not null,
  lost_roles text[] not null default '{}',
  applied_at timestamptz,
  primary key (plan_id, identity_id)
);
comment on table plan_input is 'what each identity of a plan was computed from and comes to: applied only while it is still so';

create table idempotency_key (
  caller text not null,
  key text not null,
  operation text not null,
  request_hash text not null,
  response jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (caller, key)
);
`;
