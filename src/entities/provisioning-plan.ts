// A dry run: what would be written, and the digest of everything it was computed from.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ConfigurationChange } from '../domain/configuration-difference.js';
import type { ThresholdViolation } from '../domain/job.js';

@Entity('provisioning_plan')
export class ProvisioningPlanEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text')
  readonly state: string;

  @Column('text', { name: 'inputs_digest' })
  readonly inputsDigest: string;

  @Column('jsonb')
  readonly summary: Readonly<Record<string, unknown>>;

  @Column('jsonb', { default: () => "'[]'" })
  readonly violations: readonly ThresholdViolation[];

  @Column('text', { name: 'created_by' })
  readonly createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  readonly expiresAt: Date;

  /** What it is about: identities, resource types, requests taken as approved. */
  @Column('jsonb', { default: () => "'{}'" })
  readonly scope: Readonly<Record<string, unknown>>;

  /** Of the configuration it was computed with; null: the one in force. */
  @Column('uuid', { name: 'candidate_id', nullable: true })
  readonly candidateId: string | null;

  /** What that configuration says differently from the one in force; null: it is the one in force. */
  @Column('jsonb', { name: 'configuration_changes', nullable: true })
  readonly configurationChanges: readonly ConfigurationChange[] | null;

  @Column('uuid', { name: 'applied_execution', nullable: true })
  readonly appliedExecution: string | null;

  @Column('timestamptz', { name: 'applied_at', nullable: true })
  readonly appliedAt: Date | null;
}
