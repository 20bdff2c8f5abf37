// The CSV package passes the conformance suite on real files, in the two commonest dialects.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { ConformanceTarget } from '@joinery/connector-kit';
import { describeConformance } from '../../../test/support/conformance.js';
import { csvConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'csv-connector-'));
afterAll(() => rmSync(folder, { recursive: true }));

const targets: readonly (readonly [string, ConformanceTarget])[] = [
  [
    'with commas and line feeds',
    csvConformanceTarget(join(folder, 'a'), { delimiter: ',', lineEnd: '\n', byteOrderMark: '' }),
  ],
  [
    'with semicolons, CRLF and a byte order mark',
    csvConformanceTarget(join(folder, 'b'), { delimiter: ';', lineEnd: '\r\n', byteOrderMark: '\uFEFF' }),
  ],
];

for (const [title, target] of targets) describeConformance(`csv ${title}`, target);
