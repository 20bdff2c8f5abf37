// Lists of orders that one mutation may be about: how long they may be, and how a refusal names its place in them.
import type { Refusal } from './refusal.js';

export const mostOrders = 100;

export function checkListSize(count: number, field: readonly string[]): Refusal | null {
  if (count === 0)
    return {
      code: 'BLANK',
      rule: 'order.list',
      field,
      message: 'No order was named.',
      hint: 'Name at least one order.',
    };
  if (count <= mostOrders) return null;
  return {
    code: 'LIMIT_EXCEEDED',
    rule: 'order.list',
    field,
    message: `${count} orders were named at once; at most ${mostOrders} are taken.`,
    hint: 'Send them in several lists.',
  };
}
