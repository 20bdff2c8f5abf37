// Between page arguments and views: sizes, cursors bound to their order, and the shape a page is answered in.
import type { KeysetValue, OrderBy, Page, PageRequest } from '../domain/page.js';
import { pageSizeOf } from '../domain/page.js';
import type { ConnectionValue, PageArgs, PageWindowArgs } from '../schema/page.js';
import { badUserInput, orThrow } from './error.js';

const mostSortFields = 5;

/** Names an order for its cursors: a cursor made under another order is refused. Throws BAD_USER_INPUT for an endless order. */
export function orderName(order: readonly OrderBy[]): string {
  if (order.length > mostSortFields) throw badUserInput(`A list is sorted by at most ${mostSortFields} fields.`);
  return order.map(({ field, direction }) => `${field}:${direction}`).join(',');
}

/** Throws BAD_USER_INPUT for a size out of range and for a cursor that is not of this order. */
export function pageRequest(args: PageArgs | PageWindowArgs, order: string): PageRequest {
  const { last, before } = { last: null, before: null, ...args };
  if (isGiven(last) || isGiven(before)) return backward(args, last, before, order);
  return { first: orThrow(pageSizeOf(args.first)), after: isGiven(args.after) ? decode(args.after, order) : null };
}

function backward(
  args: PageArgs,
  last: number | null | undefined,
  before: string | null | undefined,
  order: string,
): PageRequest {
  if (isGiven(args.first) || isGiven(args.after)) {
    throw badUserInput('A page was asked for from both ends.', 'Give first and after, or last and before.');
  }
  return {
    first: orThrow(pageSizeOf(last, 'last')),
    after: isGiven(before) ? decode(before, order) : null,
    isBackward: true,
  };
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

interface ConnectionParts<Row, Node extends object, Question> {
  readonly page: Page<Row>;
  readonly request: PageRequest;
  /** The order's name, as given to `pageRequest`. */
  readonly order: string;
  readonly node: (row: Row) => Node;
  readonly count: () => Promise<number>;
  /** Kept for field resolvers of extra fields. */
  readonly question?: Question;
}

export function toConnection<Row, Node extends object, Question = undefined>(
  parts: ConnectionParts<Row, Node, Question>,
): ConnectionValue<Node, Question | undefined> {
  const { page, request, order, node, count, question } = parts;
  const cursors = page.keys.map((keys) => encode(order, keys));
  const edges = page.rows.map((row, index) => ({ cursor: cursors[index] ?? '', node: node(row) }));
  const isBackward = request.isBackward === true;
  const wasGivenACursor = request.after !== null;
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: isBackward ? wasGivenACursor : page.hasNextPage,
      hasPreviousPage: isBackward ? page.hasNextPage : wasGivenACursor,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
    },
    count,
    question,
  };
}

export const encode = (order: string, keys: readonly KeysetValue[]): string =>
  Buffer.from(JSON.stringify([order, ...keys])).toString('base64url');

function decode(cursor: string, order: string): readonly KeysetValue[] {
  const parts = partsOf(cursor);
  if (parts === null) {
    throw badUserInput(
      'The cursor is not one that this API gave out.',
      'Use pageInfo.endCursor or an edge’s cursor, unchanged.',
    );
  }
  const [made, ...keys] = parts;
  if (made !== order || keys.length === 0) {
    throw badUserInput(
      'The cursor belongs to another list or another order.',
      'Start again without a cursor after changing orderBy.',
    );
  }
  return keys;
}

function partsOf(cursor: string): readonly KeysetValue[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every(isKeysetValue) ? parts : null;
  } catch {
    return null;
  }
}

const isKeysetValue = (value: unknown): value is KeysetValue =>
  value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
