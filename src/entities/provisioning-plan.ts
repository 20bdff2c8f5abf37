// A dry run: what would be written, and the digest of everything it was computed from.
import { Column, Entity, PrimaryColumn } from 'typeorm';
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
}
