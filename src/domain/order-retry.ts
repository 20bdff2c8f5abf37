// Which errored orders may be tried again, and who carries them out then. Automatic tries are retry.ts'.
import { manualConnectionFor } from './connection-setting.js';
import type { ResourceDelta } from './assignment.js';
import { toGlobalId } from './global-id.js';
import { targetOf } from './order.js';
import type { ProvisioningState } from './provisioning-state.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';
import type { CompiledModel } from './role-model/model.js';

export interface ErroredOrder {
  /** Row id. */
  readonly id: string;
  /** e.g. ORD-88. */
  readonly number: string;
  readonly version: number;
  readonly state: ProvisioningState;
  readonly resourceType: string;
  readonly connection: string;
  readonly target: string;
  readonly delta: ResourceDelta;
  readonly identityId: string | null;
  readonly desiredVersion: number;
  /** Null when the account is gone. */
  readonly presentVersion: number | null;
  /** A younger order of the same resource is under way. */
  readonly isOvertaken: boolean;
}

export interface Route {
  /** Null: the way it went before. */
  readonly manualConnection: string | null;
  readonly target: string;
}

/** `byHand`: a person is to carry it out, by the manual connection of the same system. */
export function retryRoute(order: ErroredOrder, byHand: boolean, model: CompiledModel): Decision<Route> {
  const problem = retryProblem(order);
  if (problem !== null) return refused(problem);
  if (!byHand) return granted({ manualConnection: null, target: order.target });
  const type = model.resourceTypes.get(order.resourceType);
  const manualConnection = manualConnectionFor(model.configuration, order.connection);
  if (type === undefined || manualConnection === null) return refused(noManualConnection(order));
  return granted({ manualConnection, target: targetOf(type, order.delta.key) });
}

function retryProblem(order: ErroredOrder): Refusal | null {
  const { number, state } = order;
  if (state !== 'ERRORED')
    return conflict(
      order,
      'errored',
      `${number} cannot be tried again: it is ${state}.`,
      'Only errored orders are tried again.',
    );
  if (order.desiredVersion !== order.presentVersion)
    return conflict(
      order,
      'present-wish',
      `${number} cannot be tried again: the rules want something else by now.`,
      'The next computation makes a new order of what is wanted.',
    );
  if (order.isOvertaken)
    return conflict(
      order,
      'not-overtaken',
      `${number} cannot be tried again: a younger order of the same resource is under way.`,
      'Wait for that one; it carries what is wanted now.',
    );
  return null;
}

const conflict = ({ id }: ErroredOrder, rule: string, message: string, hint: string): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: `order-retry.${rule}`,
  message,
  hint,
  subjectId: toGlobalId('ProvisioningOrder', id),
});

const noManualConnection = ({ id, number, connection }: ErroredOrder): Refusal => ({
  code: 'CONNECTOR_CAPABILITY_MISSING',
  rule: 'order-retry.manual-connection',
  message: `${number} cannot be handed to a person: the system of the connection ${connection} has no manual connection.`,
  hint: 'Add a connection with the package «manual» to the same connector, then try again.',
  subjectId: toGlobalId('ProvisioningOrder', id),
});
