// A small company on a real database for tests of the computation: people as rows, rules in CEL, and every act by its step.
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import { celCompiler } from '../../src/adapters/expression.js';
import type { Attributes, Configuration } from '../../src/domain/configuration.js';
import type { TaskResult } from '../../src/domain/job.js';
import { canonicalContent, type ResourceContent } from '../../src/domain/resource.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import { type ComputePorts, computeRoleModel } from '../../src/steps/compute-role-model.js';
import type { ComputeScope } from '../../src/steps/ports/role-model.js';
import { openDatabase } from '../../src/store/data-source.js';
import type { Database } from '../../src/store/database.js';
import { markDirty } from '../../src/store/dirty-identity.js';
import { roleModelStore } from '../../src/store/role-model.js';
import { fromStored, type StoredFact } from '../../src/store/stored-fact.js';
import { company } from '../domain/role-model/company.js';
import { createTestDatabase } from '../support/database.js';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

export interface World {
  readonly database: Database;
  readonly ports: ComputePorts;
  /** Another day, another configuration. */
  setDay(day: string): void;
  configure(changes: Partial<Configuration>): void;
  /** Writes the row and marks it dirty, as a synchronisation does; answers the row id. */
  person(key: string, attributes?: Attributes): Promise<string>;
  /** A row of the target. */
  resource(key: string, content?: Partial<ResourceContent>): Promise<string>;
  approve(
    identityId: string,
    role: string,
    dates?: { readonly startDate?: string; readonly endDate?: string },
  ): Promise<void>;
  revoke(identityId: string, role: string): Promise<void>;
  compute(scope?: ComputeScope): Promise<TaskResult>;
  /** As if every waiting change had been ordered, written and read back. */
  carryOut(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(name: string): Promise<World> {
  const test = await createTestDatabase(name);
  const database = await openDatabase({ url: test.url, poolSize: 20 }, Math.random);
  const state = { day: '2031-05-15', version: 1, model: compiled(1, {}) };
  const ports: ComputePorts = {
    environment: {
      now: () => new Date(`${state.day}T12:00:00Z`),
      timeZone: 'UTC',
      newId: () => v7(),
      digest,
      random: Math.random,
    },
    models: { current: () => Promise.resolve(state.model) },
    roleModel: roleModelStore(database),
  };
  return {
    database,
    ports,
    setDay: (day) => {
      state.day = day;
    },
    configure: (changes) => {
      state.version += 1;
      state.model = compiled(state.version, changes);
    },
    person: (key, attributes) => writePerson(database, key, attributes ?? {}),
    resource: (key, content) => writeResource(database, state.model, { key, attributes: {}, links: {}, ...content }),
    approve: (identityId, role, dates) => approve(database, identityId, role, dates ?? {}),
    revoke: (identityId, role) => revoke(database, identityId, role),
    compute: (scope = { kind: 'dirty' }) => computeRoleModel(ports, { scope }),
    carryOut: () => carryOut(database),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}

const compiled = (version: number, changes: Partial<Configuration>): CompiledModel =>
  compileModel(version, { ...company, ...changes }, celCompiler());

async function writePerson(database: Database, key: string, changes: Attributes): Promise<string> {
  const attributes = {
    login: key,
    email: `${key}@acme.example`,
    department: 'sales',
    startDate: '2030-01-01',
    endDate: null,
    ...changes,
  };
  return database.transaction(async (sql) => {
    const { rows } = await sql.query<{ id: string }>(
      `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, 'person', $2, $3, $4, clock_timestamp())
       on conflict (entity_type, key) do update set attributes = excluded.attributes, hash = excluded.hash returning id`,
      [v7(), key, JSON.stringify(attributes), digest(canonicalContent({ key, attributes, links: {} }))],
    );
    const id = rows[0]?.id ?? '';
    await markDirty(sql, [id], 'person');
    return id;
  });
}

async function writeResource(database: Database, model: CompiledModel, content: ResourceContent): Promise<string> {
  return database.transaction(async (sql) => {
    const { rows } = await sql.query<{ id: string }>(
      `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, 'crmAccount', $2, $3, $4, clock_timestamp())
       on conflict (entity_type, key) do update set attributes = excluded.attributes, hash = excluded.hash returning id`,
      [v7(), content.key, JSON.stringify(content.attributes), digest(canonicalContent(content))],
    );
    const id = rows[0]?.id ?? '';
    await sql.query('delete from resource_link where resource_id = $1', [id]);
    for (const [property, keys] of Object.entries(content.links)) {
      await sql.query(
        'insert into resource_link (resource_id, property, target_key) select $1, $2, unnest($3::text[])',
        [id, property, keys],
      );
    }
    const email = content.attributes.email;
    await sql.query('delete from correlation_key where resource_id = $1', [id]);
    if (email !== undefined && email !== null && model.resourceTypes.size > 0) {
      await sql.query(`insert into correlation_key (rule, resource_id, value) values ('by-email', $1, $2)`, [
        id,
        String(email),
      ]);
    }
    const owners = await sql.query<{ id: string }>(
      'select identity_id as id from resource_assignment where resource_id = $1',
      [id],
    );
    await markDirty(
      sql,
      owners.rows.map((row) => row.id),
      'resource',
    );
    return id;
  });
}

async function approve(
  database: Database,
  identityId: string,
  role: string,
  dates: { readonly startDate?: string; readonly endDate?: string },
): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(
      `insert into role_assignment (identity_id, role, workflow_state, start_date, end_date, request_item_id) values ($1, $2, 'APPROVED', $3, $4, $5)
       on conflict (identity_id, role) do update set workflow_state = 'APPROVED'`,
      [identityId, role, dates.startDate ?? null, dates.endDate ?? null, v7()],
    );
    await markDirty(sql, [identityId], 'request');
  });
}

