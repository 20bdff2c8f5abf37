// The first answer to a mutation that may be asked again, by caller and key.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('idempotency_key')
export class IdempotencyKeyEntity {
  @PrimaryColumn('text')
  readonly caller: string;

  @PrimaryColumn('text')
  readonly key: string;

  @Column('text')
  readonly operation: string;

  @Column('text', { name: 'request_hash' })
  readonly requestHash: string;

  @Column('jsonb', { nullable: true })
  readonly response: unknown;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  readonly createdAt: Date;
}
