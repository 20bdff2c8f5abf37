// Looks at the target after a write: read the row, compare it with the order's wish, keep what was seen.
// Owns the order of these acts; comparing is domain/verification.ts', writing down store/verification.ts'.
import type { ConnectorFailure } from '@joinery/connector-kit';
import { signalOfFailure } from '../domain/circuit.js';
import { failureClasses, type ProvisioningError, provisioningErrorOf } from '../domain/failure.js';
import { rowKeysOf } from '../domain/correlation.js';
import { withBothValues } from '../domain/outcome.js';
import { canonicalContent, type ResourceContent } from '../domain/resource.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import {
  isBlind,
  conformsTo,
  isExpired,
  type Mismatch,
  unreadVerdictOf,
  unseenDelayMs,
  verificationOf,
} from '../domain/verification.js';
import type { Environment } from './ports/clock.js';
import type { ConnectionHealthStore } from './ports/connection-health.js';
import type { ConnectionProber, ConnectorGateway } from './ports/connector.js';
import type { ModelSource } from './ports/model.js';
import type { Observation, UnverifiedOrder, VerificationSettlement, VerificationStore } from './ports/verification.js';

export interface VerifyPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly verifications: VerificationStore;
  readonly health: ConnectionHealthStore;
  readonly gateway: Pick<ConnectorGateway, 'look'> & Pick<ConnectionProber, 'settingsDigest'>;
}

/** After the first, second and every later look that found another value. */
const nextLooksMs = [2_000, 10_000, 30_000] as const;
/** While the circuit is open; a connection that comes back does not wait for it. */
const circuitOpenMs = 15_000;

/** Does nothing for an order that is not EXECUTED. */
export async function verifyOrder(ports: VerifyPorts, orderId: string): Promise<void> {
  const order = await ports.verifications.find(orderId);
  // Nothing would be seen: it stays with the system's yes.
  if (order === null || isBlind(order.delta)) return;
  const model = await ports.models.current();
  const entityType = model.resourceTypes.get(order.resourceType)?.targetEntityType;
  if (entityType === undefined) return ports.verifications.settle(unread(ports, order, unknownType(order)));
  const settlement: VerificationSettlement = order.isConnectionUsable
    ? await look(ports, order, { model, entityType: entityType.identifier })
    : { kind: 'unread', order, error: null, delayMs: circuitOpenMs };
  await ports.verifications.settle(settlement);
}

/** Whose row an order's is. */
interface Place {
  readonly model: CompiledModel;
  readonly entityType: string;
}

async function look(ports: VerifyPorts, order: UnverifiedOrder, place: Place): Promise<VerificationSettlement> {
  const seen = await ports.gateway.look(place.entityType, order.delta.key, order.connection);
  switch (seen.kind) {
    case 'seen':
      return settlementOf(ports, order, observationOf(ports, order, place, seen.content), seen.isElsewhere);
    case 'failed':
      await recordFailure(ports, seen.connection, seen.failure);
      return unread(ports, order, seen.failure);
    case 'nobody':
      return { kind: 'unseen', order };
    default:
      return seen satisfies never;
  }
}

const unknownType = (order: UnverifiedOrder): ConnectorFailure => ({
  code: 'INVALID_VALUE',
  message: `The resource type ${order.resourceType} is not in the configuration any more.`,
  hint: 'Bring it back, or compute the role model again.',
});

function unread(ports: VerifyPorts, order: UnverifiedOrder, failure: ConnectorFailure): VerificationSettlement {
  const verdict = unreadVerdictOf(failureClasses[failure.code], order.sinceExecutedMs, order.validityHours);
  if (verdict.kind === 'later') return { kind: 'unread', order, error: null, delayMs: verdict.delayMs };
  const message = `The system accepted the change of ${JSON.stringify(order.delta.key)}, but nobody could see it there for ${order.validityHours} hours: ${failure.message}`;
  const error = provisioningErrorOf({ ...failure, message }, order.connection, ports.environment.digest);
  return { kind: 'unread', order, error: { ...error, isRetryable: false }, delayMs: 0 };
}

function observationOf(
  ports: VerifyPorts,
  order: UnverifiedOrder,
  { model, entityType }: Place,
  content: ResourceContent | null,
): Observation {
  const hash = content === null ? '' : ports.environment.digest(canonicalContent(content));
  const found = content === null ? undefined : rowKeysOf(model, entityType, content.attributes);
  return {
    entityType,
    key: content?.key ?? order.delta.key,
    content,
    hash,
    newId: ports.environment.newId(),
    readAt: order.askedAt,
    ...(found === undefined ? {} : { found }),
  };
}

function settlementOf(
  ports: VerifyPorts,
  order: UnverifiedOrder,
  observation: Observation,
  isElsewhere: boolean,
): VerificationSettlement {
  const verdict = verificationOf(order.delta, observation.content, order.driftCount);
  const isStale = order.presentVersion !== order.desiredVersion;
  switch (verdict.kind) {
    case 'verified':
      return {
        kind: 'verified',
        order,
        observation,
        conforms: order.expected === null || conformsTo(order.expected, observation.content),
      };
    case 'drifted':
      if (isStale) return { kind: 'superseded', order, observation };
      if (isElsewhere && !isExpired(order.sinceExecutedMs, order.validityHours))
        return { kind: 'unread', order, error: null, delayMs: unseenDelayMs(order.sinceExecutedMs) };
      return {
        kind: 'drifted',
        order,
        observation,
        mismatches: verdict.mismatches,
        error:
          verdict.isFinal || isExpired(order.sinceExecutedMs, order.validityHours)
            ? differentValue(ports, order, verdict.mismatches)
            : null,
        delayMs: nextLooksMs[order.driftCount] ?? nextLooksMs[2],
      };
    default:
      return verdict satisfies never;
  }
}

function differentValue(
  ports: VerifyPorts,
  order: UnverifiedOrder,
  mismatches: readonly Mismatch[],
): ProvisioningError {
  const failure: ConnectorFailure = {
    code: 'CONSTRAINT_VIOLATION',
    message: `The system accepted the change of ${JSON.stringify(order.delta.key)}, but shows another value.`,
    hint: 'Find out what changes the value in the system, or correct the rule.',
  };
  const error = provisioningErrorOf(withBothValues(failure, mismatches), order.connection, ports.environment.digest);
  return { ...error, isRetryable: false };
}

async function recordFailure(ports: VerifyPorts, connection: string, failure: ConnectorFailure): Promise<void> {
  const settingsDigest = await ports.gateway.settingsDigest(connection).catch(() => '');
  await ports.health.recordCall(connection, signalOfFailure(failure), { error: failure, settingsDigest });
}