async function revoke(database: Database, identityId: string, role: string): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query(`update role_assignment set workflow_state = 'CANCELLATION' where identity_id = $1 and role = $2`, [
      identityId,
      role,
    ]);
    await markDirty(sql, [identityId], 'request');
  });
}

interface Waiting {
  readonly id: string;
  readonly isDue: boolean;
  readonly key: string;
  readonly expected: {
    readonly values: Readonly<Record<string, { readonly value: string | null }>>;
    readonly links: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

async function carryOut(database: Database): Promise<void> {
  const { rows } = await database.query<Waiting>(
    `select id, is_due as "isDue", resource_key as key, expected from resource_assignment where provisioning_state = 'PENDING' order by id`,
  );
  for (const row of rows) await carryOutOne(database, row);
  await database.query(
    `delete from role_assignment r where workflow_state = 'CANCELLATION'
     and not exists (select from resource_assignment a where a.identity_id = r.identity_id and r.role = any(a.pending_roles))`,
  );
}

async function carryOutOne(database: Database, row: Waiting): Promise<void> {
  if (!row.isDue) {
    await database.query(`delete from resource where entity_type = 'crmAccount' and key = $1`, [row.key]);
    await database.query('delete from resource_assignment where id = $1', [row.id]);
    return;
  }
  const attributes = Object.fromEntries(
    Object.entries(row.expected.values).map(([property, { value }]) => [property, value]),
  );
  const links = Object.fromEntries(
    Object.entries(row.expected.links).map(([property, targets]) => [property, Object.keys(targets).sort()]),
  );
  const hash = digest(canonicalContent({ key: row.key, attributes, links }));
  const { rows } = await database.query<{ id: string }>(
    `insert into resource (id, entity_type, key, attributes, hash, seen_at) values ($1, 'crmAccount', $2, $3, $4, clock_timestamp())
     on conflict (entity_type, key) do update set attributes = excluded.attributes, hash = excluded.hash returning id`,
    [v7(), row.key, JSON.stringify(attributes), hash],
  );
  const id = rows[0]?.id;
  await database.query('delete from resource_link where resource_id = $1', [id]);
  for (const [property, keys] of Object.entries(links)) {
    await database.query(
      'insert into resource_link (resource_id, property, target_key) select $1, $2, unnest($3::text[])',
      [id, property, keys],
    );
  }
  await database.query(
    `update resource_assignment set resource_id = $2, observed_hash = $3, base_hash = $3, provisioning_state = 'VERIFIED', delta = null,
       pending_roles = '{}', ordered_version = desired_version where id = $1`,
    [row.id, id, hash],
  );
}

/** What stands in the rows of the role model, without ids and times: equal for equal outcomes. */
export async function outcomeOf(database: Database): Promise<unknown> {
  const question = (text: string) => database.query<Record<string, unknown>>(text).then(({ rows }) => rows);
  return {
    states: await question(
      'select p.key, s.roles, s.reasons, s.next_due_on from identity_state s join resource p on p.id = s.identity_id order by 1',
    ),
    rows: await question(
      'select p.key, a.role, a.workflow_state, a.start_date, a.end_date from role_assignment a join resource p on p.id = a.identity_id order by 1, 2',
    ),
    accounts: await question(
      `select p.key, a.resource_type, a.resource_key, a.is_due, a.expected, a.workflow_state, a.provisioning_state, a.delta, a.pending_roles, a.error
       from resource_assignment a join resource p on p.id = a.identity_id order by 1, 2`,
    ),
  };
}

/** Changes told of, in the order of their events: `subject before after`. */
export async function changesOf(database: Database): Promise<readonly string[]> {
  const { rows } = await database.query<{ body: StoredFact }>(
    `select body from event where kind = 'AssignmentChanged' order by id`,
  );
  return rows
    .flatMap(({ body }) => fromStored(body).assignments ?? [])
    .map(
      (change) =>
        `${change.subject} ${change.previousWorkflowState}/${change.previousProvisioningState} ${change.workflowState}/${change.provisioningState}`,
    );
}
