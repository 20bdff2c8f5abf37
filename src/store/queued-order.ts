// The queue entry of an order that was found ready, for everyone who finds one: settlements and the sweep.
import { type OutboxEntry, provisionQueue } from '../domain/outbox.js';

export interface QueuedOrder {
  readonly id: string;
  readonly connection: string;
  readonly lane: number;
  readonly attempt: number;
}

/** Of `provisioning_order o`. */
export const queuedColumns = 'o.id, o.connection, o.lane, o.attempt';

/** `cause` sets the job apart from an earlier one of the same try: a queue drops a job whose id it still remembers. */
export const orderEntry = (order: QueuedOrder, cause: string): OutboxEntry => ({
  queue: provisionQueue(order.connection),
  name: 'order',
  jobId: `${order.id}-${order.attempt + 1}-${cause}`,
  rowId: order.id,
  priority: order.lane + 1,
});
