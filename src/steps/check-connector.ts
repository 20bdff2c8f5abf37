// Asks every connection a connector is read through whether it answers, so that an unreachable system is named early
// and by itself. Owns the EXPORT task: rows are read by synchronize.ts, into the stage and not into files.
import { isManual } from '../domain/connection-setting.js';
import type { ConnectorDefinition } from '../domain/configuration.js';
import { failureClasses } from '../domain/failure.js';
import {
  completedTask,
  failedTask,
  noCounters,
  type TaskFailure,
  taskFailureOf,
  type TaskResult,
  type TaskRun,
} from '../domain/job.js';
import { unknownConnector } from '../domain/synchronization-result.js';
import type { ConnectorGateway } from './ports/connector.js';
import type { ModelSource } from './ports/model.js';
import type { TaskContext } from './ports/task.js';

export interface CheckConnectorPorts {
  readonly models: ModelSource;
  readonly gateway: Pick<ConnectorGateway, 'check'>;
}

export async function checkConnector(
  ports: CheckConnectorPorts,
  run: TaskRun,
  context: TaskContext,
): Promise<TaskResult> {
  const { configuration } = await ports.models.current();
  const connector = configuration.connectors.find(({ identifier }) => identifier === run.connector);
  if (connector === undefined) return unknownConnector(run.connector);
  const own = configuration.entityTypes.filter((type) => type.connector === connector.identifier);
  // What only people carry out can be read by nobody.
  const readable = own.map(({ connection }) => connection).filter((each) => !isManual(configuration, each));
  for (const connection of new Set(readable)) {
    const failed = await check(ports, connector, connection);
    if (failed !== null) return failed;
    context.log('INFO', `${connector.displayName} answers through ${connection}.`);
  }
  return { ...completedTask, counters: noCounters };
}

async function check(
  { gateway }: CheckConnectorPorts,
  connector: ConnectorDefinition,
  connection: string,
): Promise<TaskResult | null> {
  try {
    await gateway.check(connection);
    return null;
  } catch (error) {
    const failure = causeOf(taskFailureOf(error));
    if (failure === null) throw error;
    const where = `${connector.displayName} (${connector.identifier}) through connection ${connection}`;
    return failedTask({ ...failure, message: `${where} cannot be read: ${failure.message}` });
  }
}

/**
 * A connection out of use because of what the system holds (a damaged file) says so by its own code, in the words of
 * the contract: reading would fail by that, so this is what people are told.
 */
function causeOf(failure: TaskFailure | null): TaskFailure | null {
  const code = failure?.targetCode ?? '';
  if (failure?.code !== 'UNREACHABLE' || !Object.hasOwn(failureClasses, code)) return failure;
  return { ...failure, code };
}
