// The memory package passes the conformance suite: kept in the process, with a journal, giving keys, and with some of its
// capabilities taken away, as packages have them that only read or only write.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type ConformanceTarget, type ConnectorCapability, defineConnector } from '@joinery/connector-kit';
import memory from '@joinery/connector-memory';
import { describeConformance } from '../../../test/support/conformance.js';
import { memoryConformanceTarget } from './conformance-target.js';

const folder = mkdtempSync(join(tmpdir(), 'memory-connector-'));
afterAll(() => rmSync(folder, { recursive: true }));

const takenAway = 'left out of the variants that only read or only write';

function withOnly(store: string, capabilities: readonly ConnectorCapability[]): ConformanceTarget {
  return {
    ...memoryConformanceTarget(store, {}),
    connector: defineConnector({ ...memory, capabilities }),
    cannotShow: {
      DISABLE: takenAway,
      RESET_PASSWORD: takenAway,
      ...(capabilities.includes('EXPORT_INCREMENTAL') ? {} : { EXPORT_INCREMENTAL: takenAway }),
    },
  };
}

const targets: readonly (readonly [string, ConformanceTarget])[] = [
  ['in the process', memoryConformanceTarget('conformance', {})],
  ['giving keys itself', memoryConformanceTarget('conformance-keys', {}, 'given')],
  ['with a journal', memoryConformanceTarget('conformance-journal', { file: join(folder, 'journal.jsonl') })],
  ['only read', withOnly('conformance-read', ['TEST', 'EXPORT_COMPLETE', 'EXPORT_INCREMENTAL', 'READ_ONE'])],
  ['only written', withOnly('conformance-write', ['TEST', 'CREATE', 'UPDATE', 'DELETE'])],
];

for (const [title, target] of targets) describeConformance(`memory ${title}`, target);
