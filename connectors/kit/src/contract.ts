// The connector contract: what a package says about itself and what the engine may ask of it.
// Owns the words between engine and package; leaves mapping, retries and states to the engine.

/** A single value as a managed system stores it. Dates are ISO 8601 strings; absent is null. */
export type ScalarValue = string | number | boolean | null;

/** One row of a managed system: an account, a group, a line. */
export interface TargetObject {
  readonly objectType: string;
  /** The target's own key of the row, as text. Unique within its object type. */
  readonly key: string;
  readonly attributes: Readonly<Record<string, ScalarValue>>;
  /** Multi-valued associations: link name → keys of the linked objects, sorted, without repetition. */
  readonly links: Readonly<Record<string, readonly string[]>>;
}

/** One intended change of one row. Only what changes is in it; links are additions and removals. */
export interface Delta {
  readonly kind: 'create' | 'update' | 'delete';
  readonly objectType: string;
  readonly key: string;
  readonly set: Readonly<Record<string, ScalarValue>>;
  readonly add: Readonly<Record<string, readonly string[]>>;
  readonly remove: Readonly<Record<string, readonly string[]>>;
}

export const connectorErrorCodes = [
  'UNREACHABLE',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'AMBIGUOUS_MATCH',
  'INVALID_VALUE',
  'CONSTRAINT_VIOLATION',
  'RATE_LIMITED',
  'TIMEOUT',
  'OUTCOME_UNKNOWN',
  'CAPABILITY_MISSING',
  'CONNECTOR_BUG',
] as const;
export type ConnectorErrorCode = (typeof connectorErrorCodes)[number];

/** Why it did not work. Messages never hold a secret. */
export interface ConnectorFailure {
  readonly code: ConnectorErrorCode;
  /** One sentence: what was tried, on what, why not. */
  readonly message: string;
  /** What a person can do next, when the package knows. */
  readonly hint?: string;
  /** The managed system's own code and text, as received. */
  readonly targetCode?: string;
  readonly targetMessage?: string;
  /** With RATE_LIMITED: how long the target asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * What became of a write. `unknown` = it may or may not have been applied: the engine reads back. `key` is the key of the
 * row as the system has it, which differs from the delta's where the system gives keys itself.
 */
export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly key: string }
  | { readonly kind: 'alreadySo'; readonly key: string }
  | { readonly kind: 'refused'; readonly failure: ConnectorFailure }
  | { readonly kind: 'unreachable'; readonly failure: ConnectorFailure }
  | { readonly kind: 'throttled'; readonly failure: ConnectorFailure; readonly retryAfterMs: number }
  | { readonly kind: 'unknown'; readonly failure: ConnectorFailure };

export interface AttributeDescription {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'date';
  readonly isRequired?: boolean;
  readonly isReadOnly?: boolean;
  /** Can be written, never read back (a password). */
  readonly isWriteOnly?: boolean;
}

export interface ObjectTypeDescription {
  readonly name: string;
  /** The attribute that holds the key. */
  readonly keyAttribute: string;
  /**
   * Present when the managed system gives keys itself (objectGUID, entryUUID, the id of SCIM): the attribute that names a
   * row until then. The key of a creation is that name, and the outcome tells the key the system gave. Wherever a key is
   * taken, the name finds the row too; rows always say the given key.
   */
  readonly nameAttribute?: string;
  readonly attributes: readonly AttributeDescription[];
  readonly links: readonly { readonly name: string; readonly targetObjectType: string }[];
  /** Present when a row can be disabled and enabled again without losing anything: the attribute and its two values. */
  readonly disabling?: {
    readonly attribute: string;
    readonly disabledValue: ScalarValue;
    readonly enabledValue: ScalarValue;
  };
  /** The write-only attribute that is the password of a row. */
  readonly passwordAttribute?: string;
}

export const connectorCapabilities = [
  'TEST',
  'DISCOVER_SCHEMA',
  'EXPORT_COMPLETE',
  'EXPORT_INCREMENTAL',
  'READ_ONE',
  'CREATE',
  'UPDATE',
  'DELETE',
  'DISABLE',
  'RESET_PASSWORD',
  'MANUAL',
  'DRY_RUN',
  'IDEMPOTENT_WRITES',
] as const;
export type ConnectorCapability = (typeof connectorCapabilities)[number];

/** A JSON Schema (draft 2020-12). A property marked `"x-secret": true` is never shown, logged or stored in clear. */
export type SettingsSchema = Readonly<Record<string, unknown>>;
export type ConnectorSettings = Readonly<Record<string, unknown>>;

