// Seals secrets of connections: AES-256-GCM with a key for each secret, which a key of the installation wraps. Both seals are
// bound to the connection, the setting and its version, so that a row copied elsewhere cannot be opened there.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { SealedSecret, SecretAddress } from '../domain/sealed-secret.js';
import type { SecretRewrapper, SecretSealer } from '../steps/ports/secret.js';
import type { KeyRing } from './secret-key.js';

export interface SecretOpener {
  /** Throws an Error that names the key, never the secret. */
  open(sealed: SealedSecret, address: SecretAddress): string;
}

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

export function secretSeals(ring: KeyRing): SecretSealer & SecretRewrapper & SecretOpener {
  return {
    canSeal: ring.active !== null,
    activeKeyId: ring.active?.id ?? null,
    missing: (keyIds) => keyIds.filter((id) => !ring.byId.has(id)),
    seal: (plain, address) => seal(ring, plain, address),
    fingerprint: (text) => fingerprint(ring, text),
    open: (sealed, address) => {
      const key = unwrapped(ring, sealed, address);
      const plain = decrypted(key, sealed.iv, sealed.ciphertext, boundTo('secret', address));
      key.fill(0);
      return plain.toString('utf8');
    },
    rewrap: (sealed, address) => {
      const key = unwrapped(ring, sealed, address);
      const again = { ...sealed, ...wrapped(ring, key, address) };
      key.fill(0);
      return again;
    },
  };
}

function seal(ring: KeyRing, plain: string, address: SecretAddress): SealedSecret {
  const key = randomBytes(32);
  const { iv, ciphertext } = encrypted(key, Buffer.from(plain, 'utf8'), boundTo('secret', address));
  const sealed = { version: address.version, ...wrapped(ring, key, address), iv, ciphertext };
  key.fill(0);
  return sealed;
}

/** Who reads the database alone cannot try secrets against it. */
function fingerprint({ active }: KeyRing, text: string): string | null {
  if (active === null) return null;
  const key = createHmac('sha256', active.key).update('fingerprint of secrets').digest();
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
}

function wrapped({ active }: KeyRing, key: Buffer, address: SecretAddress) {
  if (active === null) throw new Error('A secret was to be sealed, but there is no key: set JOINERY_SECRET_KEY.');
  const { iv, ciphertext } = encrypted(active.key, key, boundTo(`key ${active.id}`, address));
  return { keyId: active.id, wrapIv: iv, wrappedKey: ciphertext };
}

function unwrapped({ byId }: KeyRing, { keyId, wrapIv, wrappedKey }: SealedSecret, address: SecretAddress): Buffer {
  const key = byId.get(keyId);
  if (key === undefined)
    throw new Error(
      `is sealed by the key ${keyId}, which is not in JOINERY_SECRET_KEY. Bring it back, after the others.`,
    );
  return decrypted(key, wrapIv, wrappedKey, boundTo(`key ${keyId}`, address));
}

const boundTo = (purpose: string, { connection, setting, version }: SecretAddress): Buffer =>
  Buffer.from(JSON.stringify(['joinery', 1, purpose, connection, setting, version]), 'utf8');

function encrypted(key: Buffer, plain: Buffer, aad: Buffer): { readonly iv: string; readonly ciphertext: string } {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { iv: iv.toString('base64'), ciphertext: ciphertext.toString('base64') };
}

function decrypted(key: Buffer, iv: string, ciphertext: string, aad: Buffer): Buffer {
  const bytes = Buffer.from(ciphertext, 'base64');
  const [body, tag] = [bytes.subarray(0, -tagBytes), bytes.subarray(-tagBytes)];
  try {
    const decipher = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64'), { authTagLength: tagBytes });
    decipher.setAAD(aad).setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    // The library's words say nothing more, and must not be trusted to.
    throw new Error('was sealed for another place or by another key of the same name, or was changed. Give it anew.');
  }
}
