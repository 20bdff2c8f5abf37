// The way to managed systems for steps: entity types in, contents and outcomes out. Owns which connection, session and
// deadline a call gets, and how many run at once; leaves names and types to property-mapping.ts.
import {
  type ApplyOutcome,
  type CallContext,
  callContext,
  ConnectorError,
  type ConnectorFailure,
  failureOf,
  outcomeOf,
} from '@joinery/connector-kit';
import type { ConnectionDefinition, EntityTypeDefinition } from '../domain/configuration.js';
import { type FailureClass, failureClasses } from '../domain/failure.js';
import { lanes } from '../domain/order.js';
import type { ResourceContent } from '../domain/resource.js';
import { contentProblem } from '../domain/synchronization.js';
import type { ConnectionProber, ConnectorGateway, ContentChanges, TargetWrite } from '../steps/ports/connector.js';
import type { ModelSource } from '../steps/ports/model.js';
import { type CallGate, callGate, type Turn } from './call-gate.js';
import {
  type LentSession,
  type OpenSession,
  type SessionCache,
  type SessionSource,
  sessionCache,
} from './connector-session.js';
import { assertReadable, toContent, toDelta } from './property-mapping.js';
import { lookAt } from './row-look.js';

/** A listing may take this many times as long as a single call. */
const listingFactor = 20;

export interface GatewayParts extends SessionSource {
  readonly models: ModelSource;
  /** Milliseconds; any steady clock. */
  readonly now: () => number;
}

interface Gateway extends GatewayParts {
  readonly sessions: SessionCache;
  readonly gates: Map<string, CallGate>;
}

export function connectorGateway(parts: GatewayParts): ConnectorGateway & ConnectionProber {
  const gateway: Gateway = { ...parts, sessions: sessionCache(parts, parts.now), gates: new Map() };
  const reading: Pick<ConnectorGateway, 'packageOf' | 'read'> = {
    packageOf: async (connection) => gateway.load((await connectionOf(gateway, connection)).package),
    read: (entityType, key, connection) => read(gateway, entityType, key, connection),
  };
  return {
    ...reading,
    check: async (connection) => {
      const definition = await connectionOf(gateway, connection);
      await call(gateway, definition, looking, ({ session }, context) => session.check(context));
    },
    describe: async (connection) => {
      const definition = await connectionOf(gateway, connection);
      return call(gateway, definition, looking, ({ session }, context) => session.describe(context));
    },
    settingsDigest: async (connection) => {
      const lent = await gateway.sessions.lend(await connectionOf(gateway, connection));
      lent.giveBack();
      return lent.settingsDigest;
    },
    look: async (entityType, key, writing) =>
      lookAt(reading, { entityType, key, writing, reading: (await entityTypeOf(gateway, entityType)).connection }),
    list: (entityType, signal) => list(gateway, entityType, signal),
    changes: (entityType, cookie, signal) => changes(gateway, entityType, cookie, signal),
    apply: (write, signal) => apply(gateway, write, signal),
    close: () => gateway.sessions.closeAll(),
  };
}

async function connectionOf({ models }: Gateway, identifier: string): Promise<ConnectionDefinition> {
  const { configuration } = await models.current();
  const found = configuration.connections.find((connection) => connection.identifier === identifier);
  if (found !== undefined) return found;
  throw new ConnectorError({
    code: 'UNREACHABLE',
    message: `The connection ${identifier} is not in the configuration any more.`,
    hint: 'Bring it back, or compute the role model again.',
  });
}

