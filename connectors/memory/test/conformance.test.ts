// The memory package passes the conformance suite, kept in the process and with a journal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from '@jest/globals';
import { type ConformanceTarget, conformanceCases } from '@joinery/connector-kit';
import { memoryConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'memory-connector-'));
afterAll(() => rmSync(folder, { recursive: true }));

const targets: readonly (readonly [string, ConformanceTarget])[] = [
  ['in the process', memoryConformanceTarget('conformance', {})],
  ['with a journal', memoryConformanceTarget('conformance-journal', { file: join(folder, 'journal.jsonl') })],
];

describe.each(targets)('memory %s', (_name, target) => {
  for (const { name, skipped, run } of conformanceCases(target)) {
    if (skipped === undefined) test(name, run);
    else test.skip(`${name} (${skipped})`, run);
  }
});
