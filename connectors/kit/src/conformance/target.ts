// What a package hands to the conformance suite: itself, a real managed system, and hands on that system.
// Owns the shape only; the cases are beside it.
import type { ConnectorPackageDefinition, ConnectorSettings, ScalarValue } from '../contract.js';

/** A row as the test writes it into the managed system, going round the connector. */
export interface OutsideRow {
  readonly key: string;
  readonly attributes: Readonly<Record<string, ScalarValue>>;
}

/** The test's own hands on the managed system, independent of the connector. */
export interface OutsideAccess {
  /** Inserts rows of the target's object type, which the suite promises are not there yet. */
  insert(rows: readonly OutsideRow[]): Promise<void>;
  /** Keys of all rows of the object type, a key as often as it is really there. */
  keys(): Promise<readonly string[]>;
}

/** A link of the managed system and how to test it. */
export interface LinkTarget {
  /** The object type that has the link; its rows are made by the suite from `key`. */
  readonly objectType: string;
  readonly name: string;
  /** Key of the n-th row that can be a member; `prepare` makes sure that the first `count` exist. */
  memberKey(n: number): string;
  prepare(count: number): Promise<void>;
  /** Adds a member to a row from outside, as another administrator would. */
  addFromOutside(key: string, member: string): Promise<void>;
  /** A well-formed key no row has; absent when the managed system accepts any member. */
  readonly unknownMember?: string;
}

/** A state of the managed system that the suite switches on and off again. */
export interface Switch {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything the suite needs. What is absent makes its cases `skipped`, with the reason. */
export interface ConformanceTarget {
  readonly connector: ConnectorPackageDefinition;
  readonly settings: ConnectorSettings;
  /** Object type the row cases use, with two attributes that are text, optional and writable. */
  readonly objectType: string;
  readonly attributes: readonly [string, string];
  /** A valid key, different for every n. */
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
  run(): Promise<void>;
}
