// Where applied configurations are kept, by version.
import type { Configuration } from '../../domain/configuration.js';

export interface StoredConfiguration {
  readonly version: number;
  /** Of the canonical text. */
  readonly digest: string;
  readonly configuration: Configuration;
}

export interface NewConfiguration {
  readonly configuration: Configuration;
  readonly digest: string;
  /** The version the decision was made on; null = there was none. */
  readonly previousVersion: number | null;
  /** Entity type whose rows are all to be computed again; null = nobody. */
  readonly dirtyEntityType: string | null;
  /** `actorReference` of who applies it. */
  readonly appliedBy: string;
}

export interface ConfigurationStore {
  /** Null when none was applied yet. */
  newest(): Promise<StoredConfiguration | null>;
  /** Null when none was applied yet. Cheap: no document is read. */
  newestVersion(): Promise<number | null>;
  /** The new version; null when another one was applied since `previousVersion`. */
  commit(next: NewConfiguration): Promise<number | null>;
}
