// The newest reading applied of an entity type; no row: the first load is still to come.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('synchronization_state')
export class SynchronizationStateEntity {
  @PrimaryColumn('text', { name: 'entity_type' })
  readonly entityType: string;

  @Column('text')
  readonly connector: string;

  @Column('timestamptz', { name: 'listed_at' })
  readonly listedAt: Date;

  @Column('text', { name: 'correlation_digest' })
  readonly correlationDigest: string;

  /** Where the package goes on telling changes; null: it tells none. */
  @Column('text', { nullable: true })
  readonly cookie: string | null;

  /** Digest of the connection, its settings and what was read by it when the cookie was given; null: there is none. */
  @Column('text', { name: 'cookie_source', nullable: true })
  readonly cookieSource: string | null;
}
