// Turns many single questions into few batches: what comes while one batch is on its way travels with the next.
// An idle system answers at once, a busy one in large batches; nothing is remembered between batches.
import DataLoader from 'dataloader';
import type { OrderExecutionBatches, OrderExecutionStore } from '../steps/ports/provisioning-order.js';
import type { VerificationBatches, VerificationStore } from '../steps/ports/verification.js';

/** Questions in one batch: bounds transactions and parameter lists. */
const batchSize = 100;

/** `batch` answers in the order of the questions; when it throws, every question of the batch throws. */
export function coalesced<Question, Answer>(
  batch: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let running: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<Question, Answer>(
    async (questions) => {
      const answers = batch(questions);
      running = answers.catch(() => undefined);
      return [...(await answers)];
    },
    {
      cache: false,
      maxBatchSize: batchSize,
      batchScheduleFn: (dispatch) => void running.then(() => setImmediate(dispatch)),
    },
  );
  return (question) => loader.load(question);
}

export function coalescedOrders(batches: OrderExecutionBatches): OrderExecutionStore {
  return {
    claim: coalesced(batches.claim),
    settle: coalesced(batches.settle),
    renew: batches.renew,
    handBack: batches.handBack,
  };
}

export function coalescedVerifications(batches: VerificationBatches): VerificationStore {
  const settle = coalesced(batches.settle);
  return {
    find: coalesced(batches.find),
    settle: async (settlement) => void (await settle(settlement)),
    observe: batches.observe,
  };
}
