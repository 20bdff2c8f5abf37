// When the last look at what has no reason began: incremental runs look at what changed since. One row.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Check('is_only')
@Entity('reconciliation_state')
export class ReconciliationStateEntity {
  @PrimaryColumn('boolean', { name: 'is_only', default: () => 'true' })
  readonly isOnly: boolean;

  @Column('timestamptz', { name: 'examined_at' })
  readonly examinedAt: Date;
}
