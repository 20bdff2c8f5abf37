// A piece of an export's content, in order.
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ExportEntity } from './export.js';

@Entity('export_part')
export class ExportPartEntity {
  @ForeignKey(() => ExportEntity, { onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'export_id' })
  readonly exportId: string;

  @PrimaryColumn('int')
  readonly position: number;

  @Column('text')
  readonly content: string;
}
