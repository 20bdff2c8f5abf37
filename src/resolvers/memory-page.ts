// Pages of lists that are in memory whole, such as the configuration's: the same cursors and limits as pages from the database.
import type { KeysetValue } from '../domain/page.js';
import type { ConnectionValue, PageArgs } from '../schema/page.js';
import { pageRequest, toConnection } from './page.js';

export interface MemoryList<Row, Node extends object> {
  /** In any order: sorted by `keys` here. */
  readonly rows: readonly Row[];
  /** What rows are sorted by, ascending, ending with something unique. */
  readonly keys: (row: Row) => readonly KeysetValue[];
  /** Names the order for cursors. */
  readonly order: string;
  readonly node: (row: Row) => Node;
}

export function memoryPage<Row, Node extends object>(
  args: PageArgs,
  list: MemoryList<Row, Node>,
): ConnectionValue<Node> {
  const request = pageRequest(args, list.order);
  const sorted = list.rows.map((row) => ({ row, keys: list.keys(row) })).sort((a, b) => compare(a.keys, b.keys));
  const { after } = request;
  const left = after === null ? sorted : sorted.filter(({ keys }) => compare(keys, after) > 0);
  const seen = left.slice(0, request.first);
  return toConnection({
    page: {
      rows: seen.map(({ row }) => row),
      keys: seen.map(({ keys }) => keys),
      hasNextPage: left.length > seen.length,
    },
    request,
    order: list.order,
    node: list.node,
    count: async () => list.rows.length,
  });
}

function compare(a: readonly KeysetValue[], b: readonly KeysetValue[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? null;
    const difference =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : compareTexts(String(left ?? ''), String(right ?? ''));
    if (difference !== 0) return difference;
  }
  return 0;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
