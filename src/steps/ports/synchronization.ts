// How the synchronisation stages a reading, compares it with the directory, and applies it as a whole.
import type { IdentitySource } from '../../domain/role-model/context.js';
import type { EntityTypeDifference } from '../../domain/synchronization.js';
import type { ResourceContent } from '../../domain/resource.js';

export interface SynchronizationSession {
  readonly id: string;
  readonly connector: string;
  /** Database time before the first row, as the database writes it: what was read later is fresher than this reading. */
  readonly startedAt: string;
}

/** What is known of an entity type from its last applied reading. */
export interface EntityTypeState {
  readonly listedAt: Date;
  /** Digest of the correlation rules whose values are stored for its rows. */
  readonly correlationDigest: string;
  /** Where `changes` goes on; null = never asked. */
  readonly cookie: string | null;
  /** Digest of what the cookie was given for: connection, settings, what is read. Null: there is none. */
  readonly cookieSource: string | null;
}

export interface StagedRow {
  readonly id: string;
  readonly content: ResourceContent;
  readonly hash: string;
  /** Correlation rule → value, as a possible owner (`source`) and as something owned (`target`). */
  readonly source: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  /** What classification rules say it is; null: nothing. */
  readonly classified: { readonly resourceType: string; readonly confidencePercent: number } | null;
}

/** One entity type as read: ready to be compared. */
export interface Reading {
  readonly entityType: string;
  readonly isIdentity: boolean;
  /** Resource types whose accounts are rows of this entity type. */
  readonly resourceTypes: readonly string[];
  /** Properties with one value that name a row of another entity type by its key. */
  readonly references: readonly { readonly property: string; readonly target: string }[];
  /** Where people stand whose contexts the rows may make; absent: they make none. */
  readonly people?: IdentitySource;
  readonly isFirstLoad: boolean;
  /** A whole listing: what is absent is gone. False for changes since a cookie. */
  readonly isComplete: boolean;
  readonly rowsRead: number;
  readonly cookie: string | null;
  readonly cookieSource: string | null;
  readonly correlationDigest: string;
  /** Rules changed: the values of unchanged rows are stored anew, too. */
  readonly isRecorrelated: boolean;
  /** Query rules look for its rows. */
  readonly isQueried: boolean;
  /** Classification rules read its rows. */
  readonly isClassified: boolean;
}

/** References of new and changed rows to rows that are not there. */
export interface MissingReferences {
  readonly count: number;
  /** At most five. `missing`: the key that no row of `target`, an entity type, has. */
  readonly first: readonly {
    readonly entityType: string;
    readonly key: string;
    readonly property: string;
    readonly missing: string;
    readonly target: string;
  }[];
}

export interface AppliedReading {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Identities marked to be computed again. */
  readonly dirty: number;
  /** Resource assignments that this reading verified. */
  readonly verified: number;
  readonly missingReferences: MissingReferences;
}

export interface ParkedReading {
  readonly session: SynchronizationSession;
  readonly readings: readonly Reading[];
}

export interface SynchronizationStore {
  /** Drops what earlier readings of the connector left (all but parked ones) and begins a new one. */
  open(connector: string, taskId: string, id: string): Promise<SynchronizationSession>;
  /** Entity types never loaded are absent. */
  states(entityTypes: readonly string[]): Promise<ReadonlyMap<string, EntityTypeState>>;
  /** When changes of the connector were parked and nobody has released them yet; null = they are not. */
  parkedSince(connector: string): Promise<Date | null>;
  /** Answers keys that this reading already had; those rows are not taken. */
  stage(session: SynchronizationSession, entityType: string, rows: readonly StagedRow[]): Promise<readonly string[]>;
  /** Like `stage` for changes: a later change of a row replaces an earlier one. */
  stageChanges(
    session: SynchronizationSession,
    entityType: string,
    rows: readonly StagedRow[],
    deletedKeys: readonly string[],
  ): Promise<void>;
  /** Forgets what was staged of one entity type: it is read in another way. */
  unstage(session: SynchronizationSession, entityType: string): Promise<void>;
  /** Leaves only the rows that differ in the stage and says how many, per entity type. */
  compare(session: SynchronizationSession, readings: readonly Reading[]): Promise<readonly EntityTypeDifference[]>;
  /** Everything of the reading in one transaction; null when a younger reading of the connector was applied meanwhile. */
  apply(session: SynchronizationSession, readings: readonly Reading[]): Promise<AppliedReading | null>;
  /** Keeps the differing rows, and what was read, for a person to look at. */
  park(session: SynchronizationSession, readings: readonly Reading[]): Promise<void>;
  /** What the task has parked; null when it is no longer there. */
  parked(taskId: string): Promise<ParkedReading | null>;
  drop(session: SynchronizationSession): Promise<void>;
}
