// A database with two jobs configured, and what a test asks about their executions.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { processEnvironment } from '../../src/adapters/environment.js';
import type { Actor } from '../../src/domain/actor.js';
import type { JobDefinition, JobStepDefinition } from '../../src/domain/configuration.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import type { LaunchPorts } from '../../src/steps/launch-job.js';
import type { JobExecutionStore } from '../../src/steps/ports/job-execution.js';
import type { Database } from '../../src/store/database.js';
import { openDatabase } from '../../src/store/data-source.js';
import { jobExecutionStore } from '../../src/store/job-execution.js';
import { createTestDatabase } from '../support/database.js';

export const environment = processEnvironment('Europe/Paris');
export const operator: Actor = {
  kind: 'service',
  identifier: 'batch',
  displayName: 'Batch',
  profiles: ['operator'],
};
export const employee: Actor = { ...operator, identifier: 'clerk', displayName: 'Clerk', profiles: ['employee'] };

const step = (identifier: string, kind: JobStepDefinition['kind'], level: number, connector: string | null = null) => ({
  identifier,
  kind,
  connector,
  level,
});
const steps = [
  step('export-hr', 'EXPORT', 1, 'hr'),
  step('export-crm', 'EXPORT', 1, 'crm'),
  step('sync-hr', 'SYNCHRONIZE', 2, 'hr'),
  step('sync-crm', 'SYNCHRONIZE', 2, 'crm'),
  step('compute', 'COMPUTE_ROLE_MODEL', 3),
  step('generate', 'GENERATE_PROVISIONING_ORDERS', 4),
];
const job = (identifier: string, isEnabled: boolean): JobDefinition => ({
  identifier,
  displayName: identifier,
  mode: 'COMPLETE',
  schedule: null,
  timeZone: 'Europe/Paris',
  isEnabled,
  steps,
});

export class ExecutionFixture {
  #database: Database | null = null;

  constructor(name: string) {
    let drop = (): Promise<void> => Promise.resolve();
    beforeAll(async () => {
      const testDatabase = await createTestDatabase(name);
      drop = testDatabase.drop;
      this.#database = await openDatabase({ url: testDatabase.url, poolSize: 6 }, Math.random);
    });
    beforeEach(() =>
      this.database.query(
        'truncate job_execution, task_execution, log_entry, outbox, event, audit_entry, idempotency_key cascade',
      ),
    );
    afterAll(async () => {
      await this.database.close();
      await drop();
    });
  }

  get database(): Database {
    if (this.#database === null) throw new Error('The database is open within tests only.');
    return this.#database;
  }

  get executions(): JobExecutionStore {
    return jobExecutionStore(this.database);
  }

  get ports(): LaunchPorts {
    const configuration = {
      connectors: [],
      serviceAccounts: [],
      jobs: [job('complete', true), job('incremental', true), job('retired', false)],
    };
    // Only what launching reads.
    const model = { configuration, resourceTypes: new Map([['crm-account', {}]]) } as unknown as CompiledModel;
    return { environment, models: { current: () => Promise.resolve(model) }, executions: this.executions };
  }

  async rows<Row>(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.database.query<Row>(text, parameters)).rows;
  }

  /** Task identifier → state. */
  async taskStates(executionId: string): Promise<Readonly<Record<string, string>>> {
    const rows = await this.rows<{ identifier: string; state: string }>(
      'select identifier, state from task_execution where execution_id = $1 order by position',
      [executionId],
    );
    return Object.fromEntries(rows.map(({ identifier, state }) => [identifier, state]));
  }

  async state(executionId: string): Promise<string | undefined> {
    return (await this.rows<{ state: string }>('select state from job_execution where id = $1', [executionId]))[0]
      ?.state;
  }

  /** States of the execution in the order in which they became facts. */
  async told(executionId: string): Promise<readonly string[]> {
    const rows = await this.rows<{ state: string }>(
      `select body->'detail'->>'state' as state from event where execution_id = $1 and body->'detail' ? 'state' order by id`,
      [executionId],
    );
    return rows.map(({ state }) => state);
  }

  /** As if the holder had been gone for longer than a lease. */
  async expireLease(executionId: string): Promise<void> {
    await this.database.query(
      `update job_execution set lease_until = clock_timestamp() - interval '1 second' where id = $1`,
      [executionId],
    );
  }
}
