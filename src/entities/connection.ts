// A connection made through the API; those of the files stand in the configuration.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SealedSecret } from '../domain/sealed-secret.js';

@Entity('connection')
export class ConnectionEntity {
  @PrimaryColumn('text')
  readonly identifier: string;

  @Column('text')
  readonly connector: string;

  @Column('text', { name: 'display_name' })
  readonly displayName: string;

  @Column('text')
  readonly package: string;

  /** Those that are no secrets. */
  @Column('jsonb')
  readonly settings: Readonly<Record<string, unknown>>;

  @Column('jsonb', { default: () => "'{}'" })
  readonly secrets: Readonly<Record<string, SealedSecret>>;

  /** How often each was given; goes on counting after it was cleared. */
  @Column('jsonb', { name: 'secret_versions', default: () => "'{}'" })
  readonly secretVersions: Readonly<Record<string, number>>;

  @Column('int', { default: () => '1' })
  readonly version: number;

  @Column('text', { name: 'created_by' })
  readonly createdBy: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  @Column('text', { name: 'updated_by' })
  readonly updatedBy: string;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  readonly updatedAt: Date;
}
