// A company whose accounts are kept in memory, and orders for it: what an order costs when the target costs nothing.
import type { Configuration } from '#src/domain/configuration.js';
import type { Database } from '#src/store/database.js';
import { configurationOf } from './configuration.js';

export const connection = 'memory';

const named = (identifier: string) => ({ identifier, displayName: identifier });
const entityType = (identifier: string) => ({
  ...named(identifier),
  connection,
  objectType: identifier,
  key: 'id',
  properties: ['id', 'name', 'mail'].map((property) => ({ identifier: property })),
});

export const memoryCompany = (concurrency: number): Configuration =>
  configurationOf({
    connectors: [named('memory')],
    connections: [
      {
        ...named(connection),
        connector: 'memory',
        package: 'memory',
        settings: { store: 'bench', checkLinks: false },
        concurrency,
      },
    ],
    entityTypes: [{ ...entityType('person'), identity: {} }, entityType('account')],
    policies: [named('bench')],
    resourceTypes: [
      {
        ...named('account'),
        sourceEntityType: 'person',
        targetEntityType: 'account',
        blockProvisioning: false,
        key: 'person.id',
      },
    ],
  });

/** People, their accounts, and one creation for each, dispatched but for the outbox. */
export async function makeOrders(database: Database, count: number): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(
      `insert into resource (id, entity_type, key, attributes, hash, seen_at)
       select gen_random_uuid(), 'person', 'p' || n, '{}', 'h', clock_timestamp() from generate_series(1, $1::int) as n`,
      [count],
    );
    await sql.query(
      `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state, provisioning_state,
         ordered_version, delta)
       select gen_random_uuid(), r.id, 'account', r.key, true,
         jsonb_build_object('key', r.key, 'rule', 't', 'values', jsonb_build_object('name', jsonb_build_object('value', r.key, 'rule', 's')), 'links', '{}'::jsonb),
         'h', 'CALCULATED', 'PENDING', 1,
         jsonb_build_object('kind', 'CREATE', 'key', r.key, 'links', '[]'::jsonb, 'scalars', jsonb_build_array(
           jsonb_build_object('property', 'name', 'from', null, 'to', r.key, 'rule', 's'),
           jsonb_build_object('property', 'mail', 'from', null, 'to', r.key || '@acme.test', 'rule', 's')))
       from resource r where r.entity_type = 'person'`,
    );
    await sql.query(
      `insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state, desired_version,
         lane, queued_at)
       select gen_random_uuid(), a.id, a.identity_id, 'account', $1, 'account/' || a.resource_key, 'CREATE', a.delta, 'h', 'PENDING', 1, 2, clock_timestamp()
       from resource_assignment a`,
      [connection],
    );
  });
  await database.query('analyze');
}

/** The commit from which the clock runs. */
export async function enqueue(database: Database): Promise<void> {
  await database.query(
    `insert into outbox (queue, name, job_id, row_id, priority) select 'provision.' || connection, 'order', id || '-1', id, lane + 1 from provisioning_order`,
  );
}
