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

const emptyHand: Readonly<Hand> = { count: 0 };

/** What has been asked and not sent yet, and who waits for it to be enough. */
interface Gathering {
  readonly hand: Readonly<Hand>;
  readonly longestMs: number;
  asked: number;
  lastBatch: number;
  onEnough: () => void;
}

/** `batch` answers in the order of the questions; when it throws, every question of the batch throws. */
export function coalesced<Question, Answer>(
  batch: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  hand: Readonly<Hand> = emptyHand,
  longestMs = longestGathering,
): (question: Question) => Promise<Answer> {
  const gathering: Gathering = { hand, longestMs, asked: 0, lastBatch: 0, onEnough: () => undefined };
  let running: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<Question, Answer>(
    async (questions) => {
      gathering.asked -= questions.length;
      gathering.lastBatch = questions.length;
      const answers = batch(questions);
      running = answers.catch(() => undefined);
      return [...(await answers)];
    },
    {
      cache: false,
      maxBatchSize: batchSize,
      batchScheduleFn: (dispatch) => void running.then(() => gather(gathering)).then(() => setImmediate(dispatch)),
    },
  );
  return (question) => {
    gathering.asked += 1;
    if (isEnough(gathering)) gathering.onEnough();
    return loader.load(question);
  };
}

const isEnough = ({ asked, lastBatch, hand }: Gathering): boolean =>
  lastBatch < streaming || asked >= Math.min(hand.count, batchSize) * enoughOfHand;

async function gather(gathering: Gathering): Promise<void> {
  if (isEnough(gathering)) return;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    gathering.onEnough = resolve;
    timer = setTimeout(resolve, gathering.longestMs);
  });
  clearTimeout(timer);
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

/** Without a hand, and so without a wait: not everything that is found is settled. */
export function coalescedVerifications(batches: VerificationBatches): VerificationStore {
  const settle = coalesced(batches.settle);
  return {
    find: coalesced(batches.find),
    settle: async (settlement) => void (await settle(settlement)),
    observe: batches.observe,
  };
}
