// Rows of managed systems by entity type and key: what links and values name.
import type { Resource } from '../schema/resource.js';
import type { ResourceKey } from '../steps/ports/role.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';
import { findResource } from './resource.js';

const resourceIdByKey: Batch<string, string> = async (texts, { ports }) => {
  const keys = texts.map((text) => JSON.parse(text) as ResourceKey);
  const ids = await ports.roles.resourceIds(keys);
  return new Map(texts.flatMap((text, index) => (typeof ids[index] === 'string' ? [[text, ids[index]] as const] : [])));
};

/** Null when there is none that the viewer may see. */
export async function findResourceByKey(key: ResourceKey | null, context: RequestContext): Promise<Resource | null> {
  if (key === null) return null;
  return findResource(await context.loaders.load(resourceIdByKey, JSON.stringify(key)), context);
}
