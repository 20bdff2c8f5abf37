// Who is acting: turns a proven identifier into an actor with the rights of this moment.
// Never cached by its users: asked once per request, and again by whoever keeps a stream open.
import type { Actor } from '../../domain/actor.js';
import type { Decision } from '../../domain/refusal.js';

export interface ActorDirectory {
  /** By identity key, e.g. `camille.roy`. Refuses NOT_FOUND for nobody, FORBIDDEN for one who is not active today. */
  person(identifier: string): Promise<Decision<Actor>>;
  /** By service account identifier. Refuses NOT_FOUND. */
  service(identifier: string): Promise<Decision<Actor>>;
  /** The same actor as he is now: rights taken away meanwhile are gone. */
  again(actor: Actor): Promise<Decision<Actor>>;
}
