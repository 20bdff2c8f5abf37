// One applied version of the whole configuration. The newest one is in force.
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Configuration } from '../domain/configuration.js';

@Entity('configuration_version')
export class ConfigurationVersionEntity {
  @PrimaryGeneratedColumn('identity', { type: 'int', generatedIdentity: 'ALWAYS' })
  readonly version: number;

  @Column('text')
  readonly digest: string;

  @Column('jsonb')
  readonly document: Configuration;

  @Column('text', { name: 'applied_by' })
  readonly appliedBy: string;

  @Column('timestamptz', { name: 'applied_at', default: () => 'clock_timestamp()' })
  readonly appliedAt: Date;
}
