// A company's first day, as a newcomer runs it: the script of the examples against a server of its own.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let database: TestDatabase | null = null;
let folder: string | null = null;

afterEach(async () => {
  await database?.drop();
  if (folder !== null) await rm(folder, { recursive: true, force: true });
  [database, folder] = [null, null];
});

async function firstDay(...args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  database = await createTestDatabase('first_day');
  const script = spawn(process.execPath, [join(root, 'examples/scripts/first-day.mjs'), ...args], {
    env: { ...process.env, DATABASE_URL: database.url, REDIS_URL: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: string[] = [];
  script.stdout.on('data', (part: Buffer) => parts.push(part.toString()));
  script.stderr.on('data', (part: Buffer) => parts.push(part.toString()));
  const code = await new Promise<number | null>((done) => script.once('close', done));
  return { code, text: parts.join('') };
}

describe('the first day of a company with 500 accounts nobody described', () => {
  test('ends clean, with no order that nobody asked for', async () => {
    const { code, text } = await firstDay();
    expect(text).toContain('250 conforming');
    expect(text).toContain('COMPLETED, 0 orders, 0 things to decide');
    expect([code, text.split('\n').at(-2)]).toEqual([0, 'All of it holds.']);
  }, 180_000);

  // The control: rules that overwrite what was there first make orders that nobody asked for, and the script must see them.
  test('does not pass where what was there first is overwritten', async () => {
    folder = await mkdtemp(join(tmpdir(), 'joinery-first-day-control-'));
    await cp(join(root, 'examples/first-day/configuration'), folder, { recursive: true });
    const accounts = join(folder, 'accounts.yaml');
    const text = await readFile(accounts, 'utf8');
    await writeFile(
      accounts,
      text.replaceAll('blockProvisioning: true', 'blockProvisioning: true\n    discardManualAssignments: true'),
    );
    const result = await firstDay(folder);
    expect(result.text).toContain('orders that nobody asked for');
    expect(result.code).toBe(1);
  }, 180_000);
});
