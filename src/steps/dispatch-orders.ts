// Hands orders to the queues of their connections, by way of the outbox, and manual ones to people. Which orders may go now is
// the store's condition, the same one that claims and the sweep use; this step only goes on until none is left.
import { completedTask, noCounters, type TaskProgress, type TaskResult } from '../domain/job.js';
import type { DispatchScope, DispatchStore } from './ports/order-generation.js';

export interface DispatchOrdersPorts {
  readonly dispatch: DispatchStore;
}

export interface DispatchOrdersRequest {
  /** Row ids; default: everybody. */
  readonly identityIds?: readonly string[];
  /** Only orders of this job execution; default: all. */
  readonly executionId?: string | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
}

const batchSize = 1_000;
/** Batches at once; a batch takes what no other has in hand. */
const lanes = 2;

export async function dispatchOrders(
  { dispatch }: DispatchOrdersPorts,
  request: DispatchOrdersRequest = {},
): Promise<TaskResult> {
  const scope = { identityIds: request.identityIds ?? null, executionId: request.executionId ?? null };
  let queued = await transmitAll(dispatch, scope, request.signal);
  let waiting = 0;
  const walk = async (isFromStart: boolean): Promise<void> => {
    for (let after: string | null = null; ; ) {
      request.signal?.throwIfAborted();
      const batch = await dispatch.dispatch(scope, batchSize, isFromStart ? null : after);
      if (batch.last === null) return;
      after = batch.last;
      queued += batch.queued;
      waiting += batch.waiting;
      request.onProgress?.({ done: queued + waiting, total: null });
    }
  };
  // Going on from the last number spares each batch a walk over what was just taken.
  await Promise.all(Array.from({ length: lanes }, () => walk(false)));
  // What somebody else had in hand when a lane came by.
  await walk(true);
  return { ...completedTask, counters: { ...noCounters, read: queued + waiting, updated: queued, skipped: waiting } };
}

async function transmitAll(dispatch: DispatchStore, scope: DispatchScope, signal?: AbortSignal): Promise<number> {
  for (let total = 0; ; ) {
    signal?.throwIfAborted();
    const transmitted = await dispatch.transmit(scope);
    if (transmitted === 0) return total;
    total += transmitted;
  }
}
