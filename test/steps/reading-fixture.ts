// A source of people and accounts under the hand of a test, and questions about what a reading of it left in the database.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { ScalarValue } from '@joinery/connector-kit';
import { processEnvironment } from '../../src/adapters/environment.js';
import type { Configuration, EntityTypeDefinition } from '../../src/domain/configuration.js';
import type { TaskResult, TaskRun } from '../../src/domain/job.js';
import type { ResourceContent } from '../../src/domain/resource.js';
import type { CompiledExpression, CompiledModel } from '../../src/domain/role-model/model.js';
import type { ContentChanges } from '../../src/steps/ports/connector.js';
import type { TaskContext } from '../../src/steps/ports/task.js';
import { synchronize, type SynchronizePorts } from '../../src/steps/synchronize.js';
import type { Database } from '../../src/store/database.js';
import { openDatabase } from '../../src/store/data-source.js';
import { synchronizationStore } from '../../src/store/synchronization.js';
import { createTestDatabase } from '../support/database.js';

export const environment = processEnvironment('Europe/Paris');
const entityType = (identifier: string, isIdentity: boolean): EntityTypeDefinition => ({
  identifier,
  displayName: identifier,
  connector: 'hr',
  connection: 'hr-file',
  objectType: identifier,
  key: 'id',
  displayProperty: 'id',
  properties: [],
  lastUsedProperty: null,
  identity: isIdentity
    ? {
        firstName: null,
        lastName: null,
        email: null,
        jobTitle: null,
        kind: null,
        startDate: null,
        endDate: null,
        department: null,
        manager: null,
        timeZone: null,
        samePersonAs: null,
      }
    : null,
});
const reading = (property: string, side: 'person' | 'resource'): CompiledExpression => ({
  text: `${side}.${property}`,
  reads: [property],
  variables: new Set(['resource']),
  evaluate: (input) => (side === 'person' ? input.person : input.resource)?.[property] ?? null,
});
const person = entityType('person', true);
const ownerProperty = {
  identifier: 'owner',
  displayName: 'Owner',
  attribute: 'owner',
  type: 'string',
  references: 'person',
  isMultivalued: false,
  isSecret: false,
} as const;
const account = { ...entityType('account', false), properties: [ownerProperty] };
export const thresholds = { rows: 100, percent: 5, percentFloor: 5, links: 1000, linkPercent: 5, linkPercentFloor: 20 };
const accountType = { identifier: 'hr-account', sourceEntityType: 'person', targetEntityType: 'account' };

function modelWith(correlation: string): CompiledModel {
  const rule = {
    identifier: 'by-mail',
    policy: 'default',
    resourceType: 'hr-account',
    source: '',
    target: '',
    confidencePercent: 100,
  };
  const compiled = {
    ...rule,
    sourceExpression: reading(correlation, 'person'),
    targetExpression: reading(correlation, 'resource'),
  };
  const configuration = {
    connectors: [{ identifier: 'hr', displayName: 'Human Resources', thresholds }],
    connections: [{ identifier: 'hr-file', connector: 'hr', package: 'csv', settings: {} }],
    entityTypes: [person, account],
    resourceTypes: [accountType],
  } as unknown as Configuration; // Only what the step reads.
  return {
    version: 1,
    configuration,
    identityType: person,
    contextRule: null,
    roles: new Map(),
    singleRolesOf: new Map(),
    roleRules: [],
    effectsOf: new Map(),
    ruleText: new Map(),
    resourceTypes: new Map([
      [
        'hr-account',
        {
          definition: accountType,
          targetEntityType: account,
          correlationRules: [compiled],
          scalarRules: new Map(),
          queryRules: [],
          classificationRules: [],
        },
      ],
    ]),
  } as unknown as CompiledModel; // Likewise.
}

export interface Source {
  readonly rows: Map<string, ResourceContent[]>;
  /** Thrown after this many rows. */
  failure: { readonly after: number; readonly error: unknown } | null;
  /** Called while a listing is under way. */
  during: (() => Promise<void>) | null;
  changes: ContentChanges | null;
  /** Thrown by the package after it has told `changes`. */
  changesFailure: unknown;
  /** Of the connection: their digest. */
  settings: string;
  listings: number;
}

const wholeSource = (): Source => ({
  rows: new Map([
    ['person', people(200)],
    ['account', []],
  ]),
  failure: null,
  during: null,
  changes: null,
  changesFailure: null,
  settings: 'settings',
  listings: 0,
});

export const content = (
  key: string,
  attributes: Record<string, ScalarValue> = {},
  groups: readonly string[] = [],
): ResourceContent => ({
  key,
  attributes: { id: key, mail: `${key}@acme.example`, ...attributes },
  links: groups.length > 0 ? { groups } : {},
});
export const people = (count: number): ResourceContent[] =>
  Array.from({ length: count }, (_, index) => content(`p${index}`, { site: 'lyon' }));

