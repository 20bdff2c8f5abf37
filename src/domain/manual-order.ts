// Orders that people carry out: who may take, confirm or give back which ticket, and with which key. Writing it down is
// store/manual-order.ts'; when a ticket expires is the database's clock.
import type { Actor } from './actor.js';
import type { ExpectedResource, ResourceDelta } from './assignment.js';
import { withGivenKey } from './given-key.js';
import { toGlobalId } from './global-id.js';
import type { OrderMode } from './order.js';
import type { ProvisioningState } from './provisioning-state.js';
import type { Refusal, RefusalCode } from './refusal.js';

/** A manual order handed to people. */
export interface Ticket {
  /** Row id. */
  readonly id: string;
  /** e.g. ORD-88. */
  readonly number: string;
  readonly version: number;
  readonly state: ProvisioningState;
  readonly mode: OrderMode;
  readonly delta: ResourceDelta;
  readonly resourceType: string;
  readonly connection: string;
  readonly identityId: string | null;
  readonly assignmentId: string;
  /** Row id of the person who took it; null: nobody did. */
  readonly assignee: string | null;
  /** Null: nobody took it. */
  readonly assigneeName: string | null;
  /** What the whole account should contain; null when the account is gone. */
  readonly expected: ExpectedResource | null;
}

const ticketRefusal = (
  { id }: Pick<Ticket, 'id'>,
  code: RefusalCode,
  rule: string,
  message: string,
  hint: string,
): Refusal => ({
  code,
  rule: `manual-order.${rule}`,
  message,
  hint,
  subjectId: toGlobalId('ProvisioningOrder', id),
});

export const unknownTicket: Refusal = {
  code: 'NOT_FOUND',
  rule: 'order.known',
  message: 'There is no such order.',
  hint: 'Take the id from the query provisioningOrders(filter: { mode: MANUAL, state: [TRANSMITTED] }).',
};

/** Somebody was faster. */
export const movedTicket = ({ number }: Pick<Ticket, 'number'>): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'manual-order.unmoved',
  message: `${number} has changed meanwhile.`,
  hint: 'Look at it again.',
});

/** What taking, confirming and giving back have in common. */
export function openProblem(ticket: Pick<Ticket, 'id' | 'number' | 'state' | 'mode'>): Refusal | null {
  if (ticket.state === 'TRANSMITTED') return null;
  const message = `${ticket.number} is not with people: it is ${ticket.state}${ticket.mode === 'AUTOMATIC' ? ', and a connector carries it out' : ''}.`;
  return ticketRefusal(
    ticket,
    'STATE_CONFLICT',
    'transmitted',
    message,
    'Look at provisioningOrders(filter: { mode: MANUAL, state: [TRANSMITTED] }).',
  );
}

/** A ticket that somebody took is theirs until they give it back. */
export function othersProblem(
  ticket: Pick<Ticket, 'id' | 'number' | 'assignee' | 'assigneeName'>,
  actor: Actor,
): Refusal | null {
  const { number, assignee, assigneeName } = ticket;
  if (assignee === null || (actor.kind === 'identity' && actor.identityId === assignee)) return null;
  return ticketRefusal(
    ticket,
    'STATE_CONFLICT',
    'not-taken-by-another',
    `${number} was taken by ${assigneeName ?? 'somebody who is not listed any more'}.`,
    'Ask them to give it back, or an administrator to release it.',
  );
}

/** An administrator may give back what another took. */
export const releaseProblem = (ticket: Ticket, actor: Actor): Refusal | null =>
  actor.profiles.includes('administrator') ? null : othersProblem(ticket, actor);

/** The key that the system gave a new resource can be told for one creation at a time. */
export function newKeyProblem(tickets: readonly Ticket[], externalId: string | null): Refusal | null {
  if (externalId === null) return null;
  const about = { field: ['input', 'externalId'], rule: 'manual-order.new-key' } as const;
  const [only, second] = tickets;
  if (second !== undefined)
    return {
      ...about,
      code: 'INVALID',
      message: 'One key was given for several orders.',
      hint: 'Confirm creations that got a key of their own one by one.',
    };
  if (only !== undefined && only.delta.kind !== 'CREATE')
    return {
      ...about,
      code: 'INVALID',
      message: `${only.number} creates nothing, so it cannot give a new key.`,
      hint: 'Leave externalId out.',
    };
  if (externalId.trim() !== '' && externalId.length <= longestKey) return null;
  return {
    ...about,
    code: externalId.trim() === '' ? 'BLANK' : 'TOO_LONG',
    message: `The key of a resource has 1 to ${longestKey} characters.`,
    hint: 'Copy the key that the system shows, or leave externalId out if it is the one that was asked for.',
  };
}

const longestKey = 1_000;

/** The ticket as it was carried out: with the key that the system gave. */
export function withKey(ticket: Ticket, key: string, keyProperty: string | null): Pick<Ticket, 'delta' | 'expected'> {
  return {
    delta: key === ticket.delta.key ? ticket.delta : withGivenKey(ticket.delta, key, keyProperty),
    expected: ticket.expected === null ? null : { ...ticket.expected, key },
  };
}
