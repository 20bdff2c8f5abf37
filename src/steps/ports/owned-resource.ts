// Resources that Joinery owns itself, as rows: what the package internal reads and writes.
import type { ResourceContent } from '../../domain/resource.js';

export interface OwnedResourceStore {
  /** By key, after `after`; null: from the beginning. */
  page(entityType: string, after: string | null, limit: number): Promise<readonly ResourceContent[]>;
  read(entityType: string, key: string): Promise<ResourceContent | null>;
  /** Of the keys those that no row has. */
  missing(entityType: string, keys: readonly string[]): Promise<readonly string[]>;
  change(change: OwnedChange): Promise<void>;
}

export interface OwnedChange {
  readonly entityType: string;
  readonly key: string;
  /** The rows are people: one that goes is only marked, as when its source forgets it. */
  readonly isPeople: boolean;
  /** Inside the transaction, the row locked. Null: none; the very same object: nothing changes. */
  readonly next: (present: ResourceContent | null) => ResourceContent | null;
}
