// Sessions on managed systems: who may close one, and when. The memory package, with its openings and closings counted.
import { randomUUID } from 'node:crypto';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { afterEach, expect, test } from '@jest/globals';
import { memoryTarget } from '@joinery/connector-memory';
import { connectorGateway } from '../../src/adapters/connector.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import type { TargetWrite } from '../../src/steps/ports/connector.js';
import { modelOf } from '../support/execution-world.js';
import { waitFor } from '../support/wait-for.js';

const store = randomUUID();
const target = memoryTarget(store);
const objectTypes = [
  {
    name: 'account',
    key: 'id',
    attributes: [{ name: 'name' }, { name: 'mail' }],
    links: [{ name: 'groups', targetObjectType: 'group' }],
  },
];
const count = { opened: 0, closed: 0, cutOff: 0 };
const model = modelOf(store, {
  settings: { store, objectTypes, checkLinks: false },
  deadlineSeconds: 0.2,
  concurrency: 8,
});
const gateway = connectorGateway({
  models: { current: async () => model },
  load: async (name) => {
    const real = await loadConnectorPackage(name);
    return {
      ...real,
      open: async (settings) => {
        count.opened += 1;
        const session = await real.open(settings);
        let isClosed = false;
        return {
          ...session,
          apply: async (delta, context) => {
            const outcome = await session.apply(delta, context);
            if (isClosed) count.cutOff += 1;
            return outcome;
          },
          close: async () => {
            isClosed = true;
            count.closed += 1;
            await session.close();
          },
        };
      },
    };
  },
  settings: { dataFolder: '/nowhere', environment: () => undefined },
  digest: processEnvironment('UTC').digest,
  now: () => 0,
});
afterEach(async () => {
  await gateway.close();
  target.reset();
  Object.assign(count, { opened: 0, closed: 0, cutOff: 0 });
});

const never = new AbortController().signal;
const write = (key: string): TargetWrite => ({
  connection: 'crm',
  entityType: 'account',
  idempotencyKey: randomUUID(),
  lane: 2,
  delta: { kind: 'CREATE', key, scalars: [], links: [] },
});
const apply = async (key: string): Promise<string> => (await gateway.apply(write(key), never)).kind;

test('a session whose way was lost is closed once its last call has left, and calls on it end well', async () => {
  await gateway.check('crm');
  target.plan({ kind: 'slow', ms: 60 }, { of: 'writes' });
  const slow = apply('a');
  await gateway.check('crm');
  target.plan({ kind: 'unreachable' }, { of: 'writes' });
  expect(await apply('b')).toBe('unreachable');
  expect(await slow).toBe('applied');
  await waitFor(async () => count.closed === 1, { what: 'the closing' });
  expect(await apply('c')).toBe('applied');
  expect(count).toEqual({ opened: 2, closed: 1, cutOff: 0 });
});

test('the late failure of a session that was replaced leaves its successor alone', async () => {
  await gateway.check('crm');
  target.plan({ kind: 'hang' }, { of: 'writes' });
  const late = apply('a');
  await gateway.check('crm');
  target.plan({ kind: 'unreachable' }, { of: 'writes' });
  await apply('b');
  expect(await apply('c')).toBe('applied');
  expect(await late).toBe('unknown');
  expect(await apply('d')).toBe('applied');
  expect(count).toEqual({ opened: 2, closed: 1, cutOff: 0 });
});

test('a lock that was not had is the answer of a system that is there: its session stays', async () => {
  target.plan({ kind: 'refused', code: 'TIMEOUT', targetCode: '55P03' });
  expect(await apply('a')).toBe('unreachable');
  expect(await apply('b')).toBe('applied');
  expect(count).toEqual({ opened: 1, closed: 0, cutOff: 0 });
});

test('control: a time-out without any answer costs the session', async () => {
  target.plan({ kind: 'refused', code: 'TIMEOUT' });
  expect(await apply('a')).toBe('unreachable');
  expect(await apply('b')).toBe('applied');
  expect(count).toEqual({ opened: 2, closed: 1, cutOff: 0 });
});
