// What is remembered about a connection: circuit, probes, and whose turn it is.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CircuitStatus } from '../domain/circuit.js';

@Entity('connection_health')
export class ConnectionHealthEntity {
  @PrimaryColumn('text')
  readonly connection: string;

  @Column('text')
  readonly status: CircuitStatus;

  @Column('text', { nullable: true })
  readonly code: string | null;

  @Column('text', { nullable: true })
  readonly reason: string | null;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  readonly since: Date;

  /** The last calls, newest last, true: the system answered. */
  @Column('boolean', { array: true, default: () => "'{}'" })
  readonly recent: readonly boolean[];

  @Column('int', { name: 'connect_failures', default: () => '0' })
  readonly connectFailures: number;

  @Column('int', { name: 'probe_interval_seconds', nullable: true })
  readonly probeIntervalSeconds: number | null;

  @Column('timestamptz', { name: 'next_probe_at', nullable: true })
  readonly nextProbeAt: Date | null;

  /** Of the settings whose credentials were refused. */
  @Column('text', { name: 'settings_digest', nullable: true })
  readonly settingsDigest: string | null;

  /** No order of the connection is claimed before: the system asked us to wait. */
  @Column('timestamptz', { name: 'throttled_until', nullable: true })
  readonly throttledUntil: Date | null;

  /** Of a connection with target *: the one order that may run, until turn_until. */
  @Column('uuid', { name: 'turn_order_id', nullable: true })
  readonly turnOrderId: string | null;

  @Column('timestamptz', { name: 'turn_until', nullable: true })
  readonly turnUntil: Date | null;
}
