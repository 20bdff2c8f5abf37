// One DataLoader per batch function and operation: lists of nodes cost one question each, not one per row.
import DataLoader from 'dataloader';
import type { Actor } from '../domain/actor.js';
import type { ApiPorts } from '../steps/ports/api.js';

/** What a batch function gets: everything of the operation but the loaders. */
export interface BatchContext {
  readonly actor: Actor;
  readonly ports: ApiPorts;
}

/** Answers many keys at once; keys without an answer are left out of the map. Declared once, at top level. */
export type Batch<Key, Value> = (keys: readonly Key[], context: BatchContext) => Promise<ReadonlyMap<Key, Value>>;

export interface Loaders {
  /** Null when the batch has no answer for the key. */
  load<Key, Value>(batch: Batch<Key, Value>, key: Key): Promise<Value | null>;
}

const largestBatch = 500;

export function createLoaders(context: BatchContext): Loaders {
  const loaders = new Map<unknown, DataLoader<unknown, unknown>>();
  return {
    load: async <Key, Value>(batch: Batch<Key, Value>, key: Key) => {
      const loader = loaders.get(batch) ?? loaderOf(batch as Batch<unknown, unknown>, context);
      loaders.set(batch, loader);
      // The loader under this batch was made from it, so its values are the batch's.
      return (await loader.load(key)) as Value | null;
    },
  };
}

function loaderOf(batch: Batch<unknown, unknown>, context: BatchContext): DataLoader<unknown, unknown> {
  const many = async (keys: readonly unknown[]) => {
    const found = await batch(keys, context);
    return keys.map((key) => found.get(key) ?? null);
  };
  return new DataLoader(many, { maxBatchSize: largestBatch });
}
