// What a resolver file offers to `node(id)`: how to fetch its nouns by the local part of their global ids.
import type { IdPrefix } from '../domain/global-id.js';
import type { RequestContext } from './context.js';

/** Answers an instance of the noun's schema class; null when there is none, or the viewer may not know. */
export type NodeResolvers = Readonly<
  Partial<Record<IdPrefix, (local: string, context: RequestContext) => Promise<object | null>>>
>;