async function entityTypeOf({ models }: Gateway, identifier: string): Promise<EntityTypeDefinition> {
  const { configuration } = await models.current();
  const found = configuration.entityTypes.find((entityType) => entityType.identifier === identifier);
  if (found !== undefined) return found;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The entity type ${identifier} is not in the configuration any more.`,
    hint: 'Bring it back, or compute the role model again.',
  });
}

async function read(
  gateway: Gateway,
  entityType: string,
  key: string,
  connection?: string,
): Promise<ResourceContent | null> {
  const type = await entityTypeOf(gateway, entityType);
  const definition = await connectionOf(gateway, connection ?? type.connection);
  const object = await call(gateway, definition, looking, ({ session }, context) =>
    session.read(type.objectType, key, context),
  );
  return object === null ? null : storable(type, toContent(type, object));
}

/** A listing is checked by whoever stages it, where a row without a key is refused as well. */
function storable(type: EntityTypeDefinition, content: ResourceContent): ResourceContent {
  const problem = contentProblem(content);
  if (problem === null) return content;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `Could not read ${type.identifier} ${JSON.stringify(content.key)}: it ${problem}.`,
    hint: 'Correct the row in the managed system.',
  });
}

async function* list(
  gateway: Gateway,
  entityType: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ResourceContent[]> {
  const type = await entityTypeOf(gateway, entityType);
  const definition = await connectionOf(gateway, type.connection);
  const open = await gateway.sessions.lend(definition);
  try {
    await assertDescribed(definition, type, open, signal);
    for await (const page of open.session.list(type.objectType, listingContext(definition, signal))) {
      yield page.objects.map((object) => toContent(type, object));
    }
  } catch (error) {
    throw noted(open, error);
  } finally {
    open.giveBack();
  }
}

async function* changes(
  gateway: Gateway,
  entityType: string,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ContentChanges> {
  const type = await entityTypeOf(gateway, entityType);
  const definition = await connectionOf(gateway, type.connection);
  const open = await gateway.sessions.lend(definition);
  try {
    if (open.session.changes === undefined) throw cannotTellChanges(definition);
    await assertDescribed(definition, type, open, signal);
    for await (const page of open.session.changes(type.objectType, cookie, listingContext(definition, signal))) {
      const objects = page.changes.flatMap(({ kind, object }) =>
        kind === 'upsert' && object !== undefined ? [object] : [],
      );
      const deletedKeys = page.changes.filter(({ kind }) => kind === 'delete').map(({ key }) => key);
      yield { upserted: objects.map((object) => toContent(type, object)), deletedKeys, cookie: page.cookie };
    }
  } catch (error) {
    throw noted(open, error);
  } finally {
    open.giveBack();
  }
}

/** Asked anew for each reading: the columns of a file are others when its producer changes. */
async function assertDescribed(
  definition: ConnectionDefinition,
  type: EntityTypeDefinition,
  { session }: OpenSession,
  signal: AbortSignal,
): Promise<void> {
  const types = await session.describe(callContext(definition.deadlineSeconds * 1_000, signal));
  const described = types.find(({ name }) => name === type.objectType);
  if (described !== undefined) assertReadable(type, described);
}

const cannotTellChanges = (connection: ConnectionDefinition): ConnectorError =>
  new ConnectorError({
    code: 'CAPABILITY_MISSING',
    message: `The package of the connection ${connection.identifier} cannot tell what changed.`,
    hint: 'Run a complete synchronisation.',
  });

const listingContext = (connection: ConnectionDefinition, signal: AbortSignal): CallContext =>
  callContext(connection.deadlineSeconds * 1_000 * listingFactor, signal);

async function apply(gateway: Gateway, write: TargetWrite, signal: AbortSignal): Promise<ApplyOutcome> {
  try {
    const type = await entityTypeOf(gateway, write.entityType);
    const definition = await connectionOf(gateway, write.connection);
    return await call(gateway, definition, { lane: write.lane, signal }, (open, context) =>
      applyOnce(type, write, open, context),
    );
  } catch (error) {
    // Nothing was sent: once it was, the session answers an outcome.
    if (error instanceof ConnectorError) return outcomeOf(error, false);
    if (signal.aborted) return outcomeOf(stopped(write), false);
    throw error;
  }
}

async function applyOnce(
  type: EntityTypeDefinition,
  write: TargetWrite,
  open: LentSession,
  context: CallContext,
): Promise<ApplyOutcome> {
  const delta = toDelta(type, await open.objectType(type.objectType), write.delta);
  const outcome = await open.session.apply(delta, { ...context, idempotencyKey: write.idempotencyKey });
  if ('failure' in outcome && isWayLost(outcome.failure)) open.retire();
  return outcome;
}

const stopped = (write: TargetWrite): ConnectorError =>
  new ConnectorError({
    code: 'TIMEOUT',
    message: `The change of ${write.delta.key} was not sent: the worker was stopped.`,
  });

/** Looks wait among the orders of joiners: behind what takes away, before mass changes. */
const looking: Turn = { lane: lanes.joiner, signal: null };

/** One call with its deadline, when there is room on the connection. */
async function call<T>(
  gateway: Gateway,
  definition: ConnectionDefinition,
  turn: Turn,
  use: (open: LentSession, context: CallContext) => Promise<T>,
): Promise<T> {
  const limit = await concurrencyOf(gateway, definition);
  return gateOf(gateway, definition).pass(limit, turn, async () => {
    // Only inside: what was borrowed before the wait may be worn out by the time of the call.
    const open = await gateway.sessions.lend(definition);
    try {
      return await use(open, callContext(definition.deadlineSeconds * 1_000, turn.signal ?? undefined));
    } catch (error) {
      throw noted(open, error);
    } finally {
      open.giveBack();
    }
  });
}

/** A package whose target is one file or one lock gets one call at a time, whatever the configuration says. */
async function concurrencyOf(gateway: Gateway, definition: ConnectionDefinition): Promise<number> {
  // A package that cannot be loaded is no concern of limits: opening the session says why.
  const found = await gateway.load(definition.package).catch(() => null);
  return found?.serial === 'connection' ? 1 : definition.concurrency;
}

function gateOf({ gates }: Gateway, { identifier }: ConnectionDefinition): CallGate {
  const gate = gates.get(identifier) ?? callGate();
  gates.set(identifier, gate);
  return gate;
}

/** The same error; a session whose way to the system was lost is not used again. */
function noted(open: LentSession, error: unknown): unknown {
  if (isWayLost(failureOf(error))) open.retire();
  return error;
}

/** A system that gave a code of its own answered: a lock that was not had, a deadlock or a slow statement is no lost way. */
function isWayLost({ code, targetCode }: ConnectorFailure): boolean {
  const failureClass: FailureClass = failureClasses[code];
  switch (failureClass) {
    case 'connection':
    case 'unknown':
      return true;
    case 'transient':
      return targetCode === undefined;
    case 'throttled':
    case 'permanent':
      return false;
    default:
      return failureClass satisfies never;
  }
}
