// A company whose people have an account in each of the given systems, and orders for them as the engine would make them.
import type { Configuration } from '#src/domain/configuration.js';
import type { Database } from '#src/store/database.js';
import { configurationOf } from './configuration.js';
import type { BenchSystem, Round } from './connector-system.js';

const named = (identifier: string) => ({ identifier, displayName: identifier });

export function connectorCompany(systems: readonly BenchSystem[], concurrency: number): Configuration {
  const people = {
    ...named('person'),
    connection: 'memory',
    objectType: 'person',
    key: 'id',
    properties: [{ identifier: 'id' }],
    identity: {},
  };
  return configurationOf({
    connectors: [named('memory'), ...systems.map(({ name }) => named(name))],
    connections: [
      { ...named('memory'), connector: 'memory', package: 'memory', settings: { store: 'bench' } },
      ...systems.map((system) => ({
        ...named(system.name),
        connector: system.name,
        package: system.package,
        settings: system.settings,
        concurrency,
      })),
    ],
    entityTypes: [people, ...systems.map(accountType)],
    policies: [named('bench')],
    resourceTypes: systems.map(({ name }) => ({
      ...named(name),
      sourceEntityType: 'person',
      targetEntityType: name,
      connection: name,
      blockProvisioning: false,
      key: 'person.id',
    })),
  });
}

const accountType = ({ name, objectType, key, properties }: BenchSystem) => ({
  ...named(name),
  connection: name,
  objectType,
  key,
  properties: Object.entries({ [key]: key, ...properties }).map(([identifier, attribute]) => ({
    identifier,
    attribute,
  })),
});

/** One order an account, dispatched but for the outbox. In the first round the people are made as well. */
export async function makeOrders(
  database: Database,
  system: BenchSystem,
  names: readonly string[],
  round: Round,
): Promise<void> {
  const wishes = JSON.stringify(names.map((name) => wish(system, name, round)));
  await database.transaction(async (sql) => {
    if (round === 'create') await sql.query(people, [wishes]);
    await sql.query(round === 'create' ? newAccounts : changedAccounts, [wishes, system.name]);
    await sql.query(orders, [wishes, system.name, round.toUpperCase(), `${system.name}/`]);
  });
  // Of what was filled: a table that is empty would be planned as one that stays so.
  await database.query('analyze resource, resource_assignment, provisioning_order');
}

function wish(system: BenchSystem, name: string, round: Round): object {
  const values = Object.entries(system.values(name, round));
  return {
    name,
    expected: {
      key: name,
      rule: 't',
      values: Object.fromEntries(values.map(([property, value]) => [property, { value, rule: 's' }])),
      links: {},
    },
    delta: {
      kind: round.toUpperCase(),
      key: name,
      scalars: values.map(([property, to]) => ({ property, from: null, to, rule: 's' })),
      links: [],
    },
  };
}

const wished = 'jsonb_to_recordset($1::jsonb) as w(name text, expected jsonb, delta jsonb)';

const people = `insert into resource (id, entity_type, key, attributes, hash, seen_at)
  select gen_random_uuid(), 'person', w.name, '{}', 'h', clock_timestamp() from ${wished} on conflict do nothing`;

const newAccounts = `insert into resource_assignment (id, identity_id, resource_type, resource_key, is_due, expected, expected_hash, workflow_state,
    provisioning_state, ordered_version, delta)
  select gen_random_uuid(), r.id, $2, w.name, true, w.expected, 'h', 'CALCULATED', 'PENDING', 1, w.delta
  from ${wished} join resource r on r.entity_type = 'person' and r.key = w.name`;

/** By the key they have by now, where the system gave one. */
const changedAccounts = `update resource_assignment a
  set expected = jsonb_set(w.expected, '{key}', to_jsonb(a.resource_key)), delta = jsonb_set(w.delta, '{key}', to_jsonb(a.resource_key)), provisioning_state = 'PENDING', desired_version = 2, ordered_version = 2, base_hash = null
  from ${wished} join resource r on r.entity_type = 'person' and r.key = w.name
  where a.identity_id = r.id and a.resource_type = $2`;

const orders = `insert into provisioning_order (id, assignment_id, identity_id, resource_type, connection, target, kind, delta, expected_hash, state,
    desired_version, lane, queued_at)
  select gen_random_uuid(), a.id, a.identity_id, $2, $2, $4 || a.resource_key, $3, jsonb_set(w.delta, '{key}', to_jsonb(a.resource_key)), 'h', 'PENDING', a.desired_version, 2, clock_timestamp()
  from ${wished} join resource r on r.entity_type = 'person' and r.key = w.name
  join resource_assignment a on a.identity_id = r.id and a.resource_type = $2`;

/** The commit from which the clock runs. */
export async function enqueue(database: Database): Promise<void> {
  await database.query(
    `insert into outbox (queue, name, job_id, row_id, priority)
     select 'provision.' || connection, 'order', id || '-1', id, lane + 1 from provisioning_order where state = 'PENDING'`,
  );
}
