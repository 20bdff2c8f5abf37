// The seam for the database's own accounts: what an engine must know of them.
// Owns the shape only; PostgreSQL's and MariaDB's bodies are in their folders.
import type { ObjectTypeDescription, ScalarValue, TargetObject } from '@joinery/connector-kit';
import type { Statements } from '../dialect.js';
import type { AccountType } from '../settings.js';

/** The kinds of the settings, and whom the connection signs in as. */
export interface AccountWorld {
  readonly types: readonly AccountType[];
  readonly database: string;
}

/** An account, role or privilege as it is now. */
export interface FoundAccount {
  readonly object: TargetObject;
  /** Why nobody but a person may change it; null: it may be changed. */
  readonly protection: string | null;
  /** Whether the password is this one, where the database lets that be known; else null. */
  readonly hasPassword?: (password: string) => boolean;
}

/** What shall become of one: only what differs is in it. */
export interface AccountChange {
  readonly kind: 'create' | 'update' | 'delete';
  readonly type: AccountType;
  readonly key: string;
  /** As it is now; null for a creation. */
  readonly present: FoundAccount | null;
  readonly set: Readonly<Record<string, ScalarValue>>;
  /** Kind of the linked things → keys. */
  readonly add: Readonly<Partial<Record<AccountType['kind'], readonly string[]>>>;
  readonly remove: Readonly<Partial<Record<AccountType['kind'], readonly string[]>>>;
}

/** One page of a listing; `last` is where the next one goes on, null at the end. */
export interface AccountPage {
  readonly found: readonly FoundAccount[];
  readonly last: string | null;
}

export interface AccountEngine {
  describe(world: AccountWorld): readonly ObjectTypeDescription[];
  /** Fails when the database cannot have such types, or the account cannot read them. */
  check(statements: Statements, world: AccountWorld): Promise<void>;
  page(statements: Statements, world: AccountWorld, type: AccountType, after: string | null): Promise<AccountPage>;
  read(statements: Statements, world: AccountWorld, type: AccountType, key: string): Promise<FoundAccount | null>;
  /** Why nothing can have this key; null when something can. */
  keyProblem(type: AccountType, key: string): string | null;
  /** Those of the keys that do not exist. */
  missing(statements: Statements, type: AccountType, keys: readonly string[]): Promise<readonly string[]>;
  /** Keeps others from changing the same one until `end` is called, or the transaction ends. */
  begin(statements: Statements, key: string): Promise<void>;
  change(statements: Statements, world: AccountWorld, change: AccountChange): Promise<void>;
  end(statements: Statements, key: string): Promise<void>;
  /** Whether what `change` does counts only from `end` on. */
  readonly isTransactional: boolean;
  /** Ends what the account is doing, as far as the rights go; called after it was disabled. */
  cutOff(statements: Statements, key: string): Promise<void>;
}

/** Names of the links, which are the same for accounts and roles. */
export const linkNames = { databaseRoles: 'roles', databasePrivileges: 'privileges' } as const;

/** The links an account or role has: to what the settings describe. */
export function linksOf({ types }: AccountWorld, type: AccountType): ObjectTypeDescription['links'] {
  if (type.kind === 'databasePrivileges') return [];
  return types.flatMap((target) =>
    target.kind === 'databaseAccounts' ? [] : [{ name: linkNames[target.kind], targetObjectType: target.name }],
  );
}

/** Whether the settings want that name managed. */
export function isManaged(type: AccountType, name: string): boolean {
  return type.names === null || type.names.test(name);
}

export function typeOfKind({ types }: AccountWorld, kind: AccountType['kind']): AccountType | undefined {
  return types.find((type) => type.kind === kind);
}
