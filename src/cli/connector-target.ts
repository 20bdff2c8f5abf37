// A company's own system as the conformance suite wants it: everything is done through the package itself, by a second
// session, in a place that must be empty before. Owns that nothing else is ever touched.
import { randomUUID } from 'node:crypto';
import {
  callContext,
  type ConformanceTarget,
  type ConnectorPackageDefinition,
  type ConnectorSession,
  type Delta,
  type NetworkFault,
  type ObjectTypeDescription,
  type ScalarValue,
  secretSettings,
  startFaultProxy,
  type Switch,
  type TargetObject,
} from '@joinery/connector-kit';
import { z } from 'zod';
import { exitCodes, Failure } from './exit.js';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const keyPattern = z.string().includes('{n}', { message: 'must hold {n}, which stands for a number' });

/** The part `test` of the settings file. */
export const testPlan = z.strictObject({
  objectType: z.string(),
  /** Two optional, writable texts. */
  attributes: z.tuple([z.string(), z.string()]),
  key: keyPattern.default('joinery{n}'),
  required: z.record(z.string(), scalar).default({}),
  rename: z.string().optional(),
  readOnlyAttribute: z.string().optional(),
  link: z
    .strictObject({
      name: z.string(),
      member: z.strictObject({
        objectType: z.string(),
        key: keyPattern.default('joinerym{n}'),
        set: z.record(z.string(), scalar).default({}),
      }),
    })
    .optional(),
  /** Texts of the suite that the system cannot hold in attributes or keys, each with the reason. */
  unsupportedText: z.array(z.strictObject({ text: z.string(), reason: z.string() })).default([]),
  /** Puts a network that can fail before `settings.host` and `settings.port`. */
  failingNetwork: z.boolean().default(false),
});
export type TestPlan = z.infer<typeof testPlan>;

export interface OwnSystem {
  readonly target: ConformanceTarget;
  close(): Promise<void>;
}

const patienceMs = 60_000;
const atOnce = 8;

/** Throws Failure when the place of the test is not empty: the suite empties it before each case. */
export async function ownSystem(
  connector: ConnectorPackageDefinition,
  settings: Readonly<Record<string, unknown>>,
  plan: TestPlan,
): Promise<OwnSystem> {
  const session = await connector.open(settings);
  const hands = await handsOn(session, plan);
  await hands.assertEmpty();
  const network = plan.failingNetwork ? await failingNetwork(settings) : null;
  const secrets = secretSettings(connector.settingsSchema).filter((name) => typeof settings[name] === 'string');
  const reached = { ...settings, ...network?.settings };
  const target: ConformanceTarget = {
    connector,
    settings: reached,
    objectType: plan.objectType,
    attributes: plan.attributes,
    required: plan.required,
    key: hands.key,
    reset: hands.reset,
    outside: { insert: hands.insert, keys: hands.names },
    ...(connector.capabilities.includes('EXPORT_INCREMENTAL') ? { incremental: hands.incremental } : {}),
    ...(hands.described.disabling === undefined ? {} : { disabling: { isDisabled: hands.isDisabled } }),
    cannotShow: notShown(hands.described),
    unsupportedText: plan.unsupportedText,
    ...(plan.link === undefined ? {} : { link: hands.link(plan.link) }),
    ...(plan.rename === undefined ? {} : { rename: { attribute: plan.rename, value: (n) => hands.key(900_000 + n) } }),
    ...(plan.readOnlyAttribute === undefined ? {} : { readOnlyAttribute: plan.readOnlyAttribute }),
    ...(secrets.length === 0
      ? {}
      : {
          wrongCredentials: {
            ...reached,
            ...Object.fromEntries(secrets.map((name) => [name, `wrong-${randomUUID()}`])),
          },
        }),
    ...network?.switches,
  };
  return {
    target,
    close: async () => {
      await hands.reset();
      await session.close();
      await network?.close();
    },
  };
}

/** What a package may be able to, and these settings do not ask for, or this command cannot see. */
function notShown({ disabling, passwordAttribute }: ObjectTypeDescription): ConformanceTarget['cannotShow'] {
  return {
    ...(disabling === undefined ? { DISABLE: 'the settings name nothing that disables a row' } : {}),
    RESET_PASSWORD:
      passwordAttribute === undefined
        ? 'the settings name no attribute that is the password'
        : 'whether a password is accepted cannot be seen through the package alone',
  };
}

async function failingNetwork({ host, port }: Readonly<Record<string, unknown>>) {
  if (typeof host !== 'string' || typeof port !== 'number')
    throw new Failure(exitCodes.usage, 'failingNetwork needs the settings host and port of the connection.');
  const proxy = await startFaultProxy({ host, port });
  const during = (fault: NetworkFault): Switch => ({
    start: async () => proxy.set(fault),
    stop: async () => proxy.set({}),
  });
  return {
    settings: { host: '127.0.0.1', port: proxy.port },
    switches: {
      outage: during({ down: true }),
      hang: { ...during({ silent: true }), of: 'everything' as const },
      brokenListing: during({ cutAfterBytes: 40_000 }),
    },
    close: () => proxy.close(),
  };
}

