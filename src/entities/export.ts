// A list written to a file for somebody. Its content is export-part.ts.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('export')
export class ExportEntity {
  @PrimaryColumn('uuid')
  readonly id: string;

  @Column('text')
  readonly subject: string;

  @Column('text')
  readonly format: string;

  @Column('jsonb', { nullable: true })
  readonly filter: Readonly<Record<string, unknown>> | null;

  @Column('text')
  readonly state: string;

  /** `actorReference`. */
  @Column('text', { name: 'created_by' })
  readonly createdBy: string;

  @Column('int', { name: 'row_count', nullable: true })
  readonly rowCount: number | null;

  @Column('text', { nullable: true })
  readonly error: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;

  /** When its last piece was written. */
  @Column('timestamptz', { name: 'written_at', default: () => 'clock_timestamp()' })
  readonly writtenAt: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  readonly expiresAt: Date | null;
}
