// The memory package passes the conformance suite, kept in the process and with a journal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { ConformanceTarget } from '@joinery/connector-kit';
import { describeConformance } from '../../../test/support/conformance.js';
import { memoryConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'memory-connector-'));
afterAll(() => rmSync(folder, { recursive: true }));

const targets: readonly (readonly [string, ConformanceTarget])[] = [
  ['in the process', memoryConformanceTarget('conformance', {})],
  ['giving keys itself', memoryConformanceTarget('conformance-keys', {}, 'given')],
  ['with a journal', memoryConformanceTarget('conformance-journal', { file: join(folder, 'journal.jsonl') })],
];

for (const [title, target] of targets) describeConformance(`memory ${title}`, target);
