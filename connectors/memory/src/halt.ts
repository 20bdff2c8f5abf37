// Stops a process exactly between the effect of a write and its answer, so that a test can kill it there.
// Owns the agreement with the test: the file, the count in it, the marker beside it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Delta } from '@joinery/connector-kit';
import type { Store } from './store.js';

/** What the marker file `<path>.halted` tells the test, as JSON. */
export interface HaltMarker {
  readonly pid: number;
  readonly idempotencyKey: string;
  readonly objectType: string;
  readonly key: string;
}

/**
 * After an effect: while the file at `path` exists, counts writes; at the n-th (n = its content, 1 when empty) writes
 * `<path>.halted` and never returns. Otherwise returns at once.
 */
export async function haltAfterWrite(store: Store, path: string, delta: Delta, idempotencyKey: string): Promise<void> {
  if (!existsSync(path)) return;
  store.writesTowardsHalt += 1;
  const wanted = Number(readFileSync(path, 'utf8').trim() || '1');
  if (store.writesTowardsHalt < wanted) return;
  const marker: HaltMarker = { pid: process.pid, idempotencyKey, objectType: delta.objectType, key: delta.key };
  writeFileSync(`${path}.halted`, JSON.stringify(marker));
  await new Promise<never>(() => undefined);
}
