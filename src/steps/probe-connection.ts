// Looks whether a connection that failed is back, without spending an order on it.
import { type CallSignal, signalOfFailure } from '../domain/circuit.js';
import { connectorFailureOf } from '../domain/failure.js';
import type { ConnectionHealthStore, DueProbe } from './ports/connection-health.js';
import type { ConnectionProber } from './ports/connector.js';

export interface ProbePorts {
  readonly health: ConnectionHealthStore;
  readonly gateway: ConnectionProber;
}

/** A quarantined connection is left alone until its settings or secrets are others than the refused ones. */
export async function probeConnection(ports: ProbePorts, probe: DueProbe): Promise<void> {
  const settingsDigest = await ports.gateway.settingsDigest(probe.connection).catch(() => '');
  if (probe.status === 'QUARANTINED' && (settingsDigest === '' || settingsDigest === probe.settingsDigest)) return;
  const { signal, error } = await check(ports, probe.connection);
  await ports.health.recordProbe(probe.connection, signal, { error, settingsDigest });
}

type Answer = {
  readonly signal: CallSignal;
  readonly error: Parameters<ConnectionHealthStore['recordProbe']>[2]['error'];
};

async function check(ports: ProbePorts, connection: string): Promise<Answer> {
  try {
    await ports.gateway.check(connection);
    return { signal: 'answered', error: null };
  } catch (error) {
    const failure = connectorFailureOf(error);
    if (failure === null) throw error;
    const signal = signalOfFailure(failure);
    // Whatever a check is refused for, the connection is of no use yet.
    return { signal: signal === 'answered' ? 'failed' : signal, error: failure };
  }
}
