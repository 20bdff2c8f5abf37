// Rows that a typed text may mean.
import type { ReadScope } from '../../domain/permission.js';

export interface FoundRow {
  readonly kind: 'Identity' | 'Resource';
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** Mail address of a person; null for resources. */
  readonly email: string | null;
  /** Job title of a person; entity type of a resource. */
  readonly detail: string | null;
}

export interface RowSearch {
  /** As `searchedText` answers it. */
  readonly text: string;
  /** Resources the viewer may see; people are seen by all. */
  readonly resources: ReadScope;
  /** Rows of each kind at most. */
  readonly limit: number;
}

export interface SearchViews {
  /** Those that begin with the text come before those that hold it. */
  rows(search: RowSearch): Promise<readonly FoundRow[]>;
}
