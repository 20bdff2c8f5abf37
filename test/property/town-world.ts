// A town on a real database: happenings become rows by the synchronisation and by what the steps write, and computations run.
// Owns the way from happenings to the database; rows and happenings are town.ts'.
import type { Configuration } from '../../src/domain/configuration.js';
import { canonicalConfiguration, needsComputation } from '../../src/domain/configuration-change.js';
import { addDays } from '../../src/domain/calendar.js';
import type { TaskResult } from '../../src/domain/job.js';
import type { ResourceContent } from '../../src/domain/resource.js';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import { type ComputePorts, computeRoleModel } from '../../src/steps/compute-role-model.js';
import type { ComputeScope } from '../../src/steps/ports/role-model.js';
import { configurationStore } from '../../src/store/configuration.js';
import type { Database, Sql } from '../../src/store/database.js';
import { markDirty } from '../../src/store/dirty-identity.js';
import { roleModelStore } from '../../src/store/role-model.js';
import { digest, openWorld, type World } from '../steps/role-model-world.js';
import { load } from '../steps/value-world.js';
import { firstRows, type Happening, type Rows, type Table, withRow } from './town.js';
import { compiled, variants } from './town-model.js';

export interface Town {
  readonly world: World;
  readonly ports: ComputePorts;
  /** Everything as on the first day, with nothing computed. */
  begin(rows?: Rows): Promise<void>;
  happen(what: Happening): Promise<void>;
  /** Reads the systems, where anything in them has changed since. */
  read(): Promise<void>;
  compute(scope: ComputeScope): Promise<TaskResult>;
  close(): Promise<void>;
}

export interface TownOptions {
  /** What the computation and the synchronisation work on: a control leaves something out. Default: the database as it is. */
  readonly through?: (database: Database) => Database;
  /** Default: as it is. */
  readonly change?: (configuration: Configuration) => Configuration;
}

interface State {
  rows: Rows;
  isRead: boolean;
  day: string;
  variant: number;
  model: CompiledModel;
}

const firstDay = '2031-05-15';
const tables =
  'resource, synchronization_state, synchronization_session, dirty_identity, event, reserved_value, configuration_version, provisioning_order, provisioning_plan, job_execution';

export async function openTown(
  name: string,
  { through = (one) => one, change = (one) => one }: TownOptions = {},
): Promise<Town> {
  const opened = await openWorld(name);
  const world: World = { ...opened, database: through(opened.database) };
  const configurations = variants.map(change);
  const configurationOf = (variant: number): Configuration => {
    const one = configurations[variant];
    if (one === undefined) throw new Error(`The town has no configuration ${variant}.`);
    return one;
  };
  const state: State = {
    rows: firstRows,
    isRead: false,
    day: firstDay,
    variant: 0,
    model: compiled(1, configurationOf(0)),
  };
  const ports: ComputePorts = {
    ...world.ports,
    environment: { ...world.ports.environment, now: () => new Date(`${state.day}T12:00:00Z`) },
    models: { current: () => Promise.resolve(state.model) },
    roleModel: roleModelStore(world.database),
  };
  const read = async (): Promise<void> => {
    if (state.isRead) return;
    state.isRead = true;
    const result = await load({ ...world, ports }, state.rows);
    if (result.state === 'ERRORED') throw new Error(`The systems were not read: ${result.failure?.message}`);
  };
  const configure = async (variant: number): Promise<void> => {
    await read();
    state.model = await commitConfiguration(opened.database, configurationOf(state.variant), configurationOf(variant));
    state.variant = variant;
  };
  return {
    world,
    ports,
    begin: async (rows = firstRows) => {
      await opened.database.query(`truncate ${tables} cascade`);
      Object.assign(state, { rows, isRead: false, day: firstDay, variant: 0 });
      state.model = await commitConfiguration(opened.database, null, configurationOf(0));
      await read();
    },
    happen: async (what) => {
      switch (what.kind) {
        case 'row':
        case 'gone':
          state.rows = withRow(state.rows, what);
          state.isRead = false;
          return;
        case 'decided':
          await read();
          return decide(opened.database, what);
        case 'days':
          state.day = addDays(state.day, what.days);
          return;
        case 'configuration':
          return configure(what.variant);
        case 'ordered':
          await opened.database.query(
            `update resource_assignment set ordered_version = desired_version where provisioning_state = 'PENDING'`,
          );
          return;
        case 'carried out':
          await read();
          state.rows = await carriedOut(opened.database, state.rows);
          state.isRead = false;
          return;
        case 'computed':
          await read();
          await computeRoleModel(ports, { scope: { kind: 'dirty' }, isChecked: true });
          return;
        default:
          what satisfies never;
      }
    },
    read,
    compute: (scope) => computeRoleModel(ports, { scope, isChecked: true }),
    close: () => world.close(),
  };
}

