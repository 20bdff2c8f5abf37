// Whether a person has switched a connector off; one without a row is on.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('connector_switch')
export class ConnectorSwitchEntity {
  @PrimaryColumn('text')
  readonly connector: string;

  @Column('boolean', { name: 'is_enabled' })
  readonly isEnabled: boolean;

  @Column('int', { default: () => '1' })
  readonly version: number;

  @Column('text', { name: 'changed_by' })
  readonly changedBy: string;

  @Column('timestamptz', { name: 'changed_at', default: () => 'clock_timestamp()' })
  readonly changedAt: Date;
}
