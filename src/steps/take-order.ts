// A person takes manual orders, so that nobody else begins them, or gives them back.
import type { Actor } from '../domain/actor.js';
import {
  movedTicket,
  openProblem,
  othersProblem,
  releaseProblem,
  type Ticket,
  unknownTicket,
} from '../domain/manual-order.js';
import { checkListSize } from '../domain/order-list.js';
import { may } from '../domain/permission.js';
import type { Refusal } from '../domain/refusal.js';
import type { ManualOrderStore } from './ports/manual-order.js';

export interface TakeOrderPorts {
  readonly manualOrders: ManualOrderStore;
}

export interface TakeOrderInput {
  /** Row ids; null for what is no order's id. */
  readonly orderIds: readonly (string | null)[];
  /** Gives them back instead. */
  readonly isReleased: boolean;
}

export interface TakeOrderResult {
  readonly orderIds: readonly string[];
  readonly refusals: readonly Refusal[];
}

const field = ['input', 'provisioningOrderIds'];

export async function takeOrders(
  { manualOrders }: TakeOrderPorts,
  actor: Actor,
  { orderIds, isReleased }: TakeOrderInput,
): Promise<TakeOrderResult> {
  const permit = may(actor, 'manual.complete');
  if (!permit.ok) return { orderIds: [], refusals: permit.refusals };
  const wrongSize = checkListSize(orderIds.length, field);
  if (wrongSize !== null) return { orderIds: [], refusals: [wrongSize] };
  if (actor.kind !== 'identity') return { orderIds: [], refusals: [people] };
  const found = await manualOrders.byIds(orderIds.flatMap((id) => id ?? []));
  const tickets = new Map(found.map((ticket) => [ticket.id, ticket]));
  const done: string[] = [];
  const refusals: Refusal[] = [];
  for (const [index, id] of orderIds.entries()) {
    const ticket = id === null ? undefined : tickets.get(id);
    const problem = ticket === undefined ? unknownTicket : await take(manualOrders, actor, ticket, isReleased);
    if (problem === null) done.push(ticket?.id ?? '');
    else refusals.push({ ...problem, field: [...field, String(index)] });
  }
  return { orderIds: done, refusals };
}

async function take(
  manualOrders: ManualOrderStore,
  actor: Extract<Actor, { readonly kind: 'identity' }>,
  ticket: Ticket,
  isReleased: boolean,
): Promise<Refusal | null> {
  const problem = openProblem(ticket) ?? (isReleased ? releaseProblem(ticket, actor) : othersProblem(ticket, actor));
  if (problem !== null) return problem;
  const assignee = isReleased ? null : actor.identityId;
  if (assignee === ticket.assignee) return null;
  return (await manualOrders.take(ticket, assignee, actor)) ? null : movedTicket(ticket);
}

const people: Refusal = {
  code: 'FORBIDDEN',
  rule: 'manual-order.taken-by-people',
  field,
  message: 'Manual orders are carried out by people; a service account cannot take one.',
  hint: 'Sign in as a person.',
};
