// How steps reach managed systems: by entity type, in property names. Packages, sessions and secrets stay behind it.
import type { ApplyOutcome, ConnectorPackageDefinition, ObjectTypeDescription } from '@joinery/connector-kit';
import type { ResourceDelta } from '../../domain/assignment.js';
import type { ResourceContent } from '../../domain/resource.js';
import type { Look } from '../../domain/sight.js';

export interface ConnectorGateway {
  packageOf(connection: string): Promise<ConnectorPackageDefinition>;
  /** Resolves when the system answers; throws ConnectorError. */
  check(connection: string): Promise<void>;
  /** The row, or null when there is none; throws ConnectorError. `connection` default: where the entity type is read. */
  read(entityType: string, key: string, connection?: string): Promise<ResourceContent | null>;
  /** The row of an order, by the connection that writes it, or else by the one where the entity type is read. */
  look(entityType: string, key: string, writing: string): Promise<Look>;
  /** Every row, page by page. Ends normally only when the listing is complete; throws ConnectorError. */
  list(entityType: string, signal: AbortSignal): AsyncIterable<readonly ResourceContent[]>;
  /** Present when packages may tell what changed. Rows changed since the cookie (null: none yet, only the first cookie); throws ConnectorError. */
  changes?(entityType: string, cookie: string | null, signal: AbortSignal): AsyncIterable<ContentChanges>;
  /** Never throws for what a target says; a thrown error is a fault of ours. */
  apply(write: TargetWrite, signal: AbortSignal): Promise<ApplyOutcome>;
  close(): Promise<void>;
}

/** One page of what changed; `cookie` is opaque and goes on after this page. */
export interface ContentChanges {
  readonly upserted: readonly ResourceContent[];
  readonly deletedKeys: readonly string[];
  readonly cookie: string;
}

export interface TargetWrite {
  readonly connection: string;
  readonly entityType: string;
  readonly delta: ResourceDelta;
  /** The same for every try of one order. */
  readonly idempotencyKey: string;
  /** Of what waits for the connection, the lower goes first. */
  readonly lane: number;
}

/** Looks at a connection without an order: for its circuit. */
export interface ConnectionProber {
  /** Resolves when the system answers and accepts the credentials; throws ConnectorError. */
  check(connection: string): Promise<void>;
  /** Digest of the settings with their secrets, as they are now; throws ConnectorError. */
  settingsDigest(connection: string): Promise<string>;
  /** What the system holds, as its package tells it; throws ConnectorError. */
  describe(connection: string): Promise<readonly ObjectTypeDescription[]>;
}
