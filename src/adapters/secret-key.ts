// The keys that seal secrets of connections: those of the settings, or one of this installation's own in the data folder.
// Owns where they come from and what they are called; sealing is secret-seal.ts'.
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { types } from 'node:util';

export interface SecretKeySource {
  readonly secretKeys: readonly { readonly id: string | null; readonly key: string }[] | null;
  /** Null: the embedded database, which nobody else uses. */
  readonly databaseUrl: string | null;
  readonly demo: boolean;
  readonly home: string;
}

export interface KeyRing {
  /** Seals; null: there is no key. */
  readonly active: SecretKey | null;
  readonly byId: ReadonlyMap<string, Buffer>;
}

export interface SecretKey {
  readonly id: string;
  readonly key: Buffer;
}

/** Throws when a key must be kept in the data folder and cannot be, or is readable by others there. */
export function keyRing(source: SecretKeySource): KeyRing {
  const written = source.secretKeys ?? (isAlone(source) ? [{ id: null, key: keptKey(source.home) }] : []);
  const keys = written.map(({ id, key }): SecretKey => named(id, Buffer.from(key, 'base64')));
  return { active: keys[0] ?? null, byId: new Map(keys.map(({ id, key }) => [id, key])) };
}

// With a database of its own an installation has one process, and one folder.
const isAlone = ({ databaseUrl, demo }: SecretKeySource): boolean => databaseUrl === null || demo;

/** Says nothing about the key itself. */
const named = (id: string | null, key: Buffer): SecretKey => ({
  id: id ?? `key-${createHmac('sha256', key).update('name of the key').digest('hex').slice(0, 12)}`,
  key,
});

function keptKey(home: string): string {
  const path = join(home, 'secret.key');
  mkdirSync(home, { recursive: true });
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
    // The umask only takes away; this says what is left, whatever it was.
    chmodSync(path, 0o600);
  } catch (error) {
    if (!(types.isNativeError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Error(`${path} can be read by others, and opens every sealed secret. Run: chmod 600 ${path}`);
  const key = readFileSync(path, 'utf8').trim();
  if (Buffer.from(key, 'base64').length === 32) return key;
  throw new Error(`${path} holds no key of 32 bytes in base64. Bring the file back from a backup of this folder.`);
}
