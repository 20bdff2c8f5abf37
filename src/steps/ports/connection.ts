// Connections made through the API, and connectors switched on and off: how they are loaded and committed.
import type { Actor } from '../../domain/actor.js';
import type { SealedSecret } from '../../domain/sealed-secret.js';

export interface KeptConnection {
  readonly identifier: string;
  readonly connector: string;
  readonly displayName: string;
  readonly package: string;
  /** Those that are no secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, SealedSecret>>;
  /** How often each was given; goes on counting after it was cleared. */
  readonly secretVersions: Readonly<Record<string, number>>;
  readonly version: number;
}

export interface ConnectionChange extends Omit<KeptConnection, 'version'> {
  /** What the decision was made on; 0: there was none. */
  readonly previousVersion: number;
  /** Why secrets went, by name; in the audit. */
  readonly cleared: readonly string[];
}

export interface ConnectionStore {
  /** Null when there is none, or it is one of the files. */
  load(identifier: string): Promise<KeptConnection | null>;
  /** False: another has the identifier, in the files or not. */
  create(connection: ConnectionChange, actor: Actor): Promise<boolean>;
  /** False: it was changed since `previousVersion`. */
  update(connection: ConnectionChange, actor: Actor): Promise<boolean>;
  /** Wraps all secrets anew; answers how many were wrapped by another key before. */
  rewrap(wrap: (connection: string, setting: string, sealed: SealedSecret) => SealedSecret): Promise<number>;
  /** Key id → connections with secrets that it wraps. */
  keysInUse(): Promise<ReadonlyMap<string, readonly string[]>>;
}

export interface ConnectorSwitchStore {
  /** The connections of the connector are closed to orders, or opened again and what waits for them made due. */
  set(change: ConnectorSwitch, actor: Actor): Promise<void>;
}

export interface ConnectorSwitch {
  readonly connector: string;
  readonly isEnabled: boolean;
  /** Of the connector, those of the files and those made through the API. */
  readonly connections: readonly string[];
}
