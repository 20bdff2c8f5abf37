// How an object type lies in the database: its table, columns and join tables, as the catalog has them.
// Owns the shape; catalog.ts makes it.
import type { AttributeDescription, ObjectTypeDescription } from '@joinery/connector-kit';
import type { SqlAttribute, SqlLink } from './settings.js';

/** A column as the catalog has it. */
export interface Column {
  readonly name: string;
  /** Its type as SQL text of the engine. From the catalog, so safe in a statement. */
  readonly type: string;
  readonly kind: AttributeDescription['type'];
  readonly form: 'date' | 'timestamp' | 'timestamptz' | 'other';
  readonly needsValue: boolean;
  /** Computed by the database, or of a type that is only shown. */
  readonly isGenerated: boolean;
  readonly isUnique: boolean;
}

export interface LinkTable {
  readonly link: SqlLink;
  readonly own: Column;
  readonly other: Column;
}

/** An attribute and the column behind it. */
export interface PlacedAttribute {
  readonly attribute: SqlAttribute;
  readonly column: Column;
}

/** A column that grows with every change of its row. */
export interface GrowingColumn {
  readonly column: Column;
  /** How far behind the highest value changes may still appear, in seconds or units; null: the default. */
  readonly overlap: number | null;
}

/** An object type with everything statements need. */
export interface TableLayout {
  readonly schema: string;
  readonly table: string;
  readonly key: Column;
  /** Without the key. */
  readonly attributes: readonly PlacedAttribute[];
  readonly links: readonly LinkTable[];
  readonly type: ObjectTypeDescription;
  /** null: changes are found by comparing all rows. */
  readonly changes: GrowingColumn | null;
}