/** How long and how a call may run. Every operation honours both. */
export interface CallContext {
  /** Aborted at the deadline or when the worker stops. */
  readonly signal: AbortSignal;
  /** The instant at which the call is given up, in milliseconds since 1970. */
  readonly deadline: number;
}

export interface ApplyContext extends CallContext {
  /** The same key means the same intended effect: applying twice has one effect. */
  readonly idempotencyKey: string;
}

/** A page of a complete listing. A listing that ends by an error is never complete. */
export interface ListPage {
  readonly objects: readonly TargetObject[];
}

export interface Change {
  readonly kind: 'upsert' | 'delete';
  readonly objectType: string;
  readonly key: string;
  /** The row as it is now; absent for a deletion. */
  readonly object?: TargetObject;
}

/** One page of changes since a cookie; `cookie` is opaque to the engine and resumes after this page. */
export interface ChangePage {
  readonly changes: readonly Change[];
  readonly cookie: string;
}

/** A connection in use. Operations throw `ConnectorError`, except `apply`, which answers every outcome. */
export interface ConnectorSession {
  describe(context: CallContext): Promise<readonly ObjectTypeDescription[]>;
  /** Resolves when the system answers and accepts the credentials. */
  check(context: CallContext): Promise<void>;
  /** The row of that key, or null when there is none. */
  read(objectType: string, key: string, context: CallContext): Promise<TargetObject | null>;
  /** All rows, page by page, each row once. Returns normally only when the listing is complete. */
  list(objectType: string, context: CallContext): AsyncIterable<ListPage>;
  apply(delta: Delta, context: ApplyContext): Promise<ApplyOutcome>;
  /** Optional: several deltas at once, outcomes in the same order. */
  applyMany?(
    deltas: readonly { readonly delta: Delta; readonly idempotencyKey: string }[],
    context: CallContext,
  ): Promise<readonly ApplyOutcome[]>;
  /**
   * Optional (capability EXPORT_INCREMENTAL): what changed since the cookie, oldest first; null: from now on, no changes, one
   * page with the first cookie. Nothing is left out; a change may be told twice only after a break. A cookie that cannot be
   * gone on from (corrupt, too old) fails with `cookieRefused(…)`, and the engine reads everything again.
   */
  changes?(objectType: string, cookie: string | null, context: CallContext): AsyncIterable<ChangePage>;
  close(): Promise<void>;
}

/** A resource as Joinery keeps it: properties by their identifiers. */
export interface HostRow {
  readonly key: string;
  readonly attributes: Readonly<Record<string, ScalarValue>>;
  /** Property → keys of the linked resources, sorted, without repetition. */
  readonly links: Readonly<Record<string, readonly string[]>>;
}

/** Every operation throws ConnectorError, and INVALID_VALUE for an entity type that is not this connection's. */
export interface ResourceDirectory {
  /** Resolves when the connection may have these entity types, with these properties. */
  check(entityType: string, properties: readonly string[], context: CallContext): Promise<void>;
  /** All rows, page by page, each once. */
  list(entityType: string, context: CallContext): AsyncIterable<readonly HostRow[]>;
  read(entityType: string, key: string, context: CallContext): Promise<HostRow | null>;
  /** Of the keys those that no row has. */
  missing(entityType: string, keys: readonly string[], context: CallContext): Promise<readonly string[]>;
  /**
   * Changes one row, which nobody else changes meanwhile: `next` gets it (null: there is none) and answers what becomes of it
   * (null: it goes; the very same object: nothing). What `next` throws undoes everything.
   */
  change(
    entityType: string,
    key: string,
    next: (present: HostRow | null) => HostRow | null,
    context: CallContext,
  ): Promise<void>;
}

/** Empty for every package that does not run inside the engine. */
export interface ConnectorHost {
  readonly resources?: ResourceDirectory;
}

/** The front door of a package: `export default defineConnector({...})`. */
export interface ConnectorPackageDefinition {
  readonly name: string;
  readonly version: string;
  readonly displayName: string;
  readonly capabilities: readonly ConnectorCapability[];
  readonly settingsSchema: SettingsSchema;
  /** `connection`: the whole target is one file or one lock; the engine claims one order at a time per connection. */
  readonly serial?: 'connection';
  /**
   * Opens a session; settings were validated against the schema before. Does not connect yet. `host`: what the engine lends
   * to packages of its own that run inside it; others never get one.
   */
  open(settings: ConnectorSettings, host?: ConnectorHost): Promise<ConnectorSession>;
}
