// Looks after the keys that seal secrets: which in use are missing, and wrapping everything by the active one again.
import type { ConnectionStore } from './ports/connection.js';
import type { SecretRewrapper } from './ports/secret.js';

export interface RewrapPorts {
  readonly connections: Pick<ConnectionStore, 'rewrap' | 'keysInUse'>;
  readonly seals: SecretRewrapper;
}

/** A sentence for each key in use that is missing: with it some connection could not be opened. */
export async function missingKeys({ connections, seals }: RewrapPorts): Promise<readonly string[]> {
  const inUse = await connections.keysInUse();
  return seals
    .missing([...inUse.keys()])
    .map(
      (id) =>
        `The key ${id} seals secrets of ${(inUse.get(id) ?? []).join(', ')} and is not set. Bring it back in JOINERY_SECRET_KEY, after the others.`,
    );
}

/** Answers how many secrets another key wrapped before. Throws when a key is missing; then nothing is changed. */
export const rewrapSecrets = ({ connections, seals }: RewrapPorts): Promise<number> =>
  connections.rewrap((connection, setting, sealed) =>
    sealed.keyId === seals.activeKeyId
      ? sealed
      : seals.rewrap(sealed, { connection, setting, version: sealed.version }),
  );
