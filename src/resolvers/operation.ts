// Makes the context of one operation, and of each item of a stream: loaders remember, so they must not live longer.
import type { Actor } from '../domain/actor.js';
import { isAllowed } from '../domain/permission.js';
import type { ActorDirectory } from '../steps/ports/actor.js';
import type { ApiPorts } from '../steps/ports/api.js';
import type { DemoDirectory } from '../steps/ports/demo.js';
import { type Budget, noLimit } from './budget.js';
import type { RequestContext } from './context.js';
import { createLoaders } from './loader.js';
import { findNode } from './node.js';

/** What the server asks beside GraphQL, by names of this layer: it knows resolvers, not steps. */
export type SignInDirectory = ActorDirectory;
export type DemoPeople = DemoDirectory;

export interface Operation {
  readonly actor: Actor;
  readonly currentActor: () => Promise<Actor>;
  readonly ports: ApiPorts;
  readonly idempotencyKey: string | null;
  readonly onReplay?: () => void;
  /** Default: no limit. */
  readonly budget?: Budget;
  readonly traceId: string;
}

export function createContext(operation: Operation): RequestContext {
  const context: RequestContext = {
    budget: noLimit,
    ...operation,
    loaders: createLoaders({ actor: operation.actor, ports: operation.ports }),
    findNode: (globalId) => findNode(globalId, context),
  };
  return context;
}

/** For the limit of bodies, which are read before there is an operation. */
export const maySendConfiguration = (actor: Actor): boolean => isAllowed(actor, 'configuration.plan');

/** For the queue board, which is outside GraphQL. */
export const maySeeQueues = (actor: Actor): boolean => isAllowed(actor, 'queue-board.read');
