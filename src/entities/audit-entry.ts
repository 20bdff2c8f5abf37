// One act of a person or of a service, chained to the one before by its hash. Partitioned by month.
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Index('audit_entry_subject', ['subject', 'id'], { where: 'subject is not null' })
@Index('audit_entry_actor', ['actor', 'id'])
@Entity('audit_entry')
export class AuditEntryEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id: string;

  @PrimaryColumn('timestamptz', { default: () => 'clock_timestamp()' })
  readonly at: Date;

  /** `actorReference` of who acted. */
  @Column('text')
  readonly actor: string;

  @Column('text')
  readonly action: string;

  @Column('text', { nullable: true })
  readonly subject: string | null;

  @Column('jsonb', { nullable: true })
  readonly before: unknown;

  @Column('jsonb', { nullable: true })
  readonly after: unknown;

  @Column('text', { name: 'previous_hash' })
  readonly previousHash: string;

  @Column('text')
  readonly hash: string;
}
