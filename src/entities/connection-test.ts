// A test of a connection that somebody asked for, and what came of it.
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AttemptOutcome, AttemptStep } from '../domain/provisioning-attempt.js';

@Entity('connection_test')
@Index('connection_test_connection', ['connection', 'ranAt'])
export class ConnectionTestEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text')
  readonly connection: string;

  @Column('text', { name: 'asked_by' })
  readonly askedBy: string;

  @Column('timestamptz', { name: 'asked_at', default: () => 'clock_timestamp()' })
  readonly askedAt: Date;

  /** A worker is at it until then. */
  @Column('timestamptz', { name: 'lease_until', nullable: true })
  readonly leaseUntil: Date | null;

  @Column('timestamptz', { name: 'ran_at', nullable: true })
  readonly ranAt: Date | null;

  @Column('text', { nullable: true })
  readonly outcome: AttemptOutcome | null;

  @Column('jsonb', { default: () => "'[]'" })
  readonly steps: readonly AttemptStep[];
}
