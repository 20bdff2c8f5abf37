// Carries out one order: claim → level check → read where a former try may have been applied → write → settle.
// Owns the order of these acts; what an outcome means is domain/outcome.ts', how to go on with what may have been applied
// domain/resumption.ts', when to try again domain/retry.ts'.
// Nothing outside is called within a transaction; every write after the claim shows the lease's token.
import type { ConnectorFailure } from '@joinery/connector-kit';
import type { ResourceDelta } from '../domain/assignment.js';
import { type Circuit, signalOfFailure } from '../domain/circuit.js';
import { type ProvisioningError, provisioningErrorOf } from '../domain/failure.js';
import { type GivenKey, givenKeyOf } from '../domain/given-key.js';
import { type Verdict, verdictOf, verdictOfError } from '../domain/outcome.js';
import { type AttemptStep, lookStep, stepOf, writeStep } from '../domain/provisioning-attempt.js';
import { canonicalContent, type ResourceContent } from '../domain/resource.js';
import { actAfterLook } from '../domain/resumption.js';
import { circuitWait, nextTry } from '../domain/retry.js';
import { isOwnLook, type Look, verdictAfterLook } from '../domain/sight.js';
import type { Environment } from './ports/clock.js';
import type { ConnectionHealthStore } from './ports/connection-health.js';
import type { ConnectionProber, ConnectorGateway } from './ports/connector.js';
import type { ModelSource } from './ports/model.js';
import type { Claim, HeldOrder, LeaseKeeper, OrderExecutionStore, Settlement } from './ports/provisioning-order.js';
import type { Observation, VerificationStore } from './ports/verification.js';

export interface ProvisionPorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly orders: OrderExecutionStore;
  readonly leases: LeaseKeeper;
  readonly health: ConnectionHealthStore;
  readonly verifications: Pick<VerificationStore, 'observe'>;
  readonly gateway: Pick<ConnectorGateway, 'apply' | 'look' | 'packageOf'> & Pick<ConnectionProber, 'settingsDigest'>;
  /** Whether what may have been applied is read before anything is sent again. False only where a test shows what it is for. */
  readonly readsBack: boolean;
  /** A bug of ours, for the log: the order only says that there was one. */
  readonly onFault: (fault: unknown, orderId: string) => void;
}

/** Answers what became of the claim; what became of the order is in its row. */
export async function provisionOrder(ports: ProvisionPorts, orderId: string): Promise<Claim['kind']> {
  const claim = await ports.orders.claim(orderId);
  if (claim.kind !== 'held') return claim.kind;
  await ports.leases.hold(claim.order, async (signal) => {
    const settlement = await carryOut(ports, claim.order, signal).catch((fault: unknown) =>
      afterFault(claim.order, fault, ports),
    );
    await ports.orders.settle(settlement);
  });
  return claim.kind;
}

/** One try under way: a value that each act hands on with its step added. */
interface Try {
  readonly order: HeldOrder;
  readonly entityType: string;
  readonly signal: AbortSignal;
  readonly steps: readonly AttemptStep[];
  /** Something may have been applied that nobody has seen. */
  readonly isUncertain: boolean;
}

type Next =
  | { readonly kind: 'write'; readonly attempt: Try; readonly delta: ResourceDelta }
  | { readonly kind: 'decided'; readonly attempt: Try; readonly verdict: Verdict };

async function carryOut(ports: ProvisionPorts, order: HeldOrder, signal: AbortSignal): Promise<Settlement> {
  const model = await ports.models.current();
  const entityType = model.resourceTypes.get(order.resourceType)?.targetEntityType.identifier;
  const attempt: Try = { order, entityType: entityType ?? '', signal, steps: [], isUncertain: order.isUncertain };
  if (order.presentVersion !== order.desiredVersion) return supersede(ports, attempt);
  if (entityType === undefined) return conclude(ports, attempt, { kind: 'failed', failure: unknownType(order) });
  const next = await resume(ports, attempt);
  const decided = next.kind === 'write' ? await write(ports, next.attempt, next.delta) : next;
  return conclude(ports, decided.attempt, decided.verdict);
}

const unknownType = (order: HeldOrder): ConnectorFailure => ({
  code: 'INVALID_VALUE',
  message: `The resource type ${order.resourceType} is not in the configuration any more.`,
  hint: 'Compute the role model again.',
});

