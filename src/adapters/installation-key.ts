// A digest that only this installation can make: for texts with secrets, whose digest is stored. Who reads the database
// alone cannot try passwords against it. Owns where the key comes from.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { types } from 'node:util';
import type { Digest } from '../domain/resource.js';

export interface InstallationSecrets {
  readonly databaseUrl: string | null;
  readonly tokenSecret: string | null;
  /** The data folder; a key is made in it when there is no other secret. */
  readonly home: string;
}

const purpose = 'digest of settings';

/** 128 bits. Throws when a key must be kept in the data folder and cannot be. */
export function keyedDigest(secrets: InstallationSecrets): Digest {
  const key = createHmac('sha256', secretOf(secrets)).update(purpose).digest();
  return (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
}

// What all processes share comes first: with a key each they would take each other's digests for changed settings,
// and try refused credentials again and again.
function secretOf({ databaseUrl, tokenSecret, home }: InstallationSecrets): string {
  const password = databaseUrl === null ? '' : passwordOf(databaseUrl);
  return password === '' ? (tokenSecret ?? keptSecret(home)) : password;
}

function passwordOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return '';
  const { password, searchParams } = new URL(databaseUrl);
  return searchParams.get('password') ?? password;
}

function keptSecret(home: string): string {
  const path = join(home, 'settings.key');
  mkdirSync(home, { recursive: true });
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(types.isNativeError(error) && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
