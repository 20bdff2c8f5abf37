// Keeps leases alive while their work runs, and ends the work when a lease is lost or the process stops.
import type { HeldOrder, StoppableLeases } from '../steps/ports/provisioning-order.js';

/** Every third of a lease (15 s). */
const renewEveryMs = 5_000;

export function leaseKeeper(renew: (order: HeldOrder) => Promise<boolean>): StoppableLeases {
  const held = new Map<AbortController, HeldOrder>();
  return {
    hold: async (order, work) => {
      const controller = new AbortController();
      held.set(controller, order);
      const timer = setInterval(() => void renewOrAbort(renew, order, controller), renewEveryMs);
      try {
        return await work(controller.signal);
      } finally {
        clearInterval(timer);
        held.delete(controller);
      }
    },
    abort: () => {
      const orders = [...held.values()];
      for (const controller of held.keys()) controller.abort(new Error('The worker stops.'));
      return orders;
    },
  };
}

/** A renewal that fails leaves the lease to its time: the next one may come through. */
async function renewOrAbort(
  renew: (order: HeldOrder) => Promise<boolean>,
  order: HeldOrder,
  controller: AbortController,
): Promise<void> {
  const isHeld = await renew(order).catch(() => true);
  if (!isHeld) controller.abort(new Error(`The lease of order ${order.id} was lost.`));
}
