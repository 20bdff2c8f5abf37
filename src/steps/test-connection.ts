// Tests a connection for somebody who asked: does the system answer and let us in, and does it have what the configuration
// reads from it. A good answer lifts a quarantine and closes the circuit; a bad one counts like that of any call.
import type { ObjectTypeDescription } from '@joinery/connector-kit';
import { signalOfFailure } from '../domain/circuit.js';
import type { Configuration } from '../domain/configuration.js';
import { connectorFailureOf } from '../domain/failure.js';
import type { AttemptStep, AttemptStepKind } from '../domain/provisioning-attempt.js';
import type { ConnectionHealthStore } from './ports/connection-health.js';
import type { ConnectionTestResult, ConnectionTestStore } from './ports/connection-test.js';
import type { ConnectionProber } from './ports/connector.js';
import type { ModelRefresh, ModelSource } from './ports/model.js';

export interface TestConnectionPorts {
  readonly models: ModelSource;
  /** What was changed just now is what is to be tested. */
  readonly modelRefresh: ModelRefresh;
  readonly connectionTests: Pick<ConnectionTestStore, 'take' | 'finish'>;
  readonly health: Pick<ConnectionHealthStore, 'recordCall' | 'recordProbe'>;
  readonly gateway: ConnectionProber;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

export async function testConnection(ports: TestConnectionPorts, testId: string): Promise<void> {
  const connection = await ports.connectionTests.take(testId);
  if (connection === null) return;
  ports.modelRefresh.expire();
  await ports.connectionTests.finish(testId, await tested(ports, connection));
}

async function tested(ports: TestConnectionPorts, connection: string): Promise<ConnectionTestResult> {
  const { gateway } = ports;
  const connected = await timed(ports, 'CONNECT', async () => {
    await gateway.check(connection);
    return 'The system answers and accepts the credentials.';
  });
  await remember(ports, connection, connected.failure);
  if (connected.failure !== null) return { outcome: 'FAILED', steps: [connected.step, notDone] };
  const read = await timed(ports, 'READ', async () =>
    described(await gateway.describe(connection), (await ports.models.current()).configuration, connection),
  );
  return { outcome: read.step.outcome, steps: [connected.step, read.step] };
}

const notDone: AttemptStep = {
  kind: 'READ',
  outcome: 'SKIPPED',
  durationMs: 0,
  detail: null,
  reason: 'There was no way in.',
};

/** A test is a call of the connection: it says as much about it as one of an order. */
async function remember(
  { health, gateway }: TestConnectionPorts,
  connection: string,
  failure: Failure | null,
): Promise<void> {
  const settingsDigest = await gateway.settingsDigest(connection).catch(() => '');
  if (failure === null) await health.recordProbe(connection, 'answered', { error: null, settingsDigest });
  else await health.recordCall(connection, signalOfFailure(failure), { error: failure, settingsDigest });
}

type Failure = NonNullable<ReturnType<typeof connectorFailureOf>>;

interface Timed {
  readonly step: AttemptStep;
  readonly failure: Failure | null;
}

async function timed(
  { elapsed }: TestConnectionPorts,
  kind: AttemptStepKind,
  work: () => Promise<string>,
): Promise<Timed> {
  const startedAt = elapsed();
  const durationMs = (): number => Math.round(elapsed() - startedAt);
  try {
    const detail = await work();
    return { step: { kind, outcome: 'SUCCEEDED', durationMs: durationMs(), detail, reason: null }, failure: null };
  } catch (error) {
    const failure = connectorFailureOf(error);
    if (failure === null && !(error instanceof MissingTypes)) throw error;
    const reason = failure === null ? String(error instanceof Error ? error.message : error) : reasonOf(failure);
    return { step: { kind, outcome: 'FAILED', durationMs: durationMs(), detail: null, reason }, failure };
  }
}

const longestReason = 1_000;

/** The package's own sentences; what the system sent is not repeated. */
const reasonOf = ({ code, message, hint }: Failure): string =>
  `${code}: ${message}${hint === undefined ? '' : ` ${hint}`}`.replaceAll(/\s+/g, ' ').slice(0, longestReason);

class MissingTypes extends Error {}

/** Throws MissingTypes when the configuration reads what the system does not have. */
function described(
  types: readonly ObjectTypeDescription[],
  { entityTypes }: Configuration,
  connection: string,
): string {
  const names = types.map(({ name }) => name);
  const missing = entityTypes.filter((type) => type.connection === connection && !names.includes(type.objectType));
  const there = names.length === 0 ? 'none' : names.slice(0, 20).join(', ');
  if (missing.length === 0) return `${names.length} object types: ${there}.`;
  const wanted = missing.map(({ identifier, objectType }) => `"${objectType}" (entity type ${identifier})`).join(', ');
  throw new MissingTypes(`INVALID_VALUE: The system has no object type ${wanted}. It has: ${there}.`);
}
