// What must reach a queue after the commit that wrote it.
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { OutboxEntry, QueueName } from '../domain/outbox.js';

@Entity('outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id: string;

  @Column('text')
  readonly queue: QueueName;

  @Column('text')
  readonly name: OutboxEntry['name'];

  @Column('text', { name: 'job_id' })
  readonly jobId: string;

  @Column('text', { name: 'row_id' })
  readonly rowId: string;

  @Column('int', { default: () => '0' })
  readonly priority: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;
}
