// What lists of roles need to know beyond the configuration: who holds what among peers, which rows effects point to.

export interface RoleViews {
  /** Role identifier → how many colleagues of the same department hold it. Empty when nobody knows the department. */
  heldByPeers(identityId: string): Promise<ReadonlyMap<string, number>>;
  /** How many colleagues there are in the same department; 0 when nobody knows the department. */
  countPeers(identityId: string): Promise<number>;
  /** When the identity last used one of its accounts of these types; null: never, or nobody knows. */
  lastUse(identityId: string, resourceTypes: readonly string[]): Promise<Date | null>;
  /** In the order of the keys: row ids, null where the row is not there (yet). */
  resourceIds(keys: readonly ResourceKey[]): Promise<readonly (string | null)[]>;
}

export interface ResourceKey {
  readonly entityType: string;
  readonly key: string;
}
