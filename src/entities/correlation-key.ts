// The value of a correlation rule's target expression for one resource.
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ResourceEntity } from './resource.js';

@Index('correlation_key_value', ['rule', 'value'])
@Entity('correlation_key')
export class CorrelationKeyEntity {
  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'resource_id' })
  readonly resourceId: string;

  @PrimaryColumn('text')
  readonly rule: string;

  @Column('text')
  readonly value: string;
}
