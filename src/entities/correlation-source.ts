// The value of a correlation rule's source expression for one identity.
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ResourceEntity } from './resource.js';

@Index('correlation_source_value', ['rule', 'value'])
@Entity('correlation_source')
export class CorrelationSourceEntity {
  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'identity_id' })
  readonly identityId: string;

  @PrimaryColumn('text')
  readonly rule: string;

  @Column('text')
  readonly value: string;
}
