// How the risks that people run by what they hold are read.

export interface HeldForRisk {
  /** Single and composite roles held now. */
  readonly roles: readonly string[];
  /** Those of them that were approved in spite of a risk. */
  readonly exempt: readonly string[];
}

/** Row ids of identities; combinations of single roles. */
export interface RiskViews {
  held(identityIds: readonly string[]): Promise<ReadonlyMap<string, HeldForRisk>>;
  /** Who holds one of the combinations in full, in the order of ids. */
  holders(combinations: readonly (readonly string[])[], limit: number): Promise<readonly string[]>;
  holderCount(combinations: readonly (readonly string[])[]): Promise<number>;
}
