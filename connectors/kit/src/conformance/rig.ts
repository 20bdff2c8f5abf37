// What the cases stand on: an open session on an emptied target, and what makes a case skipped.
// Owns no promise of the contract; deltas and expectations are beside it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { callContext } from '../call.js';
import type {
  ApplyContext,
  CallContext,
  ConnectorCapability,
  ConnectorSession,
  ConnectorSettings,
  ObjectTypeDescription,
  TargetObject,
} from '../contract.js';
import type { ConformanceCase, ConformanceTarget, Switch } from './target.js';

/** What a case gets: the target, a session on it, and what that describes. */
export interface Rig {
  readonly target: ConformanceTarget;
  readonly session: ConnectorSession;
  readonly types: readonly ObjectTypeDescription[];
}

/** What a case needs of the package, and whether it takes seconds on a real system. */
export interface CaseOptions {
  readonly needs?: readonly ConnectorCapability[];
  readonly isSlow?: boolean;
}

/** How long an ordinary call of a case may take, in milliseconds. */
export const patienceMs = 20_000;

export function context(timeoutMs = patienceMs): CallContext {
  return callContext(timeoutMs);
}

export function writeContext(timeoutMs = patienceMs, idempotencyKey: string = randomUUID()): ApplyContext {
  return { ...callContext(timeoutMs), idempotencyKey };
}

/** A case on a freshly emptied target with an open session, closed afterwards whatever happens. */
export function caseOf(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig) => Promise<void>,
  { needs = [], isSlow = false }: CaseOptions = {},
): ConformanceCase {
  const lack = needs.map((capability) => lackOf(target, capability)).find((reason) => reason !== undefined);
  if (lack !== undefined) return skippedCase(name, lack);
  return {
    name,
    ...(isSlow ? { isSlow } : {}),
    run: async () => {
      await target.reset();
      const types = await describedTypes(target);
      await withSession(target, target.settings, (session) => run({ target, session, types }));
    },
  };
}

/** The case when the target has what it needs, else the same case marked as skipped with the reason. */
export function caseWhen<T>(
  needed: T | undefined,
  reason: string,
  build: (thing: T) => ConformanceCase,
  name: string,
): ConformanceCase {
  return needed === undefined ? skippedCase(name, reason) : build(needed);
}

export function skippedCase(name: string, skipped: string): ConformanceCase {
  return { name, skipped, run: async () => undefined };
}

/** Why the target cannot show this capability, or undefined when it can. */
export function lackOf(target: ConformanceTarget, capability: ConnectorCapability): string | undefined {
  const reason = target.cannotShow?.[capability];
  if (reason !== undefined) return reason;
  return target.connector.capabilities.includes(capability) ? undefined : `the package has no ${capability}`;
}

// The description is asked once a target, so that the session of a case is as fresh as it looks.
const described = new WeakMap<ConformanceTarget, readonly ObjectTypeDescription[]>();

async function describedTypes(target: ConformanceTarget): Promise<readonly ObjectTypeDescription[]> {
  const known = described.get(target);
  if (known !== undefined) return known;
  const types = await withSession(target, target.settings, (session) => session.describe(context()));
  described.set(target, types);
  return types;
}

/** The description of an object type, which must be there. */
export function typeNamed({ types }: Pick<Rig, 'types'>, objectType: string): ObjectTypeDescription {
  const found = types.find((type) => type.name === objectType);
  assert.ok(found !== undefined, `${objectType} must be described`);
  return found;
}

/** What the test calls a row: its key, or its name where the managed system gives keys. */
export function nameOf(rig: Pick<Rig, 'types'>, row: TargetObject): string {
  const { nameAttribute } = typeNamed(rig, row.objectType);
  return nameAttribute === undefined ? row.key : String(row.attributes[nameAttribute]);
}

export async function withSession<T>(
  target: ConformanceTarget,
  settings: ConnectorSettings,
  use: (session: ConnectorSession) => Promise<T>,
): Promise<T> {
  const session = await target.connector.open(settings);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

export async function during<T>(state: Switch, run: () => Promise<T>): Promise<T> {
  await state.start();
  try {
    return await run();
  } finally {
    await state.stop();
  }
}

/** Numbers 0 … count-1, mapped. */
export function times<T>(count: number, make: (n: number) => T): readonly T[] {
  return Array.from({ length: count }, (_unused, n) => make(n));
}
