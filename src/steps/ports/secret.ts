// How secrets of connections are sealed before they are kept. Opening them is the connection's own business.
import type { SealedSecret, SecretAddress } from '../../domain/sealed-secret.js';

export interface SecretSealer {
  /** False: no key is set, so no secret can be kept. */
  readonly canSeal: boolean;
  seal(plain: string, address: SecretAddress): SealedSecret;
  /** A digest that only whoever has the key can make, for texts that hold a secret; null without a key. */
  fingerprint(text: string): string | null;
}

/** Wraps what older keys wrapped by the active one; the secrets themselves stay sealed. */
export interface SecretRewrapper {
  readonly activeKeyId: string | null;
  /** Of those in use that cannot be opened. */
  missing(keyIds: readonly string[]): readonly string[];
  rewrap(sealed: SealedSecret, address: SecretAddress): SealedSecret;
}
