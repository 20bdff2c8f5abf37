// The script package passes the conformance suite on a small system that a real script manages.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { describeConformance } from '../../../test/support/conformance.js';
import { scriptConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'script-connector-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeConformance('script in Python', scriptConformanceTarget(folder));
