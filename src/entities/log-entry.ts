// One line of an execution's log. Partitioned by month.
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Index('log_entry_execution', ['executionId', 'id'])
@Entity('log_entry')
export class LogEntryEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id: string;

  @PrimaryColumn('timestamptz', { default: () => 'clock_timestamp()' })
  readonly at: Date;

  @Column('uuid', { name: 'execution_id' })
  readonly executionId: string;

  @Column('uuid', { name: 'task_id', nullable: true })
  readonly taskId: string | null;

  @Column('text')
  readonly level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

  @Column('text')
  readonly message: string;

  @Column('jsonb', { nullable: true })
  readonly fields: Readonly<Record<string, unknown>> | null;
}
