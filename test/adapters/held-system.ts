// A managed system whose calls the test answers itself, when it wants: a connector package made on the spot, and a gateway on it.
import { setImmediate as turn } from 'node:timers/promises';
import {
  type ApplyOutcome,
  type ConnectorPackageDefinition,
  type ConnectorSession,
  type Delta,
  defineConnector,
} from '@joinery/connector-kit';
import { connectorGateway } from '../../src/adapters/connector.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import type { ConnectionDefinition, EntityTypeDefinition } from '../../src/domain/configuration.js';
import type { ResourceDelta } from '../../src/domain/assignment.js';
import type { CompiledModel } from '../../src/domain/role-model/model.js';
import { modelOf } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';

/** A call that has reached the package and waits for its answer. */
export interface HeldCall {
  readonly how: 'apply' | 'applyMany';
  readonly keys: readonly string[];
  readonly idempotencyKeys: readonly string[];
  readonly signal: AbortSignal;
  /** Which of the sessions opened so far. */
  readonly session: number;
  /** Left out: every change was applied. */
  answer(outcomes?: readonly ApplyOutcome[]): void;
}

export interface SystemOptions {
  readonly connection?: Partial<ConnectionDefinition>;
  readonly serial?: ConnectorPackageDefinition['serial'];
  /** Whether the session of that number can take several changes at once; left out: every one. */
  readonly canTakeMany?: (session: number) => boolean;
  /** Answers each call after a turn of the event loop, so that the test has nothing to answer. */
  readonly answersAlone?: boolean;
}

export interface HeldSystem {
  readonly gateway: ReturnType<typeof connectorGateway>;
  readonly calls: HeldCall[];
  /** Calls on their way: now, and at most so far. */
  readonly width: { now: number; most: number };
  /** Sessions that were closed. */
  readonly closed: number[];
  write(key: string, signal?: AbortSignal, delta?: Partial<ResourceDelta>): Promise<ApplyOutcome>;
  /** Resolves when so many calls have come, and answers the sizes of all. */
  came(count: number): Promise<readonly number[]>;
  /** The configuration is read anew, with these changes to the connection. */
  reconfigure(changes: Partial<ConnectionDefinition>): void;
}

const account = (model: CompiledModel): EntityTypeDefinition => {
  const found = model.configuration.entityTypes.find(({ identifier }) => identifier === 'account');
  if (found === undefined) throw new Error('The model has no accounts.');
  return found;
};

export function openHeldSystem(options: SystemOptions = {}): HeldSystem {
  const calls: HeldCall[] = [];
  const closed: number[] = [];
  const width = { now: 0, most: 0 };
  let changes: Partial<ConnectionDefinition> = { package: 'held', settings: {}, ...options.connection };
  let model = modelOf('held', changes);
  let now = 0;
  const definition = heldPackage(options, calls, closed, width);
  const gateway = connectorGateway({
    models: { current: async () => model },
    load: async () => definition,
    settings: { dataFolder: '/nowhere', environment: () => undefined },
    digest: processEnvironment('UTC').digest,
    now: () => now,
  });
  let writes = 0;
  const write: HeldSystem['write'] = (key, signal = new AbortController().signal, delta = {}) =>
    gateway.apply(
      {
        connection: 'crm',
        entityType: account(model).identifier,
        idempotencyKey: `${key}-${(writes += 1)}`,
        delta: { kind: 'CREATE', key, scalars: [], links: [], ...delta },
      },
      signal,
    );
  return {
    gateway,
    calls,
    width,
    closed,
    write,
    came: async (count) => {
      await waitFor(() => calls.length >= count, { what: `${count} calls, of which ${calls.length} came` });
      return calls.map(({ keys }) => keys.length);
    },
    reconfigure: (more) => {
      changes = { ...changes, ...more };
      model = modelOf('held', changes);
      now += 10_000;
    },
  };
}

function heldPackage(
  { serial, canTakeMany = () => true, answersAlone = false }: SystemOptions,
  calls: HeldCall[],
  closed: number[],
  width: HeldSystem['width'],
): ConnectorPackageDefinition {
  const attributes = ['id', 'name', 'mail'].map((name) => ({ name, type: 'string' as const }));
  const hold = (how: HeldCall['how'], session: number, sent: readonly Sent[], signal: AbortSignal) => {
    width.now += 1;
    width.most = Math.max(width.most, width.now);
    return new Promise<readonly ApplyOutcome[]>((resolve) => {
      const keys = sent.map(({ delta }) => delta.key);
      const answer = (outcomes: readonly ApplyOutcome[] = keys.map((key) => ({ kind: 'applied', key }))): void => {
        width.now -= 1;
        resolve(outcomes);
      };
      const idempotencyKeys = sent.map(({ idempotencyKey }) => idempotencyKey);
      calls.push({ how, keys, idempotencyKeys, signal, session, answer });
      if (answersAlone) void turn().then(() => answer());
    });
  };
  const opened = { count: 0 };
  return defineConnector({
    name: 'held',
    version: '1.0.0',
    displayName: 'Held',
    capabilities: ['TEST', 'READ_ONE', 'EXPORT_COMPLETE', 'CREATE', 'UPDATE', 'DELETE'],
    settingsSchema: {
      type: 'object',
      additionalProperties: false,
      properties: { generation: { type: 'number', description: 'Anything.' } },
    },
    ...(serial === undefined ? {} : { serial }),
    open: async (): Promise<ConnectorSession> => {
      const session = (opened.count += 1);
      return {
        describe: async () => [{ name: 'account', keyAttribute: 'id', nameAttribute: 'name', attributes, links: [] }],
        check: async () => undefined,
        read: async () => null,
        list: async function* () {},
        apply: async (delta, { idempotencyKey, signal }) => {
          const [outcome] = await hold('apply', session, [{ delta, idempotencyKey }], signal);
          return outcome as ApplyOutcome;
        },
        ...(canTakeMany(session) ? { applyMany: (sent, { signal }) => hold('applyMany', session, sent, signal) } : {}),
        close: async () => void closed.push(session),
      };
    },
  });
}

interface Sent {
  readonly delta: Delta;
  readonly idempotencyKey: string;
}
