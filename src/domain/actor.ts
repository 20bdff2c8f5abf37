// Who acts: the request context as a domain value, carried from the entrance to the step.
import type { Profile } from './configuration.js';

export type Actor =
  | {
      readonly kind: 'identity';
      /** Row id of the identity. */
      readonly identityId: string;
      /** Business key, e.g. `camille.roy`. */
      readonly identifier: string;
      readonly displayName: string;
      readonly profiles: readonly Profile[];
    }
  | { readonly kind: 'service'; readonly identifier: string; readonly displayName: string; readonly profiles: readonly Profile[] }
  /** The engine itself: schedules, sweeps, consequences of a decision. */
  | { readonly kind: 'system'; readonly identifier: string; readonly displayName: string; readonly profiles: readonly Profile[] };

export const systemActor: Actor = { kind: 'system', identifier: 'joinery', displayName: 'Joinery', profiles: ['script'] };

/** How an actor is stored: `identity:<row id>`, `service:<identifier>` or `system:<identifier>`. */
export const actorReference = (actor: Actor): string =>
  actor.kind === 'identity' ? `identity:${actor.identityId}` : `${actor.kind}:${actor.identifier}`;
