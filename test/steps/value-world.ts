// Readings for tests of the computation: rows of the managed systems, loaded by the synchronisation itself into a role-model world.
import type { Configuration } from '../../src/domain/configuration.js';
import type { TaskResult } from '../../src/domain/job.js';
import type { Attributes } from '../../src/domain/configuration.js';
import type { ResourceContent } from '../../src/domain/resource.js';
import { synchronize, type SynchronizePorts } from '../../src/steps/synchronize.js';
import { synchronizationStore } from '../../src/store/synchronization.js';
import { thresholds } from './reading-fixture.js';
import type { World } from './role-model-world.js';

const unlimited = { ...thresholds, rows: 10_000, percent: 100, links: 10_000, linkPercent: 100 };

/** The system that all entity types of the company are read from. */
export const system: Pick<Configuration, 'connectors'> = {
  connectors: [{ identifier: 'c', displayName: 'System', thresholds: unlimited }],
};

export const row = (key: string, attributes: Attributes, links: ResourceContent['links'] = {}): ResourceContent => ({
  key,
  attributes,
  links,
});

/** People are `person`; what is left out has no rows. */
export function load(world: World, rows: Readonly<Record<string, readonly ResourceContent[]>>): Promise<TaskResult> {
  const unused = () => Promise.reject(new Error('not used here'));
  const gateway: SynchronizePorts['gateway'] = {
    packageOf: () => Promise.resolve({ capabilities: ['EXPORT_COMPLETE'] } as never), // Nothing else of it is read.
    settingsDigest: () => Promise.resolve(''),
    check: unused,
    read: unused,
    look: unused,
    apply: unused,
    close: () => Promise.resolve(),
    list: async function* (entityType) {
      yield rows[entityType] ?? [];
    },
  };
  const { environment, models } = world.ports;
  return synchronize(
    { environment, models, gateway, synchronizations: synchronizationStore(world.database) },
    {
      executionId: environment.newId(),
      taskId: environment.newId(),
      kind: 'SYNCHRONIZE',
      connector: 'c',
      mode: 'COMPLETE',
      isDryRun: false,
      isReleased: false,
      scope: {},
      launchedBy: 'system:joinery',
    },
    { signal: new AbortController().signal, progress: () => undefined, log: () => undefined },
  );
}

export const person = (key: string, attributes: Attributes = {}): ResourceContent =>
  row(key, {
    login: key,
    email: `${key}@acme.example`,
    department: 'sales',
    startDate: '2030-01-01',
    ...attributes,
  });

export interface AccountLine {
  readonly person: string;
  readonly key: string;
  readonly state: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly links: Readonly<Record<string, unknown>>;
  readonly error: string | null;
}

/** Accounts with what is expected of them, by person. */
export async function accountsOf(world: World, resourceType = 'crm-account'): Promise<readonly AccountLine[]> {
  const { rows } = await world.database.query<AccountLine>(
    `select p.key as person, a.resource_key as key, a.provisioning_state as state, a.error ->> 'message' as error,
       coalesce((select jsonb_object_agg(v.key, v.value -> 'value') from jsonb_each(a.expected -> 'values') as v), '{}') as values,
       a.expected -> 'links' as links
     from resource_assignment a join resource p on p.id = a.identity_id where a.resource_type = $1 order by p.key, a.slot`,
    [resourceType],
  );
  return rows;
}
