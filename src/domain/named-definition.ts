// What every configured thing has: a name for machines and one for people.

export interface NamedDefinition {
  /** Letters, digits, `-`, `_`, `.`; unique within its kind (roles: across both kinds). */
  readonly identifier: string;
  readonly displayName: string;
}