/** A stale order is never sent. What a former try of it may have done is read first, so that the next computation sees it. */
async function supersede(ports: ProvisionPorts, attempt: Try): Promise<Settlement> {
  const isReadFirst = attempt.isUncertain && ports.readsBack && attempt.entityType !== '';
  let rowKey: string | null = null;
  if (isReadFirst) {
    const { attempt: looked, look } = await lookAt(ports, attempt);
    if (look.kind === 'failed') return conclude(ports, looked, verdictOfError(look.failure));
    if (look.kind === 'seen') {
      await ports.verifications.observe(attempt.order.identityId, observationOf(ports, attempt, look.content));
      rowKey = look.content?.key ?? null;
    }
  }
  const step = stepOf('SCOPE', 'SKIPPED', 0, null, 'A newer wish has replaced this order.');
  return {
    kind: 'superseded',
    order: attempt.order,
    attempt: { outcome: 'SKIPPED', error: null, steps: [...attempt.steps, step] },
    ...(await givenTo(ports, attempt.order, rowKey)),
  };
}

function observationOf(
  ports: ProvisionPorts,
  { order, entityType }: Try,
  content: ResourceContent | null,
): Observation {
  const hash = content === null ? '' : ports.environment.digest(canonicalContent(content));
  const key = content?.key ?? order.delta.key;
  return { entityType, key, content, hash, newId: ports.environment.newId(), readAt: order.claimedAt };
}

/** Where a former try may have been applied, only what is missing is sent. */
async function resume(ports: ProvisionPorts, attempt: Try): Promise<Next> {
  const { order } = attempt;
  if (!attempt.isUncertain || !ports.readsBack) return { kind: 'write', attempt, delta: order.delta };
  const { attempt: looked, look } = await lookAt(ports, attempt);
  const isOwn = isOwnLook(look);
  const act = actAfterLook(order, look, !isOwn && (await isIdempotent(ports, attempt)));
  const known = isOwn && look.kind === 'seen' ? { ...looked, isUncertain: false } : looked;
  const resumed = act.step === null ? known : withStep(known, act.step);
  return act.kind === 'write'
    ? { kind: 'write', attempt: resumed, delta: act.delta }
    : { kind: 'decided', attempt: resumed, verdict: act.verdict };
}

/** Whether the same key means the same change to the package, so that a second sending has no second effect. */
const isIdempotent = async ({ gateway }: ProvisionPorts, { order }: Try): Promise<boolean> =>
  (await gateway.packageOf(order.connection)).capabilities.includes('IDEMPOTENT_WRITES');

async function write(
  ports: ProvisionPorts,
  attempt: Try,
  delta: ResourceDelta,
): Promise<Extract<Next, { readonly kind: 'decided' }>> {
  const { order, entityType, signal } = attempt;
  const started = ports.environment.now().getTime();
  const outcome = await ports.gateway.apply(
    { connection: order.connection, entityType, delta, idempotencyKey: order.id, lane: order.lane },
    signal,
  );
  const written = withStep(attempt, writeStep(outcome, ports.environment.now().getTime() - started));
  const verdict = verdictOf(delta.kind, outcome);
  return verdict.kind === 'readBack'
    ? readBack(ports, written, verdict)
    : { kind: 'decided', attempt: written, verdict };
}

async function readBack(
  ports: ProvisionPorts,
  attempt: Try,
  verdict: Extract<Verdict, { readonly kind: 'readBack' }>,
): Promise<Extract<Next, { readonly kind: 'decided' }>> {
  const { cause, failure } = verdict;
  const isUncertain = attempt.isUncertain || cause === 'unknown';
  if (!ports.readsBack)
    return { kind: 'decided', attempt, verdict: { kind: 'waiting', reason: 'transient', failure, retryAfterMs: null } };
  const { attempt: looked, look } = await lookAt(ports, { ...attempt, isUncertain });
  const isRepeatable = look.kind === 'nobody' && (await isIdempotent(ports, attempt));
  return {
    kind: 'decided',
    attempt: looked,
    verdict: verdictAfterLook(verdict, attempt.order.delta, look, isRepeatable),
  };
}

async function lookAt(
  { gateway, environment }: ProvisionPorts,
  attempt: Try,
): Promise<{ readonly attempt: Try; readonly look: Look }> {
  const { order, entityType } = attempt;
  const started = environment.now().getTime();
  const look = await gateway.look(entityType, order.delta.key, order.connection);
  return { attempt: withStep(attempt, lookStep(look, environment.now().getTime() - started)), look };
}

