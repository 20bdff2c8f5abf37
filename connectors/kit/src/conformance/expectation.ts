// What the cases demand of outcomes, failures and rows, with messages that say what was expected.
import assert from 'node:assert/strict';
import type { ApplyOutcome, ConnectorErrorCode, ConnectorSession, Delta, TargetObject } from '../contract.js';
import { ConnectorError } from '../failure.js';
import { context, patienceMs, type Rig, writeContext } from './rig.js';

type OutcomeKind = ApplyOutcome['kind'];

/** Applies and demands one of the outcomes; answers the outcome. */
export async function expectOutcome(
  session: ConnectorSession,
  delta: Delta,
  kinds: readonly OutcomeKind[],
  idempotencyKey?: string,
): Promise<ApplyOutcome> {
  const outcome = await session.apply(delta, writeContext(patienceMs, idempotencyKey));
  assertOutcome(outcome, kinds, `${delta.kind} of ${delta.key}`);
  return outcome;
}

export function assertOutcome(outcome: ApplyOutcome, kinds: readonly OutcomeKind[], what: string): void {
  assert.ok(
    kinds.includes(outcome.kind),
    `the ${what} must answer ${kinds.join(' or ')}, not ${JSON.stringify(outcome)}`,
  );
}

/** Applies, demands that the change is applied or was so already, and answers the row's key as the outcome tells it. */
export async function expectKey(
  session: ConnectorSession,
  delta: Delta,
  kinds: readonly OutcomeKind[] = ['applied'],
): Promise<string> {
  const outcome = await expectOutcome(session, delta, kinds);
  assert.ok('key' in outcome && outcome.key !== '', `the outcome must name the key: ${JSON.stringify(outcome)}`);
  return outcome.key;
}

/** Applies and demands a refusal with one of the codes; answers what the refusal says. */
export async function expectRefusal(
  session: ConnectorSession,
  delta: Delta,
  codes: readonly ConnectorErrorCode[],
): Promise<string> {
  const outcome = await expectOutcome(session, delta, ['refused']);
  assert.ok(
    outcome.kind === 'refused' && codes.includes(outcome.failure.code),
    `the refusal must say ${codes.join(' or ')}: ${JSON.stringify(outcome)}`,
  );
  assert.notEqual(outcome.failure.message.trim(), '', 'a refusal must say why');
  return JSON.stringify(outcome.failure);
}

/** Runs a call that must fail, with one of the codes when there are any; answers the error. */
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

/** Demands that exactly these rows are there, each once, asking the managed system itself. */
export async function expectNames({ target }: Pick<Rig, 'target'>, names: readonly string[]): Promise<void> {
  assertSameNames(await target.outside.keys(), names, 'be there');
}

export function assertSameNames(actual: readonly string[], expected: readonly string[], what: string): void {
  assert.equal(new Set(actual).size, actual.length, `each row must ${what} once`);
  assert.deepEqual([...actual].sort(), [...expected].sort(), `exactly the expected rows must ${what}`);
}
