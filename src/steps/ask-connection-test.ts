// Has a connection tested by the worker that serves it, and waits a while for what it says: the API itself calls no system.
import type { Actor } from '../domain/actor.js';
import type { Configuration } from '../domain/configuration.js';
import { isManual } from '../domain/connection-setting.js';
import { toGlobalId } from '../domain/global-id.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import type { Environment } from './ports/clock.js';
import type { ConnectionTestStore, ConnectionTestView } from './ports/connection-test.js';
import type { ModelSource } from './ports/model.js';

export interface AskConnectionTestPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly connectionTests: Pick<ConnectionTestStore, 'ask' | 'result'>;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** How long the caller is kept waiting; what comes later is the connection's last test. */
const patienceMs = 20_000;
const lookMs = 100;

/** `connection`: identifier; null when what was given is no connection's id. Answers null when it has not ended in time. */
export async function askConnectionTest(
  ports: AskConnectionTestPorts,
  actor: Actor,
  connection: string | null,
): Promise<Decision<ConnectionTestView | null>> {
  const permit = may(actor, 'connection.test');
  if (!permit.ok) return permit;
  const problem = connectionProblem((await ports.models.current()).configuration, connection);
  if (problem !== null || connection === null) return refused(problem ?? unknown);
  const id = ports.environment.newId();
  const { isKept } = await ports.connectionTests.ask({ id, connection }, actor);
  return granted(isKept ? await awaited(ports, id) : null);
}

async function awaited(
  { connectionTests, pause }: AskConnectionTestPorts,
  id: string,
): Promise<ConnectionTestView | null> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookMs) {
    const result = await connectionTests.result(id);
    if (result !== null) return result;
    await pause(lookMs);
  }
  return connectionTests.result(id);
}

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'connection.known',
  field: ['id'],
  message: 'There is no such connection.',
  hint: 'Take the id from Connector.connections.',
};

function connectionProblem(configuration: Configuration, identifier: string | null): Refusal | null {
  const found = configuration.connections.find((connection) => connection.identifier === identifier);
  if (found === undefined) return unknown;
  if (!isManual(configuration, found.identifier)) return null;
  return {
    code: 'CONNECTOR_CAPABILITY_MISSING',
    rule: 'connection.callable',
    field: ['id'],
    message: `«${found.displayName}» cannot be tested: its orders are carried out by people.`,
    hint: 'Test the connection by which the system is read.',
    subjectId: toGlobalId('ConnectionProfile', found.identifier),
  };
}
