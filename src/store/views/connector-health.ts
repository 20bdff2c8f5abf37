// How managed systems are doing: circuits of their connections, waiting and refused orders, tries of the last day.
import type { ConnectorHealthRow, ConnectorHealthView, HealthStatus } from '../../steps/ports/connection-health.js';
import type { Database } from '../database.js';

export const connectorHealthView = (database: Database): ConnectorHealthView => ({
  health: async (questions) => {
    const pairs = questions.flatMap(({ connector, connections }) =>
      connections.map((connection) => [connector, connection]),
    );
    const { rows } = await database.query<Measured>(measure, [
      pairs.map(([connector]) => connector),
      pairs.map(([, connection]) => connection),
    ]);
    const found = new Map(rows.map((row) => [row.connector, row]));
    return questions.map(({ connector }) => healthOf(found.get(connector)));
  },
});

interface Measured {
  readonly connector: string;
  readonly isKnown: boolean;
  readonly isDown: boolean;
  readonly isDisabled: boolean;
  readonly isFailing: boolean;
  readonly reason: string | null;
  readonly since: Date | null;
  readonly pending: number;
  readonly errored: number;
  readonly tries: number;
  readonly succeeded: number;
  readonly p95: number | null;
}

// A connection that nothing went wrong with and that carried out no order may still have been read: its listing counts too.
const measure = `
with asked as (select * from unnest($1::text[], $2::text[]) as c(connector, connection)),
circuits as (
  select c.connector, bool_or(h.connection is not null) as known, bool_or(h.status <> 'CLOSED') as down, bool_or(h.status = 'DISABLED') as disabled,
    bool_or(h.status = 'CLOSED' and false = any(h.recent)) as failing,
    (array_agg(h.reason order by h.since desc) filter (where h.status <> 'CLOSED' or false = any(h.recent)))[1] as reason, max(h.since) as since
  from asked c left join connection_health h on h.connection = c.connection group by c.connector),
listings as (
  select s.connector, max(s.listed_at) as listed from synchronization_state s where s.connector = any($1::text[]) group by s.connector),
orders as (
  select c.connector, count(*) filter (where o.state = 'PENDING') as pending, count(*) filter (where o.state in ('ERRORED', 'ERROR')) as errored
  from asked c join provisioning_order o on o.connection = c.connection and o.state in ('PENDING', 'ERRORED', 'ERROR') group by c.connector),
tries as (
  select c.connector, count(*) as tries, count(*) filter (where t.outcome in ('SUCCEEDED', 'SKIPPED')) as succeeded, min(t.started_at) as first,
    percentile_cont(0.95) within group (order by extract(epoch from t.finished_at - t.started_at) * 1000) as p95
  from asked c join provisioning_attempt t on t.connection = c.connection and t.started_at > clock_timestamp() - interval '24 hours'
  group by c.connector)
select k.connector, k.known or l.listed is not null or coalesce(t.tries, 0) > 0 as "isKnown", coalesce(k.down, false) as "isDown", coalesce(k.disabled, false) as "isDisabled",
  coalesce(k.failing, false) as "isFailing", k.reason, coalesce(k.since, t.first, l.listed) as since,
  coalesce(o.pending, 0)::int as pending, coalesce(o.errored, 0)::int as errored,
  coalesce(t.tries, 0)::int as tries, coalesce(t.succeeded, 0)::int as succeeded, t.p95::float8 as p95
from circuits k left join listings l on l.connector = k.connector left join orders o on o.connector = k.connector
left join tries t on t.connector = k.connector`;

const unknown: Measured = {
  connector: '',
  isKnown: false,
  isDown: false,
  isDisabled: false,
  isFailing: false,
  reason: null,
  since: null,
  pending: 0,
  errored: 0,
  tries: 0,
  succeeded: 0,
  p95: null,
};

function healthOf(measured: Measured = unknown): ConnectorHealthRow {
  const status = statusOf(measured);
  return {
    status,
    reason: status === 'HEALTHY' || status === 'UNKNOWN' ? null : measured.reason,
    // Nothing was ever heard of it: so since the beginning of the record.
    since: measured.since ?? new Date(0),
    pendingOrderCount: measured.pending,
    erroredOrderCount: measured.errored,
    p95LatencyMs: measured.p95 === null ? null : Math.round(measured.p95),
    successRate24h: measured.tries === 0 ? null : measured.succeeded / measured.tries,
  };
}

function statusOf({ isKnown, isDown, isDisabled, isFailing }: Measured): HealthStatus {
  if (isDisabled) return 'DISABLED';
  if (!isKnown) return 'UNKNOWN';
  if (isDown) return 'DOWN';
  return isFailing ? 'DEGRADED' : 'HEALTHY';
}