/** From the verdict to what is stored; a failure of the connection is told to its circuit first. */
async function conclude(ports: ProvisionPorts, attempt: Try, verdict: Verdict): Promise<Settlement> {
  const { order, steps } = attempt;
  switch (verdict.kind) {
    case 'executed':
      return {
        kind: 'executed',
        order,
        attempt: { outcome: 'SUCCEEDED', error: null, steps },
        ...(await givenTo(ports, order, verdict.key)),
      };
    case 'failed':
      return failed(attempt, errorOf(ports, order, verdict.failure));
    case 'waiting':
      return waiting(ports, attempt, verdict);
    case 'readBack':
      throw new Error(`Order ${order.id} was concluded before it was read back.`);
    default:
      return verdict satisfies never;
  }
}

/** The key that the system gave, where it is another one than was asked for. */
async function givenTo(
  ports: ProvisionPorts,
  order: HeldOrder,
  rowKey: string | null,
): Promise<{ readonly given?: GivenKey }> {
  const key = givenKeyOf(order.delta, rowKey);
  if (key === null) return {};
  const { configuration, resourceTypes } = await ports.models.current();
  const type = resourceTypes.get(order.resourceType)?.targetEntityType;
  if (type === undefined) return {};
  const siblings = configuration.resourceTypes.filter(({ targetEntityType }) => targetEntityType === type.identifier);
  const place = { entityType: type.identifier, keyProperty: type.key };
  return { given: { key, ...place, resourceTypes: siblings.map(({ identifier }) => identifier) } };
}

const errorOf = (ports: ProvisionPorts, order: HeldOrder, failure: ConnectorFailure): ProvisioningError =>
  provisioningErrorOf(failure, order.connection, ports.environment.digest);

const failed = ({ order, steps }: Try, error: ProvisioningError): Settlement => ({
  kind: 'failed',
  order,
  error,
  attempt: { outcome: 'FAILED', error, steps },
});

async function waiting(
  ports: ProvisionPorts,
  attempt: Try,
  verdict: Extract<Verdict, { readonly kind: 'waiting' }>,
): Promise<Settlement> {
  const { order, steps } = attempt;
  const error = errorOf(ports, order, verdict.failure);
  const isUncertain = ports.readsBack && (attempt.isUncertain || verdict.reason === 'unknown');
  const base = {
    kind: 'waiting',
    order,
    error,
    reason: verdict.reason,
    isUncertain,
    triesUsed: order.triesUsed,
  } as const;
  const tried = { outcome: isUncertain ? 'UNKNOWN' : 'FAILED', error, steps } as const;
  if (verdict.reason === 'throttled') return { ...base, attempt: tried, delayMs: verdict.retryAfterMs ?? 0 };
  const circuit = await recordFailure(ports, order, verdict.failure, error);
  if (verdict.reason === 'connection')
    return { ...base, attempt: tried, delayMs: circuitWait(circuit, ports.environment.random()) };
  const triesUsed = order.triesUsed + 1;
  const next = nextTry(triesUsed, order.sinceFirstFailureMs, ports.environment.random());
  if (next.kind === 'usedUp')
    return failed(attempt, { ...error, isRetryable: false, hint: 'The automatic tries of 28 days are used up.' });
  return { ...base, attempt: tried, triesUsed, delayMs: next.delayMs };
}

async function recordFailure(
  ports: ProvisionPorts,
  order: HeldOrder,
  failure: ConnectorFailure,
  error: ProvisioningError,
): Promise<Circuit> {
  const settingsDigest = await ports.gateway.settingsDigest(order.connection).catch(() => '');
  return ports.health.recordCall(order.connection, signalOfFailure(failure), { error, settingsDigest });
}

/** A bug of ours must not make an order spin: it waits as after any failure, and says that it was us. */
function afterFault(order: HeldOrder, fault: unknown, ports: ProvisionPorts): Settlement {
  ports.onFault(fault, order.id);
  const name = fault instanceof Error ? fault.name : typeof fault;
  const failure: ConnectorFailure = {
    code: 'CONNECTOR_BUG',
    message: `Joinery failed while it carried out this order (${name}); the log of the worker has the details.`,
    hint: 'Report it. The order is tried again by itself.',
  };
  const error = { ...errorOf(ports, order, failure), isRetryable: true };
  const triesUsed = order.triesUsed + 1;
  const next = nextTry(triesUsed, order.sinceFirstFailureMs, ports.environment.random());
  const attempt = { outcome: 'UNKNOWN', error, steps: [] } as const;
  if (next.kind === 'usedUp') return { kind: 'failed', order, error: { ...error, isRetryable: false }, attempt };
  return {
    kind: 'waiting',
    order,
    error,
    attempt,
    reason: 'unknown',
    delayMs: next.delayMs,
    triesUsed,
    isUncertain: true,
  };
}

const withStep = (attempt: Try, step: AttemptStep): Try => ({ ...attempt, steps: [...attempt.steps, step] });
