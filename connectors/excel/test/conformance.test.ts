// The Excel package passes the conformance suite on real workbooks that another program's library writes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { excelConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'excel-connector-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeConformance('excel workbook', excelConformanceTarget(folder));