async function commitConfiguration(
  database: Database,
  previous: Configuration | null,
  configuration: Configuration,
): Promise<CompiledModel> {
  const store = configurationStore(database);
  const version = await store.commit({
    configuration,
    digest: digest(canonicalConfiguration(configuration)),
    previousVersion: await store.newestVersion(),
    dirtyEntityType: needsComputation(previous, configuration) ? 'person' : null,
    appliedBy: 'service:test',
  });
  if (version === null) throw new Error('The configuration was changed meanwhile.');
  return compiled(version, configuration);
}

/** Nothing, where the person is not there. */
async function decide(database: Database, what: Extract<Happening, { kind: 'decided' }>): Promise<void> {
  await database.transaction(async (sql) => {
    const { rows } = await sql.query<{ id: string }>(
      `insert into role_assignment (identity_id, role, workflow_state, start_date, end_date, parameters, request_item_id)
       select id, $2, $3, $4, $5, $6, md5($1 || ' ' || $2)::uuid from resource
       where entity_type = 'person' and key = $1 and removed_at is null
         and ($3 <> 'CANCELLATION' or exists (select from role_assignment a where a.identity_id = resource.id and a.role = $2))
       on conflict (identity_id, role) do update set workflow_state = excluded.workflow_state, start_date = excluded.start_date,
         end_date = excluded.end_date, parameters = excluded.parameters
       returning identity_id as id`,
      [what.person, what.role, what.workflowState, what.startDate, what.endDate, JSON.stringify(what.parameters)],
    );
    await markDirty(
      sql,
      rows.map(({ id }) => id),
      'request',
    );
  });
}

interface Waiting {
  readonly table: Table;
  readonly key: string;
  readonly delta: ResourceDelta;
}

/** Every waiting change stands in the target, which nobody has read since; its order is forgotten, as that of one who did it by hand. */
async function carriedOut(database: Database, rows: Rows): Promise<Rows> {
  await database.transaction(endMissing);
  const waiting = await database.query<Waiting>(
    `update resource_assignment set ordered_version = 0 where provisioning_state = 'PENDING' and delta is not null
     returning case resource_type when 'badge' then 'badge' else 'crmAccount' end as "table", resource_key as key, delta`,
  );
  return waiting.rows.toSorted((a, b) => (a.key < b.key ? -1 : 1)).reduce(written, rows);
}

/** Of a row that never was in the target, no reading tells that it is gone: verification ends its account. */
async function endMissing(sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ readonly id: string }>(
    `delete from resource_assignment where provisioning_state = 'PENDING' and delta ->> 'kind' = 'DELETE' and not is_due and resource_id is null
     returning identity_id as id`,
  );
  const ids = rows.map(({ id }) => id);
  await markDirty(sql, ids, 'account-gone');
}

function written(rows: Rows, { table, delta }: Waiting): Rows {
  const before = rows[table].find(({ key }) => key === delta.key);
  if (delta.kind === 'DELETE') return withRow(rows, { kind: 'gone', table, key: delta.key });
  const links: Record<string, readonly string[]> = { ...before?.links };
  for (const { property, add, remove } of delta.links)
    links[property] = [...new Set([...(links[property] ?? []), ...add])].filter((key) => !remove.includes(key)).sort();
  const scalars = Object.fromEntries(delta.scalars.map(({ property, to }) => [property, to]));
  const row: ResourceContent = {
    key: delta.key,
    attributes: { login: delta.key, ...before?.attributes, ...scalars },
    links,
  };
  return withRow(rows, { kind: 'row', table, row });
}

/** What stands in the rows of the role model, without ids, times and versions: equal for equal outcomes. */
export async function outcomeOf(database: Database): Promise<unknown> {
  const question = (text: string) => database.query<Record<string, unknown>>(text).then(({ rows }) => rows);
  return {
    states: await question(
      `select p.key, s.roles, s.reasons, s.suggested_roles, s.suggested_rules, s.next_due_on from identity_state s join resource p on p.id = s.identity_id order by 1`,
    ),
    rows: await question(
      `select p.key, a.role, a.workflow_state, a.start_date, a.end_date, a.parameters from role_assignment a join resource p on p.id = a.identity_id order by 1, 2`,
    ),
    accounts: await question(
      `select p.key, a.resource_type, a.resource_key, r.key as resource, a.is_due, a.expected, a.workflow_state, a.provisioning_state, a.delta,
         a.pending_roles, a.error ->> 'message' as error, a.slot, a.delete_on, a.confidence_percent, a.expected_hash,
         array(select v.property || ' ' || coalesce(v.target_key, '') || ' ' || v.workflow_state from value_assignment v where v.assignment_id = a.id order by 1) as values
       from resource_assignment a join resource p on p.id = a.identity_id left join resource r on r.id = a.resource_id order by 1, 2, a.slot, 3`,
    ),
    reserved: await question('select entity_type, property, value from reserved_value order by 1, 2, 3'),
  };
}
