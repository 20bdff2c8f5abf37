// A checked configuration that is not applied yet: plans are made of it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Configuration } from '../domain/configuration.js';

@Entity('configuration_candidate')
export class ConfigurationCandidateEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text')
  readonly digest: string;

  @Column('jsonb')
  readonly document: Configuration;

  /** Version in force when it was made. */
  @Column('int', { name: 'base_version' })
  readonly baseVersion: number;

  /** `actorReference`. */
  @Column('text', { name: 'created_by' })
  readonly createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;
}
