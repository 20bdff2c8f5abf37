// Tickets: orders that people carry out, and what they say of them.
import type { Actor } from '../../domain/actor.js';
import type { ExpectedResource, ResourceDelta } from '../../domain/assignment.js';
import type { ProvisioningError } from '../../domain/failure.js';
import type { Ticket } from '../../domain/manual-order.js';

/** What a person said of a ticket. */
export type TicketAnswer =
  | {
      readonly kind: 'done';
      readonly ticket: Ticket;
      /** The way it was carried out: under another key, where the system gave one. */
      readonly delta: ResourceDelta;
      /** Null when the account is gone, or its key is the one that was asked for. */
      readonly renamed: { readonly expected: ExpectedResource; readonly expectedHash: string } | null;
      /** Nothing will ever show it: nobody reads the system, or only values are written that cannot be read. Else it is looked for when its validity period ends. */
      readonly isFinal: boolean;
      readonly detail: string;
    }
  | { readonly kind: 'failed'; readonly ticket: Ticket; readonly error: ProvisioningError; readonly detail: string };

/** `taken`: another account of this resource type has the key already. */
export type AnswerResult = 'written' | 'moved' | 'taken';

export interface ManualOrderStore {
  byIds(orderIds: readonly string[]): Promise<readonly Ticket[]>;
  /** `assignee` null: given back. False when the ticket was moved since it was loaded. */
  take(ticket: Ticket, assignee: string | null, actor: Actor): Promise<boolean>;
  answer(answer: TicketAnswer, actor: Actor): Promise<AnswerResult>;
}
