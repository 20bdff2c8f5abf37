// Digests of settings with secrets: equal within an installation, worth nothing to who only has the database.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keyedDigest } from '../../src/adapters/installation-key.js';

let home: string;
beforeAll(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'joinery-key-')), 'home');
});
afterAll(() => rm(join(home, '..'), { recursive: true }));

const none = { databaseUrl: null, tokenSecret: null };
const text = '["sql",{"password":"summer"}]';

test('the password of the database is the key: all processes of an installation have it', () => {
  const first = keyedDigest({ ...none, databaseUrl: 'postgres://joinery:s3cret@one/db', home });
  const second = keyedDigest({ ...none, databaseUrl: 'postgres://joinery:s3cret@two/db', home: '/elsewhere' });
  const other = keyedDigest({ ...none, databaseUrl: 'postgres://joinery:other@one/db', home });
  expect(first(text)).toBe(second(text));
  expect(first(text)).not.toBe(other(text));
});

test('without one it is the key of tokens', () => {
  const given = { databaseUrl: 'postgres://localhost/db', tokenSecret: 'x'.repeat(32) };
  expect(keyedDigest({ ...given, home })(text)).toBe(keyedDigest({ ...given, home: '/elsewhere' })(text));
  expect(keyedDigest({ ...given, home })(text)).not.toBe(
    keyedDigest({ ...given, tokenSecret: 'y'.repeat(32), home })(text),
  );
});

test('without either it is made once, and only its owner may read it', async () => {
  expect(keyedDigest({ ...none, home })(text)).toBe(keyedDigest({ ...none, home })(text));
  const [file] = await readdir(home);
  expect((await stat(join(home, file ?? ''))).mode & 0o777).toBe(0o600);
  expect(keyedDigest({ ...none, home })(text)).not.toBe(keyedDigest({ ...none, home: join(home, 'other') })(text));
});

test('a guess at the settings cannot be proved by the digest alone', () => {
  const digest = keyedDigest({ ...none, home })(text);
  expect(createHash('sha256').update(text).digest('hex')).not.toContain(digest);
});
