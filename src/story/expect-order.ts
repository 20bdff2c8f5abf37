// Orders of an expectation: those made or moved since the last one, each at most once for each that is expected.
import { type Difference, difference, isWay, type Situation, wayOf } from './difference.js';
import { ordersIn, type SeenOrder } from './sight.js';
import type { Expectation } from './shape.js';
import { held } from './table.js';

type ExpectedOrder = NonNullable<Expectation['orders']>[number];

export async function expectedOrders(situation: Situation, expected: Expectation): Promise<readonly Difference[]> {
  const isClosed = expected['nothing-else'] === true;
  if (expected.orders === undefined && !isClosed) return [];
  const { world, memory } = situation;
  const rest = (await ordersIn(world.api())).filter(({ id, state }) => memory.orders.get(id) !== state);
  const all: Difference[] = [];
  for (const [index, order] of (expected.orders ?? []).entries()) {
    const found = rest.findIndex((one) => isExpected(situation, one, order));
    if (found >= 0) rest.splice(found, 1);
    else
      all.push(
        difference(
          ['orders', index],
          order,
          rest.map((one) => shownOrder(situation, one)).join('\n         ') || 'no such order',
        ),
      );
  }
  if (isClosed && rest.length > 0 && all.length === 0)
    all.push({
      path: ['nothing-else'],
      message: `there are orders besides:\n         ${rest.map((one) => shownOrder(situation, one)).join('\n         ')}`,
    });
  return all;
}

function isExpected({ world, memory }: Situation, found: SeenOrder, expected: ExpectedOrder): boolean {
  const facts: readonly (readonly [unknown, unknown])[] = [
    [expected.for, found.owner?.identifier],
    [expected.type, found.resourceType.identifier],
    [expected.kind, found.kind],
    [expected.state, found.state],
    [expected.mode, found.mode],
    [expected.error, found.error?.code],
  ];
  if (facts.some(([wanted, is]) => wanted !== undefined && wanted !== is)) return false;
  const way = wayOf(world.orders().slice(memory.passedOrders), found.id);
  if (expected.passed !== undefined && !isWay(way, expected.passed)) return false;
  const changes = changesOf(found);
  return Object.entries(expected.changes ?? {}).every(
    ([property, cell]) => JSON.stringify(changes[property]) === JSON.stringify(held(cell)),
  );
}

/** Property → proposed value; links as `+key` and `-key`. */
function changesOf({ changes }: SeenOrder): Readonly<Record<string, string | readonly string[]>> {
  const values: Record<string, string | readonly string[]> = {};
  for (const { property, currentValue, proposedValue } of changes) {
    if (property.kind !== 'NAVIGATION') {
      values[property.identifier] = text(proposedValue);
      continue;
    }
    const before = values[property.identifier] ?? [];
    const link = proposedValue === null ? `-${text(currentValue)}` : `+${text(proposedValue)}`;
    values[property.identifier] = [...before, link].toSorted();
  }
  return values;
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);

function shownOrder({ world, memory }: Situation, order: SeenOrder): string {
  const way = wayOf(world.orders().slice(memory.passedOrders), order.id);
  return JSON.stringify({
    for: order.owner?.identifier,
    type: order.resourceType.identifier,
    kind: order.kind,
    state: order.state,
    changes: changesOf(order),
    ...(way.length > 1 ? { passed: way } : {}),
    ...(order.error === null ? {} : { error: `${order.error.code}: ${order.error.message}` }),
  });
}
