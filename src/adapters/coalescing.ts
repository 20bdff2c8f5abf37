// Turns many single questions into few batches: what comes while one batch is on its way travels with the next.
// An idle system answers at once, a busy one in large batches: where much is in hand, a batch gathers for a moment, because a
// transaction costs the database nearly the same for twenty orders as for four.
import DataLoader from 'dataloader';
import type { OrderExecutionBatches, OrderExecutionStore } from '../steps/ports/provisioning-order.js';
import type { VerificationBatches, VerificationStore } from '../steps/ports/verification.js';

/** Questions in one batch: bounds transactions and parameter lists. */
const batchSize = 100;
/** Questions of one batch that tell of a stream, in which it is worth waiting for more. */
const streaming = 4;
/** The longest wait for more, in milliseconds. */
const longestGathering = 30;
/** No wait once as much as this part of what is in hand has gathered: those in hand would run out of work. */
const enoughOfHand = 1 / 4;

/** How many pieces of work are under way in this process: taken by one kind of question, ended by another. */
export interface Hand {
  count: number;
}

/** `batch` answers in the order of the questions; when it throws, every question of the batch throws. */
export function coalesced<Question, Answer>(
  batch: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  hand: Hand = { count: 0 },
  gatherMs = longestGathering,
): (question: Question) => Promise<Answer> {
  let running: Promise<unknown> = Promise.resolve();
  let last = 0;
  let gathered = 0;
  let onEnough = (): void => undefined;
  const isEnough = (): boolean => last < streaming || gathered >= hand.count * enoughOfHand;
  const gather = async (): Promise<void> => {
    if (isEnough()) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      onEnough = resolve;
      timer = setTimeout(resolve, gatherMs);
    });
    clearTimeout(timer);
  };
  const loader = new DataLoader<Question, Answer>(
    async (questions) => {
      gathered -= questions.length;
      last = questions.length;
      const answers = batch(questions);
      running = answers.catch(() => undefined);
      return [...(await answers)];
    },
    {
      cache: false,
      maxBatchSize: batchSize,
      batchScheduleFn: (dispatch) => void running.then(gather).then(() => setImmediate(dispatch)),
    },
  );
  return (question) => {
    gathered += 1;
    if (isEnough()) onEnough();
    return loader.load(question);
  };
}

export function coalescedOrders(batches: OrderExecutionBatches): OrderExecutionStore {
  const hand: Hand = { count: 0 };
  const claim = coalesced(batches.claim, hand);
  const settle = coalesced(batches.settle, hand);
  return {
    claim: async (orderId) => {
      const claimed = await claim(orderId);
      if (claimed.kind === 'held') hand.count += 1;
      return claimed;
    },
    settle: (settlement) => settle(settlement).finally(() => void (hand.count -= 1)),
    renew: batches.renew,
    handBack: batches.handBack,
  };
}

export function coalescedVerifications(batches: VerificationBatches): VerificationStore {
  const hand: Hand = { count: 0 };
  const find = coalesced(batches.find, hand);
  const settle = coalesced(batches.settle, hand);
  return {
    find: async (orderId) => {
      const order = await find(orderId);
      if (order !== null) hand.count += 1;
      return order;
    },
    settle: (settlement) =>
      settle(settlement)
        .then(() => undefined)
        .finally(() => void (hand.count -= 1)),
    observe: batches.observe,
  };
}
