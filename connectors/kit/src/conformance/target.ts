// What a package hands to the conformance suite: itself, a real managed system, and hands on that system.
// Owns the shape only; the cases are beside it.
import type { ConnectorCapability, ConnectorPackageDefinition, ConnectorSettings, ScalarValue } from '../contract.js';

/** A row as the test writes it into the managed system, going round the connector. */
export interface OutsideRow {
  readonly key: string;
  readonly attributes: Readonly<Record<string, ScalarValue>>;
}

/** The test's own hands on the managed system, independent of the connector. */
export interface OutsideAccess {
  /** Inserts rows of the target's object type, which the suite promises are not there yet. */
  insert(rows: readonly OutsideRow[]): Promise<void>;
  /** Keys (names, where the system gives keys) of all rows of the object type, each as often as it is really there. */
  keys(): Promise<readonly string[]>;
}

/** A link of the managed system and how to test it. */
export interface LinkTarget {
  /** The object type that has the link; its rows are made by the suite from `key`. */
  readonly objectType: string;
  readonly name: string;
  /** Key of the n-th row that can be a member, known once `prepare` has made sure that the first `count` exist. */
  memberKey(n: number): string;
  prepare(count: number): Promise<void>;
  /** Adds a member to a row from outside, as another administrator would. `key` as in `outside.keys()`. */
  addFromOutside(key: string, member: string): Promise<void>;
  removeFromOutside?(key: string, member: string): Promise<void>;
  /** A well-formed key no row has; absent when the managed system accepts any member. */
  readonly unknownMember?: string;
  /** Name of the n-th member, where the system gives keys and `memberKey` is the given one. */
  memberName?(n: number): string;
  /** Values every creation of the object type that has the link must hold; default those of the target, for the same type. */
  readonly required?: OutsideRow['attributes'];
}

/** A state of the managed system that the suite switches on and off again. */
export interface Switch {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Changes made by another administrator, for incremental readings. Keys are as in `outside.keys()`. */
export interface IncrementalTarget {
  change(key: string, attributes: OutsideRow['attributes']): Promise<void>;
  remove(key: string): Promise<void>;
  /** Absent where rows cannot be renamed. Afterwards `outside.keys()` says `to`. */
  readonly rename?: (key: string, to: string) => Promise<void>;
  /** Cookies that no reading has given; each must be refused. */
  readonly corruptCookies: readonly string[];
}

/** How the test sees, from outside, whether a row is disabled; the attribute is the one of the description's `disabling`. */
export interface DisablingTarget {
  isDisabled(key: string): Promise<boolean>;
}

/** How the test sees whether a password counts; the attribute is the description's `passwordAttribute`. */
export interface PasswordTarget {
  /** A good password, different for every n. */
  value(n: number): string;
  /** Whether somebody signs in to the managed system with it. */
  accepts(key: string, password: string): Promise<boolean>;
  /** A password the system's rules refuse; absent when it has none. */
  readonly refused?: string;
}

/** A change of name or place through the connector: the row stays the same row, with the same key. */
export interface RenameTarget {
  readonly attribute: string;
  value(n: number): string;
}

/** Everything the suite needs. What is absent makes its cases `skipped`, with the reason. */
export interface ConformanceTarget {
  readonly connector: ConnectorPackageDefinition;
  readonly settings: ConnectorSettings;
  /** Object type the row cases use, with two attributes that are text, optional and writable. */
  readonly objectType: string;
  readonly attributes: readonly [string, string];
  /** Values of other attributes that every creation of the object type must hold (a surname). */
  readonly required?: OutsideRow['attributes'];
  /**
   * Capabilities the package has, but not in this target, each with the true reason («this server has no password
   * policy»). Reading, listing and writing are then refused with CAPABILITY_MISSING.
   */
  readonly cannotShow?: Readonly<Partial<Record<ConnectorCapability, string>>>;
  /** A valid key, different for every n; where the system gives keys, a valid name (the description's `nameAttribute`). */
  key(n: number): string;
  /** Empties the managed system, members of links included. */
  reset(): Promise<void>;
  readonly outside: OutsideAccess;
  readonly link?: LinkTarget;
  /** The system cannot be reached while it is on. */
  readonly outage?: Switch;
  /** The system hangs while it is on; `writes` when reading still works. */
  readonly hang?: Switch & { readonly of: 'everything' | 'writes' };
  /** While it is on, a write takes effect but its answer is lost. */
  readonly lostAnswer?: Switch;
  /** A listing started after it breaks before its end; the suite has put 2,500 rows in. */
  readonly brokenListing?: Switch;
  /** While it is on, the answer to a read breaks off in its middle. */
  readonly halfAnswer?: Switch;
  /** While it is on, the system says that it is asked too often. */
  readonly throttling?: Switch & { readonly retryAfterMs: number };
  readonly incremental?: IncrementalTarget;
  readonly disabling?: DisablingTarget;
  readonly password?: PasswordTarget;
  readonly rename?: RenameTarget;
  /** A described attribute that cannot be written, other than the key. */
  readonly readOnlyAttribute?: string;
  /** Members a link of the biggest group may have; default 5,000. Smaller only where the system itself is the limit. */
  readonly biggestGroup?: number;
  /** A call takes a tenth of a second or more (it starts a program): cases of very many calls are then slow ones. */
  readonly hasSlowCalls?: boolean;
  /** Settings with refused credentials, when the system has credentials. */
  readonly wrongCredentials?: ConnectorSettings;
  /** Text the system cannot hold in attributes or keys, each with the reason; the suite leaves it out. */
  readonly unsupportedText?: readonly { readonly text: string; readonly reason: string }[];
  /** Keys whose characters are the point of the test are left out, with this reason (a key that is a number). */
  readonly plainKeysOnly?: string;
}

/** One promise of the contract. `run` rejects when it is broken. */
export interface ConformanceCase {
  readonly name: string;
  /** Why the case cannot apply to this target; absent when it does. */
  readonly skipped?: string;
  /** Takes seconds on a real system: `npm run conformance` runs it, `npm test` does not. */
  readonly isSlow?: boolean;
  run(): Promise<void>;
}
