// What the cases stand on: an open session on an emptied target, deltas in one line, and outcome assertions.
// Owns no promise of the contract.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { callContext } from '../call.js';
import type {
  ApplyContext,
  ApplyOutcome,
  CallContext,
  ConnectorErrorCode,
  ConnectorSession,
  ConnectorSettings,
  Delta,
  ScalarValue,
  TargetObject,
} from '../contract.js';
import { ConnectorError } from '../failure.js';
import type { ConformanceCase, ConformanceTarget, Switch } from './target.js';

/** What a case gets: the target and a session on it. */
export interface Rig {
  readonly target: ConformanceTarget;
  readonly session: ConnectorSession;
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
export function caseOf(target: ConformanceTarget, name: string, run: (rig: Rig) => Promise<void>): ConformanceCase {
  return {
    name,
    run: async () => {
      await target.reset();
      await withSession(target, target.settings, (session) => run({ target, session }));
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
  return needed === undefined ? { name, skipped: reason, run: async () => undefined } : build(needed);
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

const nothing = { set: {}, add: {}, remove: {} } as const;

export function creation(objectType: string, key: string, set: Readonly<Record<string, ScalarValue>> = {}): Delta {
  return { ...nothing, kind: 'create', objectType, key, set };
}

export function update(objectType: string, key: string, set: Readonly<Record<string, ScalarValue>>): Delta {
  return { ...nothing, kind: 'update', objectType, key, set };
}

export function deletion(objectType: string, key: string): Delta {
  return { ...nothing, kind: 'delete', objectType, key };
}

export function linkAddition(objectType: string, key: string, link: string, members: readonly string[]): Delta {
  return { ...nothing, kind: 'update', objectType, key, add: { [link]: members } };
}

export function linkRemoval(objectType: string, key: string, link: string, members: readonly string[]): Delta {
  return { ...nothing, kind: 'update', objectType, key, remove: { [link]: members } };
}

/** Applies and demands one of the outcomes; answers the outcome. */
export async function expectOutcome(
  session: ConnectorSession,
  delta: Delta,
  kinds: readonly ApplyOutcome['kind'][],
  idempotencyKey?: string,
): Promise<ApplyOutcome> {
  const outcome = await session.apply(delta, writeContext(patienceMs, idempotencyKey));
  assertOutcome(outcome, kinds, `${delta.kind} of ${delta.key}`);
  return outcome;
}

export function assertOutcome(outcome: ApplyOutcome, kinds: readonly ApplyOutcome['kind'][], what: string): void {
  assert.ok(
    kinds.includes(outcome.kind),
    `the ${what} must answer ${kinds.join(' or ')}, not ${JSON.stringify(outcome)}`,
  );
}

/** Applies and demands a refusal with one of the codes. */
export async function expectRefusal(
  session: ConnectorSession,
  delta: Delta,
  codes: readonly ConnectorErrorCode[],
): Promise<void> {
  const outcome = await expectOutcome(session, delta, ['refused']);
  assert.ok(
    outcome.kind === 'refused' && codes.includes(outcome.failure.code),
    `the refusal must say ${codes.join(' or ')}: ${JSON.stringify(outcome)}`,
  );
  assert.notEqual(outcome.failure.message.trim(), '', 'a refusal must say why');
}

/** Runs a call that must fail with one of the codes; answers the error. */
export async function expectFailure(
  run: () => Promise<unknown>,
  codes: readonly ConnectorErrorCode[],
): Promise<ConnectorError> {
  const error = await run().then(
    (value) => assert.fail(`the call must fail with ${codes.join(' or ')}, but it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectorError)) throw error;
  assert.ok(
    codes.includes(error.failure.code),
    `the failure must be ${codes.join(' or ')}: ${error.failure.code} ${error.message}`,
  );
  assert.notEqual(error.message.trim(), '', 'a failure must say why');
  return error;
}

/** The row, which must exist. */
export async function expectRow(session: ConnectorSession, objectType: string, key: string): Promise<TargetObject> {
  const row = await session.read(objectType, key, context());
  assert.ok(row !== null, `${objectType} ${key} must exist`);
  return row;
}

/** All rows of a listing, which must end normally. */
export async function listAll(
  session: ConnectorSession,
  objectType: string,
  timeoutMs = patienceMs,
): Promise<readonly TargetObject[]> {
  const rows: TargetObject[] = [];
  for await (const page of session.list(objectType, context(timeoutMs))) rows.push(...page.objects);
  return rows;
}

/** Numbers 0 … count-1, mapped. */
export function times<T>(count: number, make: (n: number) => T): readonly T[] {
  return Array.from({ length: count }, (_unused, n) => make(n));
}
