// Seals of secrets: what they open to, what they are bound to, and where the keys come from. With a control for each promise.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keyRing } from '../../src/adapters/secret-key.js';
import { secretSeals } from '../../src/adapters/secret-seal.js';
import { resolveSettings } from '../../src/adapters/setting.js';
import { secretKeysOf } from '../../src/setting.js';

const newKey = (): string => randomBytes(32).toString('base64');
const ringOf = (written: string) =>
  keyRing({ secretKeys: secretKeysOf(written), databaseUrl: 'postgres://h/d', demo: false, home: '/nowhere' });
const [first, second] = [newKey(), newKey()];
const seals = secretSeals(ringOf(`one:${first}`));
const address = { connection: 'crm', setting: 'password', version: 1 };

describe('a sealed secret', () => {
  const sealed = seals.seal('pässwörd\n', address);

  test('opens to what was sealed, and holds nothing of it', () => {
    expect(seals.open(sealed, address)).toBe('pässwörd\n');
    expect(JSON.stringify(sealed)).not.toContain('pässw');
    expect(sealed.keyId).toBe('one');
  });

  test('is another one each time, under another key of its own', () => {
    const again = seals.seal('pässwörd\n', address);
    for (const part of ['iv', 'ciphertext', 'wrapIv', 'wrappedKey'] as const)
      expect(again[part]).not.toBe(sealed[part]);
    expect(Buffer.from(sealed.iv, 'base64')).toHaveLength(12);
  });

  test.each([
    ['another connection', { ...address, connection: 'evil' }],
    ['another setting', { ...address, setting: 'token' }],
    ['another version', { ...address, version: 2 }],
  ])('does not open for %s', (_what, elsewhere) => {
    expect(() => seals.open(sealed, elsewhere)).toThrow(/sealed for another place/);
  });

  test.each(['iv', 'ciphertext', 'wrapIv', 'wrappedKey'] as const)('does not open with another %s', (part) => {
    const bytes = Buffer.from(sealed[part], 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(() => seals.open({ ...sealed, [part]: bytes.toString('base64') }, address)).toThrow(/was changed/);
  });

  test('names the key that is missing, in a sentence without the secret', () => {
    const other = secretSeals(ringOf(second));
    expect(() => other.open(sealed, address)).toThrow('is sealed by the key one, which is not in JOINERY_SECRET_KEY');
    expect(other.missing(['one'])).toEqual(['one']);
  });

  test('is wrapped by another key without being sealed anew', () => {
    const both = secretSeals(ringOf(`two:${second},one:${first}`));
    const again = both.rewrap(sealed, address);
    expect([again.keyId, again.ciphertext, again.iv]).toEqual(['two', sealed.ciphertext, sealed.iv]);
    expect(secretSeals(ringOf(`two:${second}`)).open(again, address)).toBe('pässwörd\n');
  });

  test('is opened where it stands in settings, and what is wrong with it is told by the name of the setting', () => {
    const settings = { host: 'h', password: { $sealed: { ...sealed, ...address } } };
    const source = { dataFolder: '/d', environment: () => undefined };
    expect(resolveSettings(settings, { ...source, seals })).toEqual({ host: 'h', password: 'pässwörd\n' });
    expect(() => resolveSettings(settings, source)).toThrow('The setting password is sealed');
    const moved = { password: { $sealed: { ...sealed, ...address, connection: 'evil' } } };
    expect(() => resolveSettings(moved, { ...source, seals })).toThrow(
      'The setting password was sealed for another place',
    );
  });
});

describe('keys', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'joinery-key-'));
  });
  afterAll(() => rm(home, { recursive: true }));
  const own = () => keyRing({ secretKeys: null, databaseUrl: null, demo: true, home });

  test('are made for an embedded database, readable by nobody else, and found again', async () => {
    const made = own();
    expect((await stat(join(home, 'secret.key'))).mode & 0o777).toBe(0o600);
    expect(own().active).toEqual(made.active);
    expect(made.active?.key.toString('base64')).toBe((await readFile(join(home, 'secret.key'), 'utf8')).trim());
  });

  test('that others can read are refused', async () => {
    await chmod(join(home, 'secret.key'), 0o644);
    expect(own).toThrow(/secret\.key can be read by others/);
  });

  test('are not made beside a database of others', () => {
    const ring = keyRing({ secretKeys: null, databaseUrl: 'postgres://h/d', demo: false, home: '/nowhere' });
    expect([ring.active, secretSeals(ring).canSeal]).toEqual([null, false]);
  });

  test.each(['short', `${newKey()}x`, `a:${first},a:${second}`, ''])('are not understood from «%s»', (written) => {
    expect(secretKeysOf(written)).toBeNull();
  });

  test('without a name are named after themselves', () => {
    expect(ringOf(first).active?.id).toMatch(/^key-[0-9a-f]{12}$/);
    expect(ringOf(`${second}\n${first}\n`).byId.size).toBe(2);
  });
});
