// What is remembered about connections: circuit, probes, and what a return sets free. One row a connection, locked while the
// domain decides; on a good connection nothing is written.
import {
  afterCall,
  afterProbe,
  type CallSignal,
  type Circuit,
  type CircuitStatus,
  type ProbePace,
} from '../domain/circuit.js';
import { releaseSpreadMs } from '../domain/retry.js';
import type { CallEvidence, ConnectionHealthStore, DueProbe } from '../steps/ports/connection-health.js';
import type { Database, Sql } from './database.js';
import { repeated } from './repeated.js';
import { appendFacts } from './event.js';

export const connectionHealthStore = (database: Database, pace: ProbePace): ConnectionHealthStore => ({
  recordCall: (connection, signal, evidence) =>
    database.transaction((sql) => change(sql, connection, evidence, (circuit) => afterCall(circuit, signal, pace))),
  recordProbe: (connection, signal, evidence) =>
    database.transaction((sql) => recordProbe(sql, connection, signal, evidence, pace)),
  dueProbes: (connections = null) => dueProbes(database, connections),
});

interface HealthRow {
  readonly status: CircuitStatus;
  readonly recent: readonly boolean[];
  readonly connectFailures: number;
  readonly probeIntervalSeconds: number | null;
}

async function change(
  sql: Sql,
  connection: string,
  evidence: CallEvidence,
  next: (circuit: Circuit) => Circuit,
): Promise<Circuit> {
  const before = await lockedCircuit(sql, connection);
  const after = next(before);
  if (after !== before) await write(sql, connection, before, after, evidence);
  return after;
}

async function lockedCircuit(sql: Sql, connection: string): Promise<Circuit> {
  await sql.query(
    repeated(`insert into connection_health (connection, status) values ($1, 'CLOSED') on conflict do nothing`),
    [connection],
  );
  const { rows } = await sql.query<HealthRow>(
    repeated(`select status, recent, connect_failures as "connectFailures", probe_interval_seconds as "probeIntervalSeconds"
     from connection_health where connection = $1 for update`),
    [connection],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`The health of connection ${connection} disappeared while it was read.`);
  return row;
}

async function write(
  sql: Sql,
  connection: string,
  before: Circuit,
  after: Circuit,
  evidence: CallEvidence,
): Promise<void> {
  await sql.query(
    repeated(`update connection_health
     set status = $2, recent = $3, connect_failures = $4, probe_interval_seconds = $5::int,
         next_probe_at = clock_timestamp() + make_interval(secs => $5::int), code = $6, reason = $7,
         settings_digest = case when $2 = 'QUARANTINED' then $8 end,
         since = case when status = $2 then since else clock_timestamp() end
     where connection = $1`),
    [
      connection,
      after.status,
      after.recent,
      after.connectFailures,
      after.probeIntervalSeconds,
      evidence.error?.code ?? null,
      evidence.error?.message ?? null,
      evidence.settingsDigest,
    ],
  );
  if (after.status === before.status) return;
  await appendFacts(sql, [
    {
      kind: 'ConnectionChanged',
      connection,
      detail: { previousStatus: before.status, status: after.status, ...evidence.error },
    },
  ]);
  if (after.status === 'CLOSED') await releaseWaiting(sql, connection);
}

/** Everything that waits because the connection was away becomes due, spread so that it is not overrun. */
export async function releaseWaiting(sql: Sql, connection: string): Promise<void> {
  const waiting = `connection = $1 and state in ('PENDING', 'EXECUTED') and next_attempt_at is not null and waiting_reason is distinct from 'throttled'
    and (lease_until is null or lease_until <= clock_timestamp())`;
  const { rows } = await sql.query<{ count: number }>(
    repeated(`select count(*)::int as count from provisioning_order where ${waiting}`),
    [connection],
  );
  const spreadMs = releaseSpreadMs(rows[0]?.count ?? 0);
  await sql.query(
    repeated(`update provisioning_order set queued_at = null, next_attempt_at = clock_timestamp() + random() * make_interval(secs => $2 / 1000.0)
     where ${waiting}`),
    [connection, spreadMs],
  );
}

async function recordProbe(
  sql: Sql,
  connection: string,
  signal: CallSignal,
  evidence: CallEvidence,
  pace: ProbePace,
): Promise<Circuit> {
  const before = await lockedCircuit(sql, connection);
  const after = afterProbe(before, signal, pace);
  await write(sql, connection, before, after, evidence);
  return after;
}

/** Whoever is given an open connection has it alone until the probe is long over. */
async function dueProbes(sql: Sql, connections: readonly string[] | null): Promise<readonly DueProbe[]> {
  const { rows } = await sql.query<DueProbe>(
    repeated(`with taken as (
       update connection_health set next_probe_at = clock_timestamp() + interval '60 seconds'
       where status = 'OPEN' and next_probe_at <= clock_timestamp() and ($1::text[] is null or connection = any($1))
       returning connection, status, settings_digest as "settingsDigest")
     select * from taken union all
     select connection, status, settings_digest from connection_health
     where status = 'QUARANTINED' and ($1::text[] is null or connection = any($1))`),
    [connections],
  );
  return rows;
}

/** Remembers answers of orders' calls, for those connections only on which something had gone wrong. */
export async function noteAnswers(sql: Sql, connections: readonly string[]): Promise<void> {
  if (connections.length === 0) return;
  const { rows } = await sql.query<{ connection: string }>(
    repeated(`select connection from connection_health
     where connection = any($1::text[]) and status <> 'QUARANTINED' and (status <> 'CLOSED' or connect_failures > 0 or false = any(recent))
     order by connection`),
    [[...new Set(connections)]],
  );
  for (const { connection } of rows) {
    const answers = connections.filter((each) => each === connection).length;
    await change(sql, connection, { error: null, settingsDigest: '' }, (circuit) => afterAnswers(circuit, answers));
  }
}

const anyPace: ProbePace = { firstSeconds: 1, maximumSeconds: 1 };

// An answer never opens a circuit, so the pace of probes does not matter.
const afterAnswers = (circuit: Circuit, answers: number): Circuit =>
  Array.from({ length: answers }).reduce<Circuit>((soFar) => afterCall(soFar, 'answered', anyPace), circuit);
