// People say what became of manual orders: done, perhaps under another key than the one asked for, or not possible and why.
import type { Actor } from '../domain/actor.js';
import { checkText } from '../domain/basket.js';
import { isManual } from '../domain/connection-setting.js';
import { provisioningErrorOf } from '../domain/failure.js';
import { inComparedOrder } from '../domain/given-key.js';
import {
  movedTicket,
  newKeyProblem,
  openProblem,
  othersProblem,
  type Ticket,
  unknownTicket,
  withKey,
} from '../domain/manual-order.js';
import { checkListSize } from '../domain/order-list.js';
import { may } from '../domain/permission.js';
import type { Refusal } from '../domain/refusal.js';
import { expectedText } from '../domain/role-model/evaluation.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { isBlind } from '../domain/verification.js';
import type { Environment } from './ports/clock.js';
import type { ConnectorPackages } from './ports/connector-package.js';
import type { ManualOrderStore, TicketAnswer } from './ports/manual-order.js';
import type { ModelSource } from './ports/model.js';

export interface CompleteOrderPorts {
  readonly manualOrders: ManualOrderStore;
  readonly models: ModelSource;
  readonly environment: Environment;
  readonly connectorPackages: Pick<ConnectorPackages, 'find'>;
}

export interface CompleteOrderInput {
  /** Row ids; null for what is no order's id. */
  readonly orderIds: readonly (string | null)[];
  /** The key that the system gave a new resource; null: the one that was asked for. */
  readonly externalId: string | null;
  readonly comment: string | null;
}

export interface ReportErrorInput {
  readonly orderIds: readonly (string | null)[];
  readonly message: string;
}

export interface CompleteOrderResult {
  readonly orderIds: readonly string[];
  readonly refusals: readonly Refusal[];
}

export async function completeOrders(
  ports: CompleteOrderPorts,
  actor: Actor,
  input: CompleteOrderInput,
): Promise<CompleteOrderResult> {
  const model = await ports.models.current();
  return answerAll(ports, actor, input.orderIds, {
    problem: (tickets) => checkText(input.comment, 'comment')[0] ?? newKeyProblem(tickets, input.externalId),
    answer: (ticket) => doneAnswer(ports, model, actor, ticket, input),
  });
}

export async function reportOrderErrors(
  ports: CompleteOrderPorts,
  actor: Actor,
  input: ReportErrorInput,
): Promise<CompleteOrderResult> {
  return answerAll(ports, actor, input.orderIds, {
    problem: () => (input.message.trim() === '' ? unsaid : (checkText(input.message, 'message')[0] ?? null)),
    answer: async (ticket) => failedAnswer(ports, actor, ticket, input.message.trim()),
  });
}

interface Answering {
  readonly problem: (tickets: readonly Ticket[]) => Refusal | null;
  readonly answer: (ticket: Ticket) => Promise<TicketAnswer>;
}

const field = ['input', 'provisioningOrderIds'];

async function answerAll(
  { manualOrders }: CompleteOrderPorts,
  actor: Actor,
  orderIds: readonly (string | null)[],
  answering: Answering,
): Promise<CompleteOrderResult> {
  const permit = may(actor, 'manual.complete');
  if (!permit.ok) return { orderIds: [], refusals: permit.refusals };
  const found = await manualOrders.byIds(orderIds.flatMap((id) => id ?? []));
  const whole = checkListSize(orderIds.length, field) ?? answering.problem(found);
  if (whole !== null) return { orderIds: [], refusals: [whole] };
  const tickets = new Map(found.map((ticket) => [ticket.id, ticket]));
  const done: string[] = [];
  const refusals: Refusal[] = [];
  for (const [index, id] of orderIds.entries()) {
    const ticket = id === null ? undefined : tickets.get(id);
    const problem = ticket === undefined ? unknownTicket : await answerOne(manualOrders, actor, ticket, answering);
    if (problem === null) done.push(ticket?.id ?? '');
    else refusals.push({ field: [...field, String(index)], ...problem });
  }
  return { orderIds: done, refusals };
}

async function answerOne(
  manualOrders: ManualOrderStore,
  actor: Actor,
  ticket: Ticket,
  { answer }: Answering,
): Promise<Refusal | null> {
  const problem = openProblem(ticket) ?? othersProblem(ticket, actor);
  if (problem !== null) return problem;
  const result = await manualOrders.answer(await answer(ticket), actor);
  switch (result) {
    case 'written':
      return null;
    case 'moved':
      return movedTicket(ticket);
    case 'taken':
      return keyTaken(ticket);
    default:
      return result satisfies never;
  }
}

async function doneAnswer(
  ports: CompleteOrderPorts,
  model: CompiledModel,
  actor: Actor,
  ticket: Ticket,
  { externalId, comment }: CompleteOrderInput,
): Promise<TicketAnswer> {
  const type = model.resourceTypes.get(ticket.resourceType)?.targetEntityType;
  const key = externalId?.trim() ?? ticket.delta.key;
  const { delta, expected } = withKey(ticket, key, type?.key ?? null);
  const isRenamed = expected !== null && key !== ticket.delta.key;
  return {
    kind: 'done',
    ticket,
    delta,
    renamed: isRenamed
      ? { expected, expectedHash: ports.environment.digest(expectedText(inComparedOrder(expected))) }
      : null,
    isFinal: type === undefined || isBlind(delta) || !(await isRead(ports, model, type.connection)),
    detail: saidBy(actor, comment),
  };
}

/** Whether the connection reads single rows. A package that cannot be loaded now may do so later. */
async function isRead(
  { connectorPackages }: CompleteOrderPorts,
  { configuration }: CompiledModel,
  connection: string,
): Promise<boolean> {
  if (isManual(configuration, connection)) return false;
  const { package: name } = configuration.connections.find(({ identifier }) => identifier === connection) ?? {};
  const found = name === undefined ? null : await connectorPackages.find(name);
  return found?.definition.capabilities.includes('READ_ONE') ?? true;
}

function failedAnswer({ environment }: CompleteOrderPorts, actor: Actor, ticket: Ticket, said: string): TicketAnswer {
  const failure = {
    code: 'CONSTRAINT_VIOLATION',
    message: `The change of ${JSON.stringify(ticket.delta.key)} could not be carried out by hand: ${said}`,
    hint: 'Correct the cause, then have the order tried again: it is handed out anew.',
    targetMessage: said,
  } as const;
  const error = provisioningErrorOf(failure, ticket.connection, environment.digest);
  return { kind: 'failed', ticket, error, detail: saidBy(actor, said) };
}

const saidBy = ({ displayName }: Actor, text: string | null): string =>
  text === null || text.trim() === '' ? `By hand: ${displayName}.` : `By hand: ${displayName}: ${text.trim()}`;

const unsaid: Refusal = {
  code: 'BLANK',
  rule: 'manual-order.message',
  field: ['input', 'message'],
  message: 'Nothing was said about what went wrong.',
  hint: 'Say it in a sentence: it is shown with the order, and equal sentences are grouped.',
};

const keyTaken = ({ number, resourceType }: Ticket): Refusal => ({
  code: 'DUPLICATE',
  rule: 'manual-order.free-key',
  field: ['input', 'externalId'],
  message: `${number} was not confirmed: another account of the resource type ${resourceType} has this key.`,
  hint: 'Look up the key in the system again.',
});
