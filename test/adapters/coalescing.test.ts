// When questions travel together: an idle process waits for nobody, a stream of them gathers for a moment.
import { expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { coalesced, type Hand } from '../../src/adapters/coalescing.js';

interface Batches {
  readonly sizes: number[];
  readonly ask: (question: number) => Promise<number>;
}

function batches(hand?: Hand, gatherMs?: number): Batches {
  const sizes: number[] = [];
  const ask = coalesced<number, number>(
    async (questions) => {
      sizes.push(questions.length);
      return questions.map((question) => question * 2);
    },
    hand,
    gatherMs,
  );
  return { sizes, ask };
}

/** Several at once: from then on there is a stream. */
const stream = ({ ask }: Batches) => Promise.all([1, 2, 3, 4].map(ask));

test('a lone question is asked at once, however much is in hand', async () => {
  const { sizes, ask } = batches({ count: 1_000_000 }, 60_000);
  let isAnswered = false;
  void ask(1).then(() => (isAnswered = true));
  for (let turns = 0; turns < 5; turns += 1) await turn();
  expect(isAnswered).toBe(true);
  expect(sizes).toEqual([1]);
});

test('in a stream, a question waits for a quarter of what is in hand', async () => {
  const all = batches({ count: 12 }, 60_000);
  await stream(all);
  const [first, second] = [all.ask(5), all.ask(6)];
  for (let turns = 0; turns < 5; turns += 1) await turn();
  expect(all.sizes).toEqual([4]);
  const third = all.ask(7);
  expect(await Promise.all([first, second, third])).toEqual([10, 12, 14]);
  expect(all.sizes).toEqual([4, 3]);
});

test('control: with nothing in hand it does not wait', async () => {
  const all = batches();
  await stream(all);
  void all.ask(5);
  for (let turns = 0; turns < 5; turns += 1) await turn();
  expect(all.sizes).toEqual([4, 1]);
});

test('what never becomes enough is asked after a moment all the same', async () => {
  const all = batches({ count: 1_000 });
  await stream(all);
  expect(await all.ask(5)).toBe(10);
  expect(all.sizes).toEqual([4, 1]);
});

test('every question of a batch that fails is told so, and the next batch is asked', async () => {
  let isBroken = true;
  const ask = coalesced<number, number>(async (questions) => {
    if (isBroken) throw new Error('the database is away');
    return questions;
  });
  await expect(Promise.allSettled([ask(1), ask(2)])).resolves.toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
  ]);
  isBroken = false;
  expect(await ask(3)).toBe(3);
});
