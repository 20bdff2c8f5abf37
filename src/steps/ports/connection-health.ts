// What is remembered about a connection: its circuit, when it is probed, whether it asked to be left alone.
import type { CallSignal, Circuit, CircuitStatus } from '../../domain/circuit.js';
import type { ProvisioningError } from '../../domain/failure.js';

export interface ConnectionHealthStore {
  /** Remembers what a call said; a first answer after failures makes the waiting orders of the connection due. */
  recordCall(connection: string, signal: CallSignal, evidence: CallEvidence): Promise<Circuit>;
  /** Remembers a probe, and when the next one is due. */
  recordProbe(connection: string, signal: CallSignal, evidence: CallEvidence): Promise<Circuit>;
  /** Of these connections (null or absent: of all) those to be probed now: open ones whose time has come, and all quarantined ones. */
  dueProbes(connections?: readonly string[] | null): Promise<readonly DueProbe[]>;
}

export interface CallEvidence {
  readonly error: Pick<ProvisioningError, 'code' | 'message'> | null;
  /** Of the settings the call was made with. */
  readonly settingsDigest: string;
}

export interface DueProbe {
  readonly connection: string;
  readonly status: CircuitStatus;
  /** Of the settings that were refused; a quarantined connection is probed only with others. */
  readonly settingsDigest: string | null;
}

/** How a managed system is doing, over all its connections: the worst of them. */
export interface ConnectorHealthView {
  /** One answer for each question. */
  health(questions: readonly ConnectorHealthQuestion[]): Promise<readonly ConnectorHealthRow[]>;
}

export interface ConnectorHealthQuestion {
  readonly connector: string;
  readonly connections: readonly string[];
}

export const healthStatuses = ['HEALTHY', 'DEGRADED', 'DOWN', 'DISABLED', 'UNKNOWN'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

export interface ConnectorHealthRow {
  readonly status: HealthStatus;
  /** Why it is not healthy, in the words of the failure. */
  readonly reason: string | null;
  readonly since: Date;
  readonly pendingOrderCount: number;
  readonly erroredOrderCount: number;
  /** Of tries of the last 24 hours; null when there was none. */
  readonly p95LatencyMs: number | null;
  /** From 0 to 1, of the tries of the last 24 hours; null when there was none. */
  readonly successRate24h: number | null;
}
