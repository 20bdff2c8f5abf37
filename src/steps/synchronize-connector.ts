// Has one connector read now, by an execution of its own: asked whether it answers, then read. Computing is for others: whom
// the reading changed is marked, and the next incremental run or computation takes them.
import type { Actor } from '../domain/actor.js';
import type { Configuration, SynchronizationMode } from '../domain/configuration.js';
import { isManual } from '../domain/connection-setting.js';
import { toGlobalId } from '../domain/global-id.js';
import type { JobTrigger } from '../domain/job.js';
import { readingTasks } from '../domain/job-execution.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { Environment } from './ports/clock.js';
import type { JobExecutionStore, Launched } from './ports/job-execution.js';
import type { ModelSource } from './ports/model.js';

export interface SynchronizeConnectorPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly executions: Pick<JobExecutionStore, 'launch'>;
}

export interface SynchronizeConnectorInput {
  /** Identifier; null when what was given is no connector's id. */
  readonly connector: string | null;
  readonly mode: SynchronizationMode;
  readonly trigger: JobTrigger;
}

/** Answers the row id of the execution. */
export async function synchronizeConnector(
  { environment, models, executions }: SynchronizeConnectorPorts,
  actor: Actor,
  { connector, mode, trigger }: SynchronizeConnectorInput,
): Promise<Decision<string>> {
  const permit = may(actor, 'connector.synchronize');
  if (!permit.ok) return permit;
  const problem = connectorProblem((await models.current()).configuration, connector);
  if (problem !== null || connector === null) return refused(problem ?? unknown);
  const id = environment.newId();
  const launched = await executions.launch({
    id,
    job: null,
    trigger,
    actor,
    isDryRun: false,
    scope: { connectors: [connector] },
    scopeDigest: environment.digest(`synchronize:${id}`),
    occurrence: null,
    readsAlone: connector,
    tasks: readingTasks(connector, mode).map((task) => ({ ...task, id: environment.newId() })),
  });
  return answerOf(launched, connector);
}

function answerOf(launched: Launched, connector: string): Decision<string> {
  switch (launched.kind) {
    case 'created':
    case 'joined':
      return granted(launched.executionId);
    case 'running':
      return refused({
        code: 'JOB_ALREADY_RUNNING',
        rule: 'connector.one-reading-at-a-time',
        field: ['id'],
        message: `The connector «${connector}» is read already, or about to be, by execution ${launched.number}.`,
        hint: 'Wait for it to end, or cancel it.',
        subjectId: toGlobalId('JobExecution', launched.executionId),
      });
    case 'repeated':
      throw new Error(`The reading of ${connector} was taken for a planned one.`);
    default:
      return launched satisfies never;
  }
}

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'connector.known',
  field: ['id'],
  message: 'There is no such connector.',
  hint: 'Take the id from the query connectors.',
};

function connectorProblem(configuration: Configuration, identifier: string | null): Refusal | null {
  const connector = configuration.connectors.find((each) => each.identifier === identifier);
  if (connector === undefined) return unknown;
  if (connector.isDisabled === true)
    return {
      code: 'STATE_CONFLICT',
      rule: 'connector.enabled',
      field: ['id'],
      message: `The connector «${connector.displayName}» is switched off.`,
      hint: 'Switch it on with connectorSetEnabled.',
    };
  const own = configuration.entityTypes.filter((type) => type.connector === identifier);
  if (own.some(({ connection }) => !isManual(configuration, connection))) return null;
  return {
    code: 'CONNECTOR_CAPABILITY_MISSING',
    rule: 'connector.readable',
    field: ['id'],
    message: `Nothing of «${connector.displayName}» is read: it has no entity type with a connection that can be called.`,
    hint: 'Describe its entity types in the configuration.',
  };
}
