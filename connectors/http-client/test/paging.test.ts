// Pages by position: every row once, or an error, also when rows come and go between pages.
import { describe, expect, test } from '@jest/globals';
import { positionedPages } from '@joinery/http-client';

interface World {
  rows: string[];
  asked: number;
}

function listing(world: World, meanwhile: (world: World) => void = () => undefined, cap = 1_000) {
  return positionedPages<string>({
    operation: 'list rows',
    pageSize: 10,
    keyOf: (row) => row,
    fetch: async (position, count) => {
      world.asked += 1;
      const rows = world.rows.slice(position, position + Math.min(count, cap));
      const total = world.rows.length;
      meanwhile(world);
      return { rows, total };
    },
  });
}

async function all(pages: AsyncIterable<readonly string[]>): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_none, n) => `r${n}`);

describe('pages by position', () => {
  test.each([0, 1, 2, 9, 10, 11, 19, 20, 57])('give %i rows, each once', async (count) => {
    expect(await all(listing({ rows: numbered(count), asked: 0 }))).toEqual(numbered(count));
  });

  test('may be smaller than asked for', async () => {
    expect(await all(listing({ rows: numbered(23), asked: 0 }, undefined, 4))).toEqual(numbered(23));
  });

  test('lose no row that stays when others before it go', async () => {
    const world = { rows: numbered(50), asked: 0 };
    const told = await all(listing(world, (now) => void (now.asked === 2 && now.rows.splice(3, 2))));
    expect(new Set(told).size).toBe(told.length);
    expect(world.rows.filter((row) => !told.includes(row))).toEqual([]);
  });

  test('tell no row twice when new ones come before it', async () => {
    const world = { rows: numbered(50), asked: 0 };
    const told = await all(listing(world, (now) => void (now.asked === 2 && now.rows.unshift('new'))));
    expect(new Set(told).size).toBe(told.length);
    expect(numbered(50).filter((row) => !told.includes(row))).toEqual([]);
  });

  test('are an error when rows move all the time', async () => {
    const world = { rows: numbered(50), asked: 0 };
    await expect(all(listing(world, (now) => void (now.rows = now.rows.toReversed())))).rejects.toThrow(
      'rows moved between pages',
    );
  });

  test('are an error when the service counts more rows than it gives', async () => {
    const pages = positionedPages<string>({
      operation: 'list rows',
      pageSize: 10,
      keyOf: (row) => row,
      fetch: async () => ({ rows: [], total: 5 }),
    });
    await expect(all(pages)).rejects.toThrow('5 rows, but gives none at position 1');
  });
});
