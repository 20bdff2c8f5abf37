// Tests of connections as rows: asked, taken by one worker, ended with what came of it.
import { type Actor, actorReference } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import type { ConnectionTestResult, ConnectionTestStore, ConnectionTestView } from '../steps/ports/connection-test.js';
import { appendAudit } from './audit-entry.js';
import type { Database, Sql } from './database.js';
import { appendFacts } from './event.js';
import { onJoined } from './joined-transaction.js';
import { appendOutbox } from './outbox.js';

/** A test nobody took within that time is worth nothing any more. */
const validFor = `interval '10 minutes'`;
/** Longer than any call of a connection may take, twice. */
const leaseSeconds = 7_300;
const keptPerConnection = 20;

const columns = 'connection, outcome, steps, ran_at as "ranAt"';

export const connectionTestStore = (database: Database): ConnectionTestStore => ({
  ask: async (test, actor) => {
    const isJoined = (await onJoined(database.dataSource, async () => true)) === true;
    await database.transaction((sql) => ask(sql, test, actor));
    return { isKept: !isJoined };
  },
  result: async (id) => {
    const { rows } = await database.query<ConnectionTestView>(
      `select ${columns} from connection_test where id = $1 and ran_at is not null`,
      [id],
    );
    return rows[0] ?? null;
  },
  last: async (connections) => {
    const { rows } = await database.query<ConnectionTestView>(
      `select distinct on (connection) ${columns} from connection_test
       where connection = any($1::text[]) and ran_at is not null order by connection, ran_at desc`,
      [connections],
    );
    return new Map(rows.map((row) => [row.connection, row]));
  },
  take: async (id) => {
    const { rows } = await database.query<{ connection: string }>(
      `update connection_test set lease_until = clock_timestamp() + make_interval(secs => $2)
       where id = $1 and ran_at is null and asked_at > clock_timestamp() - ${validFor}
         and (lease_until is null or lease_until < clock_timestamp()) returning connection`,
      [id, leaseSeconds],
    );
    return rows[0]?.connection ?? null;
  },
  finish: (id, result) => database.transaction((sql) => finish(sql, id, result)),
});

async function ask(
  sql: Sql,
  { id, connection }: { readonly id: string; readonly connection: string },
  actor: Actor,
): Promise<void> {
  const by = actorReference(actor);
  await sql.query('insert into connection_test (id, connection, asked_by) values ($1, $2, $3)', [id, connection, by]);
  await appendAudit(sql, {
    actor: by,
    action: 'connection.test',
    subject: toGlobalId('ConnectionProfile', connection),
    before: null,
    after: null,
  });
  await appendFacts(sql, [{ kind: 'ConnectionChanged', connection, detail: { change: 'connection.test', by } }]);
  await appendOutbox(sql, [
    { queue: `provision.${connection}`, name: 'test', jobId: `test-${id}`, rowId: id, priority: 0 },
  ]);
}

async function finish(sql: Sql, id: string, { outcome, steps }: ConnectionTestResult): Promise<void> {
  const { rows } = await sql.query<{ connection: string }>(
    `update connection_test set ran_at = clock_timestamp(), outcome = $2, steps = $3, lease_until = null
     where id = $1 and ran_at is null returning connection`,
    [id, outcome, JSON.stringify(steps)],
  );
  const connection = rows[0]?.connection;
  if (connection === undefined) return;
  await sql.query(
    `delete from connection_test where connection = $1 and (ran_at is not null or asked_at < clock_timestamp() - ${validFor})
       and id not in (select id from connection_test where connection = $1 and ran_at is not null order by ran_at desc limit $2)`,
    [connection, keptPerConnection],
  );
  await appendFacts(sql, [{ kind: 'ConnectionChanged', connection, detail: { change: 'connection.tested', outcome } }]);
}
