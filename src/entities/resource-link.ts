// One link of a resource to the key of another: a member of a group, a manager.
import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ResourceEntity } from './resource.js';

@Index('resource_link_target', ['property', 'targetKey'])
@Entity('resource_link')
export class ResourceLinkEntity {
  @ForeignKey(() => ResourceEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'resource_id' })
  readonly resourceId: string;

  @PrimaryColumn('text')
  readonly property: string;

  @PrimaryColumn('text', { name: 'target_key' })
  readonly targetKey: string;
}
