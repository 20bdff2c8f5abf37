// A durable memory store: what one process wrote another one sees, also when it was killed before it could answer.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { callContext } from '@joinery/connector-kit';
import memory, { type HaltMarker, memoryTarget, readLedger } from '@joinery/connector-memory';
import { waitFor } from '../../../test/support/wait-for.js';

const root = mkdtempSync(join(tmpdir(), 'memory-journal-'));
afterAll(() => rmSync(root, { recursive: true }));

let round = 0;
let file = '';
let halt = '';
beforeEach(() => {
  round += 1;
  file = join(root, `journal-${round}.jsonl`);
  halt = join(root, `halt-${round}`);
});

const delta = (key: string) =>
  ({ kind: 'create', objectType: 'account', key, set: { name: key }, add: {}, remove: {} }) as const;

/** Another process that creates the accounts, one after the other, and prints each outcome. */
function writer(keys: readonly string[]): ChildProcess {
  const front = new URL('../dist/index.js', import.meta.url).href;
  const program = `
    const { default: memory } = await import(${JSON.stringify(front)});
    const session = await memory.open({ store: 'child', file: ${JSON.stringify(file)}, haltAfterWrite: ${JSON.stringify(halt)} });
    for (const key of ${JSON.stringify(keys)}) {
      const delta = { kind: 'create', objectType: 'account', key, set: { name: key }, add: {}, remove: {} };
      const context = { signal: new AbortController().signal, deadline: Date.now() + 30000, idempotencyKey: 'key-' + key };
      process.stdout.write((await session.apply(delta, context)).kind + '\\n');
    }`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a durable memory store', () => {
  test('shows what another process wrote while both run', async () => {
    const session = await memory.open({ store: `here-${round}`, file });
    expect(await session.read('account', 'a', callContext(1_000))).toBeNull();
    const child = writer(['a', 'b']);
    await once(child, 'exit');
    expect((await session.read('account', 'b', callContext(1_000)))?.attributes).toMatchObject({ id: 'b', name: 'b' });
    expect(readLedger(file).map(({ delta: { key }, outcome, pid }) => [key, outcome, pid])).toEqual([
      ['a', 'applied', child.pid],
      ['b', 'applied', child.pid],
    ]);
  });

  test('stops a process exactly between the n-th effect and its answer, and keeps the effect when it is killed', async () => {
    writeFileSync(halt, '2');
    const child = writer(['a', 'b', 'c']);
    let answers = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      answers += chunk.toString();
    });
    await waitFor(() => existsSync(`${halt}.halted`) && answers !== '', { what: 'the marker of the halt' });
    const marker = JSON.parse(readFileSync(`${halt}.halted`, 'utf8')) as HaltMarker;
    expect(marker).toEqual({ pid: child.pid, idempotencyKey: 'key-b', objectType: 'account', key: 'b' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(answers).toBe('applied\n');

    const session = await memory.open({ store: `after-${round}`, file });
    expect((await session.read('account', 'b', callContext(1_000)))?.key).toBe('b');
    const again = await session.apply(delta('b'), { ...callContext(1_000), idempotencyKey: 'key-b' });
    expect(again).toEqual({ kind: 'alreadySo', key: 'b' });
    expect(
      memoryTarget(`after-${round}`)
        .ledger()
        .filter(({ outcome }) => outcome === 'applied'),
    ).toHaveLength(2);
  });

  test('reads on after half a line of a killed writer', async () => {
    appendFileSync(file, '{"idempotencyKey":"half');
    const session = await memory.open({ store: `half-${round}`, file });
    await session.apply(delta('a'), { ...callContext(1_000), idempotencyKey: 'k' });
    const other = await memory.open({ store: `half-other-${round}`, file });
    expect((await other.read('account', 'a', callContext(1_000)))?.key).toBe('a');
  });
});

describe('the hands of a test', () => {
  test('see rows and ledger, and plan faults for a number of calls', async () => {
    const store = `hands-${round}`;
    const target = memoryTarget(store);
    const session = await memory.open({ store });
    target.plan({ kind: 'throttled', retryAfterMs: 1_234 });
    target.plan({ kind: 'refused', code: 'CONSTRAINT_VIOLATION' });
    const apply = () => session.apply(delta('a'), { ...callContext(1_000), idempotencyKey: 'k' });
    expect(await apply()).toMatchObject({ kind: 'throttled', retryAfterMs: 1_234 });
    expect(await apply()).toMatchObject({ kind: 'refused', failure: { code: 'CONSTRAINT_VIOLATION' } });
    expect(await apply()).toEqual({ kind: 'applied', key: 'a' });
    expect(target.rows('account').map((row) => row.key)).toEqual(['a']);
    expect(target.ledger().map(({ idempotencyKey, outcome }) => [idempotencyKey, outcome])).toEqual([['k', 'applied']]);
  });
});
