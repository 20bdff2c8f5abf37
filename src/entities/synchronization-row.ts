// One row of a reading before it is applied. The table is unlogged: a crash empties it, and the reading starts again.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Attributes } from '../domain/configuration.js';
import { SynchronizationSessionEntity } from './synchronization-session.js';

@Entity('synchronization_row')
export class SynchronizationRowEntity {
  @ForeignKey(() => SynchronizationSessionEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid')
  readonly session: string;

  @PrimaryColumn('text', { name: 'entity_type' })
  readonly entityType: string;

  @PrimaryColumn('text')
  readonly key: string;

  @Column('uuid')
  readonly id: string;

  @Column('jsonb')
  readonly attributes: Attributes;

  @Column('jsonb')
  readonly links: Readonly<Record<string, readonly string[]>>;

  @Column('text')
  readonly hash: string;

  @Column('jsonb', { default: () => "'{}'" })
  readonly correlation: Readonly<Record<string, string>>;

  /** read: not compared yet; gone: the target said so; then what the comparison found. */
  @Column('text', { default: () => "'read'" })
  readonly change: 'read' | 'gone' | 'insert' | 'update' | 'delete' | 'same';
}
