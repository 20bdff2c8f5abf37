// The last position given to an event. One row.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Check('only_row')
@Entity('event_sequence')
export class EventSequenceEntity {
  @PrimaryColumn('boolean', { name: 'only_row', default: () => 'true' })
  readonly onlyRow: boolean;

  @Column('bigint')
  readonly last: string;
}
