// Reviews of orders: how one is loaded, and how what was decided is written down.
import type { Actor } from '../../domain/actor.js';
import type { OrderReview, ReviewedOrder, ReviewOutcome } from '../../domain/order-review.js';

export interface LoadedReview extends ReviewedOrder {
  readonly identityId: string | null;
  readonly assignmentId: string;
  readonly resourceType: string;
  /** The owner is the same natural person as the key asked for. */
  readonly isOwn: boolean;
}

export interface OrderReviewCommit {
  readonly order: LoadedReview;
  readonly actor: Actor;
  readonly review: OrderReview;
  readonly outcome: ReviewOutcome;
}

export interface OrderReviewStore {
  /** `personKey`: key of the person who acts, or who answers for the service that does; null: nobody. */
  load(orderId: string, personKey: string | null): Promise<LoadedReview | null>;
  /** Those of these orders whose owner is that person. */
  own(orderIds: readonly string[], personKey: string): Promise<ReadonlySet<string>>;
  /** False when the order was moved since it was loaded: nothing was written. */
  review(commit: OrderReviewCommit): Promise<boolean>;
}
