// What a story remembers while it runs: names of requests, the last execution, and how everything looked at the last
// expectation, so that the next one can say what came since.
import { ordersIn } from './sight.js';
import { movedKeys, type Rows, type Table } from './table.js';
import type { World } from './world.js';

export interface Memory {
  /** Name in the story → id. */
  readonly requests: Map<string, string>;
  /** What raw operations kept of their answers. */
  readonly kept: Map<string, unknown>;
  execution: string | null;
  /** Order id → state and version. */
  orders: ReadonlyMap<string, string>;
  /** By `<connection>/<object type>`. */
  tables: Map<string, Rows>;
  /** How many items of the streams were seen. */
  passedAssignments: number;
  passedOrders: number;
}

export const newMemory = (): Memory => ({
  requests: new Map(),
  kept: new Map(),
  execution: null,
  orders: new Map(),
  tables: new Map(),
  passedAssignments: 0,
  passedOrders: 0,
});

const nameOf = ({ connection, objectType }: Table): string => `${connection}/${objectType}`;

/** All that is there now counts as seen. */
export async function lookAround(world: World, memory: Memory): Promise<void> {
  memory.passedAssignments = world.assignments().length;
  memory.passedOrders = world.orders().length;
  memory.orders = new Map((await ordersIn(world.api())).map(({ id, state }) => [id, state]));
  for (const table of world.targets.tables) memory.tables.set(nameOf(table), await rowsOf(table));
}

/** Takes over those rows only that the change touched: what the program did to others is still unseen. */
export function remember(memory: Memory, table: Table, before: Rows, after: Rows): void {
  const seen = new Map(memory.tables.get(nameOf(table)));
  for (const key of movedKeys(before, after)) {
    const row = after.get(key);
    if (row === undefined) seen.delete(key);
    else seen.set(key, row);
  }
  memory.tables.set(nameOf(table), seen);
}

export const seenRows = (memory: Memory, table: Table): Rows => memory.tables.get(nameOf(table)) ?? new Map();

/** A system that is away shows nothing new. */
export const rowsOf = (table: Table): Promise<Rows> => table.read().catch(() => new Map());