type Values = Readonly<Record<string, ScalarValue>>;

/** What the test does to the system, through its own session. */
async function handsOn(session: ConnectorSession, plan: TestPlan) {
  const described = await typeOf(session, plan.objectType);
  const nameOf = ({ key, attributes }: TargetObject): string =>
    described.nameAttribute === undefined ? key : String(attributes[described.nameAttribute]);
  const { objectType } = plan;
  const members = memberHands(session, plan);
  return {
    described,
    key: (n: number): string => plan.key.replace('{n}', String(n).padStart(6, '0')),
    names: async () => (await all(session, objectType)).map(nameOf).sort(),
    assertEmpty: async () => {
      const [first] = await all(session, objectType);
      if (first !== undefined) throw notEmpty(objectType, first.key);
    },
    reset: async () => {
      await remove(session, objectType, await all(session, objectType));
      await members.reset();
    },
    insert: (list: readonly { readonly key: string; readonly attributes: Values }[]) =>
      inBatches(list, async ({ key, attributes }) => {
        const set = { ...plan.required, ...withoutNull(attributes) };
        await applied(session, { kind: 'create', objectType, key, set });
      }),
    incremental: {
      change: async (key: string, set: Values) =>
        void (await applied(session, { kind: 'update', objectType, key, set })),
      remove: async (key: string) => void (await applied(session, { kind: 'delete', objectType, key })),
      corruptCookies: ['', 'nonsense'],
    },
    isDisabled: async (key: string) => {
      const row = await session.read(objectType, key, callContext(patienceMs));
      const { attribute, disabledValue } = described.disabling ?? { attribute: '', disabledValue: null };
      return row?.attributes[attribute] === disabledValue;
    },
    link: members.link,
  };
}

async function typeOf(session: ConnectorSession, name: string): Promise<ObjectTypeDescription> {
  const types = await session.describe(callContext(patienceMs));
  const described = types.find((type) => type.name === name);
  if (described !== undefined) return described;
  const known = types.map((type) => type.name).join(', ');
  throw new Failure(exitCodes.usage, `There is no object type «${name}»; there are ${known}.`);
}

/** Rows that can be members of a link: made when a case needs them, taken away again. */
function memberHands(session: ConnectorSession, { objectType, link }: TestPlan) {
  const keys = new Map<number, string>();
  const change = (delta: Pick<Delta, 'key'> & Partial<Delta>) =>
    applied(session, { kind: 'update', objectType, ...delta });
  return {
    reset: async () => {
      if (link !== undefined && link.member.objectType !== objectType) {
        const rows = await all(session, link.member.objectType);
        const made = new Set(keys.values());
        await remove(
          session,
          link.member.objectType,
          rows.filter(({ key }) => made.has(key)),
        );
      }
      keys.clear();
    },
    link: ({ name, member }: NonNullable<TestPlan['link']>): NonNullable<ConformanceTarget['link']> => ({
      objectType,
      name,
      memberKey: (n) => keys.get(n) ?? member.key.replace('{n}', String(n)),
      prepare: async (count) => {
        const missing = Array.from({ length: count }, (_unused, n) => n).filter((n) => !keys.has(n));
        await inBatches(missing, async (n) => {
          const key = member.key.replace('{n}', String(n));
          const made = await applied(session, { kind: 'create', objectType: member.objectType, key, set: member.set });
          keys.set(n, made);
        });
      },
      addFromOutside: async (key, added) => void (await change({ key, add: { [name]: [added] } })),
      removeFromOutside: async (key, gone) => void (await change({ key, remove: { [name]: [gone] } })),
    }),
  };
}

const withoutNull = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

const notEmpty = (objectType: string, key: string): Failure =>
  new Failure(
    exitCodes.refused,
    `There are rows of ${objectType} already, for example ${JSON.stringify(key)}. The suite empties what it tests: let the settings lead to an empty place of its own (an OU, a table, a folder).`,
  );

async function all(session: ConnectorSession, objectType: string): Promise<readonly TargetObject[]> {
  const rows: TargetObject[] = [];
  for await (const { objects } of session.list(objectType, callContext(patienceMs * 5))) rows.push(...objects);
  return rows;
}

async function applied(
  session: ConnectorSession,
  delta: Partial<Delta> & Pick<Delta, 'kind' | 'objectType' | 'key'>,
): Promise<string> {
  const whole: Delta = { set: {}, add: {}, remove: {}, ...delta };
  const outcome = await session.apply(whole, { ...callContext(patienceMs), idempotencyKey: randomUUID() });
  if ('key' in outcome) return outcome.key;
  throw new Failure(
    exitCodes.failure,
    `The test itself could not ${delta.kind} ${delta.key}: ${outcome.failure.message}`,
  );
}

const remove = (session: ConnectorSession, objectType: string, rows: readonly TargetObject[]): Promise<void> =>
  inBatches(rows, async ({ key }) => {
    await applied(session, { kind: 'delete', objectType, key });
  });

async function inBatches<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce)
    await Promise.all(items.slice(start, start + atOnce).map(act));
}
