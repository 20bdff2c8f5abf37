// A secret as it is kept: sealed with a key of its own, which is wrapped by a key of the installation. Owns the shape and
// what a seal is bound to; the cryptography is adapters/secret-seal.ts'.

/** Where a secret belongs: one that was moved to another place cannot be opened there. */
export interface SecretAddress {
  /** Identifier of the connection. */
  readonly connection: string;
  /** Name of the setting. */
  readonly setting: string;
  /** Counts how often the setting was given. */
  readonly version: number;
}

/** Binary parts in base64. */
export interface SealedSecret {
  readonly version: number;
  /** Names the key of the installation that wraps the secret's own. */
  readonly keyId: string;
  readonly wrapIv: string;
  readonly wrappedKey: string;
  readonly iv: string;
  readonly ciphertext: string;
}

/** Stands in the settings of a connection in memory, until the connection is opened. */
export interface SealedSetting {
  readonly $sealed: SealedSecret & SecretAddress;
}

export const isSealed = (value: unknown): value is SealedSetting =>
  typeof value === 'object' && value !== null && '$sealed' in value;
