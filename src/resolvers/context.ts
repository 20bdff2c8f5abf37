// What every resolver gets: who asks, the ports the process was composed with, and loaders that live for one operation.
import type { Actor } from '../domain/actor.js';
import type { ApiPorts } from '../steps/ports/api.js';
import type { Budget } from './budget.js';
import type { Loaders } from './loader.js';

export interface RequestContext {
  readonly actor: Actor;
  /** The actor with the rights of this moment; asked again for each page of a stream. Throws FORBIDDEN when there are none left. */
  readonly currentActor: () => Promise<Actor>;
  readonly ports: ApiPorts;
  readonly loaders: Loaders;
  /** Any object by its global id: null for ids that mean nothing, or nothing the viewer may know. */
  readonly findNode: (globalId: string) => Promise<object | null>;
  /** `Idempotency-Key` header, when sent. */
  readonly idempotencyKey: string | null;
  /** Called when a mutation answers the result of an earlier call. */
  readonly onReplay?: () => void;
  /** What the caller may still ask. */
  readonly budget: Budget;
  /** Shown in masked errors, logs and answers. */
  readonly traceId: string;
}