async function* listed(source: Source, entityTypeName: string): AsyncGenerator<readonly ResourceContent[]> {
  source.listings += 1;
  const rows = source.rows.get(entityTypeName) ?? [];
  for (let start = 0; start < rows.length; start += 50) {
    if (source.failure !== null && start >= source.failure.after) throw source.failure.error;
    yield rows.slice(start, start + 50);
    await source.during?.();
  }
}

const gateway = (source: Source, tellsChanges: boolean): SynchronizePorts['gateway'] => {
  const unused = () => Promise.reject(new Error('not used here'));
  const base: SynchronizePorts['gateway'] = {
    settingsDigest: () => Promise.resolve(source.settings),
    packageOf: () =>
      Promise.resolve({ capabilities: ['EXPORT_COMPLETE', ...(tellsChanges ? ['EXPORT_INCREMENTAL'] : [])] } as never),
    check: unused,
    read: unused,
    look: unused,
    apply: unused,
    close: () => Promise.resolve(),
    list: (name) => listed(source, name),
  };
  if (!tellsChanges) return base;
  return {
    ...base,
    changes: async function* (_name, cookie) {
      if (cookie === null) yield { upserted: [], deletedKeys: [], cookie: 'c0' };
      else if (source.changes !== null && _name === 'person') yield source.changes;
      if (cookie !== null && source.changesFailure !== null) throw source.changesFailure;
    },
  };
};

export const run = (mode: TaskRun['mode'] = 'COMPLETE', isDryRun = false): TaskRun => ({
  executionId: environment.newId(),
  taskId: environment.newId(),
  kind: 'SYNCHRONIZE',
  connector: 'hr',
  mode,
  isDryRun,
  scope: {},
  launchedBy: 'system:joinery',
  isReleased: false,
});

/** What a test asks and changes; renewed before each test. */
export class ReadingFixture {
  source: Source = wholeSource();
  /** The property both sides of the correlation rule read. */
  correlation = 'mail';
  /** Warnings in the logs of tasks. */
  warnings: string[] = [];
  #database: Database | null = null;

  get database(): Database {
    if (this.#database === null) throw new Error('The database is open within tests only.');
    return this.#database;
  }

  constructor(name: string) {
    let drop = (): Promise<void> => Promise.resolve();
    beforeAll(async () => {
      const testDatabase = await createTestDatabase(name);
      drop = testDatabase.drop;
      this.#database = await openDatabase({ url: testDatabase.url, poolSize: 4 }, Math.random);
    });
    beforeEach(async () => {
      await this.database.query(
        'truncate resource, provisioning_order, synchronization_session, synchronization_state, dirty_identity, assignment_request, approval cascade',
      );
      this.source = wholeSource();
      this.correlation = 'mail';
      this.warnings = [];
    });
    afterAll(async () => {
      await this.database.close();
      await drop();
    });
  }

  read(task: TaskRun = run(), tellsChanges = false): Promise<TaskResult> {
    const ports = {
      environment,
      models: { current: () => Promise.resolve(modelWith(this.correlation)) },
      gateway: gateway(this.source, tellsChanges),
      synchronizations: synchronizationStore(this.database),
    };
    const log: TaskContext['log'] = (level, message) => {
      if (level === 'WARN') this.warnings.push(message);
    };
    return synchronize(ports, task, { signal: new AbortController().signal, progress: () => undefined, log });
  }

  /** A task that the database knows to run: its stage is no left-over. */
  async registered(task: TaskRun): Promise<TaskRun> {
    await this.database.query(
      `insert into job_execution (id, state, trigger, launched_by, scope_digest) values ($1, 'RUNNING', 'API', 'x', '')`,
      [task.executionId],
    );
    await this.database.query(
      `insert into task_execution (id, execution_id, position, level, identifier, kind, mode, state)
       values ($1, $2, 0, 0, 'hr', 'SYNCHRONIZE', 'COMPLETE', 'RUNNING')`,
      [task.taskId, task.executionId],
    );
    return task;
  }

  async one<Row>(text: string, parameters: readonly unknown[] = []): Promise<Row> {
    const { rows } = await this.database.query<Row>(text, parameters);
    const [row] = rows;
    if (row === undefined) throw new Error(`No row: ${text}`);
    return row;
  }

  async count(table: string): Promise<number> {
    return (await this.one<{ n: number }>(`select count(*)::int as n from ${table}`)).n;
  }

  /** Changes with any row or link of the directory. */
  async digest(): Promise<string> {
    const links = `(select string_agg(l::text, ',' order by l::text) from resource_link l where l.resource_id = r.id)`;
    const { digest } = await this.one<{ digest: string }>(
      `select md5(coalesce(string_agg(r::text || coalesce(${links}, ''), ';' order by r.id), '')) as digest from resource r`,
    );
    return digest;
  }

  /** As if everybody had been computed. */
  async settle(): Promise<void> {
    await this.database.query('delete from dirty_identity');
  }

  async dirtyKeys(): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ key: string }>(
      'select r.key from dirty_identity d join resource r on r.id = d.identity_id order by 1',
    );
    return rows.map(({ key }) => key);
  }
}
