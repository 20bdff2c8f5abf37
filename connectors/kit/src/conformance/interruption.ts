// Conformance: calls that end early. Aborted, overdue, answered by half or not at all, or asked to wait.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApplyOutcome, ConnectorErrorCode, Delta } from '../contract.js';
import { creation, deletion, update } from './delta.js';
import { assertOutcome, expectFailure, expectNames, expectOutcome, expectRow, listAll } from './expectation.js';
import {
  type CaseOptions,
  caseOf,
  caseWhen,
  context,
  during,
  patienceMs,
  type Rig,
  times,
  writeContext,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget, Switch } from './target.js';

/** Deadline of a call on a hanging system, and how much later it may answer, in milliseconds. */
const shortDeadlineMs = 400;
const latenessMs = 1_500;

const reads: CaseOptions = { needs: ['READ_ONE'] };
const lists: CaseOptions = { needs: ['EXPORT_COMPLETE'] };
const creates: CaseOptions = { needs: ['CREATE'] };
const createsAndReads: CaseOptions = { needs: ['CREATE', 'READ_ONE'] };

export function interruptionCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'does not start a read whose signal is aborted already', refusesAbortedRead, reads),
    caseOf(target, 'does not start a write whose signal is aborted already', refusesAbortedWrite, creates),
    caseOf(target, 'ends a listing when its signal is aborted', abortsListing, lists),
    ...hangCases(target),
    ...lostAnswerCases(target),
    halfAnswerCase(target),
    ...throttlingCases(target),
  ];
}

async function refusesAbortedRead({ target, session }: Rig): Promise<void> {
  const aborted = { ...context(), signal: AbortSignal.abort() };
  await expectFailure(() => session.read(target.objectType, target.key(1), aborted), ['TIMEOUT']);
}

async function refusesAbortedWrite(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const aborted = { ...writeContext(), signal: AbortSignal.abort() };
  assertOutcome(await session.apply(creation(target, target.key(1)), aborted), ['unreachable'], 'aborted write');
  await expectNames(rig, []);
}

async function abortsListing({ target, session }: Rig): Promise<void> {
  await target.outside.insert(times(3, (n) => ({ key: target.key(n), attributes: {} })));
  const controller = new AbortController();
  const list = async (): Promise<void> => {
    for await (const _page of session.list(target.objectType, { ...context(), signal: controller.signal }))
      controller.abort();
  };
  await expectFailure(list, ['TIMEOUT']);
}

function hangCases(target: ConformanceTarget): readonly ConformanceCase[] {
  const hang = target.hang;
  const readingHang = hang?.of === 'everything' ? hang : undefined;
  const why = 'the target cannot be made to hang';
  return [
    whenOn(
      target,
      readingHang,
      `${why} on reading`,
      'ends a read from a hanging system by its deadline, with TIMEOUT',
      readsInTime,
      reads,
    ),
    whenOn(
      target,
      readingHang,
      `${why} on reading`,
      'ends a listing of a hanging system by its deadline, with TIMEOUT',
      listsInTime,
      lists,
    ),
    whenOn(
      target,
      hang,
      why,
      'ends a write to a hanging system by its deadline, as not sent or unknown',
      writesInTime,
      creates,
    ),
    whenOn(target, hang, why, 'ends a write to a hanging system when its signal is aborted', abortsWrite, creates),
  ];
}

function whenOn<S extends Switch>(
  target: ConformanceTarget,
  state: S | undefined,
  reason: string,
  name: string,
  run: (rig: Rig, state: S) => Promise<void>,
  options: CaseOptions,
): ConformanceCase {
  return caseWhen(state, reason, (found) => caseOf(target, name, (rig) => run(rig, found), options), name);
}

async function timed<T>(run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await run();
  const elapsed = performance.now() - started;
  assert.ok(
    elapsed < shortDeadlineMs + latenessMs,
    `the call must end by its deadline of ${shortDeadlineMs} ms, it took ${Math.round(elapsed)} ms`,
  );
  return result;
}

async function readsInTime({ target, session }: Rig, hang: Switch): Promise<void> {
  const read = () => session.read(target.objectType, target.key(1), context(shortDeadlineMs));
  await session.check(context());
  await during(hang, () => timed(() => expectFailure(read, ['TIMEOUT'])));
  assert.equal(await session.read(target.objectType, target.key(1), context()), null, 'the session must serve again');
}

async function listsInTime({ target, session }: Rig, hang: Switch): Promise<void> {
  await session.check(context());
  await during(hang, () =>
    timed(() => expectFailure(() => listAll(session, target.objectType, shortDeadlineMs), ['TIMEOUT'])),
  );
  assert.deepEqual(await listAll(session, target.objectType), [], 'the session must serve again');
}

async function writesInTime(rig: Rig, hang: Switch): Promise<void> {
  await rig.session.check(context());
  const delta = creation(rig.target, rig.target.key(1));
  const outcome = await during(hang, () => timed(() => rig.session.apply(delta, writeContext(shortDeadlineMs))));
  await assertInterrupted(rig, outcome);
}

async function abortsWrite(rig: Rig, hang: Switch): Promise<void> {
  await rig.session.check(context());
  const delta = creation(rig.target, rig.target.key(1));
  const signal = AbortSignal.timeout(shortDeadlineMs);
  const aborted = { ...writeContext(shortDeadlineMs + 2 * latenessMs), signal };
  const outcome = await during(hang, () => timed(() => rig.session.apply(delta, aborted)));
  await assertInterrupted(rig, outcome);
}

// «Not sent» is a promise: the row must not be there. Afterwards the same session must serve again.
async function assertInterrupted(rig: Rig, outcome: ApplyOutcome): Promise<void> {
  const { target, session } = rig;
  assertOutcome(outcome, ['unreachable', 'unknown'], 'interrupted write');
  if (outcome.kind === 'unreachable') {
    assert.equal(outcome.failure.code, 'TIMEOUT');
    await expectNames(rig, []);
  }
  await expectOutcome(session, creation(target, target.key(1)), ['applied', 'alreadySo']);
}

function lostAnswerCases(target: ConformanceTarget): readonly ConformanceCase[] {
  const { lostAnswer } = target;
  const why = 'the answer to a write cannot be lost on the way';
  const changes: CaseOptions = { needs: ['CREATE', 'UPDATE', 'DELETE', 'READ_ONE'] };
  return [
    whenOn(
      target,
      lostAnswer,
      why,
      'answers unknown when the answer to a write is lost, and a read then shows the effect',
      losesCreation,
      createsAndReads,
    ),
    whenOn(
      target,
      lostAnswer,
      why,
      'answers unknown when the answer to an update or a deletion is lost, and repeats it safely',
      losesChanges,
      changes,
    ),
  ];
}

async function losesCreation(rig: Rig, lost: Switch): Promise<void> {
  const { target, session } = rig;
  const delta = creation(target, target.key(1), { [target.attributes[0]]: 'x' });
  await session.check(context());
  await losesAndRepeats(rig, lost, delta, async () => {
    const { attributes } = await expectRow(session, target.objectType, target.key(1));
    assert.equal(attributes[target.attributes[0]], 'x');
  });
  await expectNames(rig, [target.key(1)]);
}

async function losesChanges(rig: Rig, lost: Switch): Promise<void> {
  const { target, session } = rig;
  const [one] = target.attributes;
  await expectOutcome(session, creation(target, target.key(1), { [one]: 'first' }), ['applied']);
  await losesAndRepeats(rig, lost, update(target.objectType, target.key(1), { [one]: 'changed' }), async () => {
    assert.equal((await expectRow(session, target.objectType, target.key(1))).attributes[one], 'changed');
  });
  await losesAndRepeats(rig, lost, deletion(target.objectType, target.key(1)), () => expectNames(rig, []));
}

async function losesAndRepeats(
  { session }: Rig,
  lost: Switch,
  delta: Delta,
  expectEffect: () => Promise<void>,
): Promise<void> {
  const interrupted = writeContext(patienceMs);
  const outcome = await during(lost, () => session.apply(delta, interrupted));
  assertOutcome(outcome, ['unknown'], `${delta.kind} whose answer was lost`);
  await expectEffect();
  await expectOutcome(session, delta, ['applied', 'alreadySo'], interrupted.idempotencyKey);
  await expectEffect();
}

// Half an answer is none: neither a row without the rest of its values nor «there is no such row».
const halfCodes: readonly ConnectorErrorCode[] = ['UNREACHABLE', 'TIMEOUT', 'OUTCOME_UNKNOWN', 'INVALID_VALUE'];

function halfAnswerCase(target: ConformanceTarget): ConformanceCase {
  const name = 'fails a read whose answer breaks off in its middle, and reads the whole row afterwards';
  const run = async ({ session }: Rig, half: Switch): Promise<void> => {
    const read = () => session.read(target.objectType, target.key(1), context());
    await target.outside.insert([{ key: target.key(1), attributes: { [target.attributes[0]]: 'whole' } }]);
    const before = await read();
    await during(half, () => expectFailure(read, halfCodes));
    assert.deepEqual(await read(), before);
  };
  return whenOn(target, target.halfAnswer, 'answers of the target cannot be broken off', name, run, reads);
}

function throttlingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  const why = 'the target never says that it is asked too often';
  return [
    whenOn(
      target,
      target.throttling,
      why,
      'answers throttled with the time to wait, nothing applied, and works afterwards',
      waitsToWrite,
      creates,
    ),
    whenOn(target, target.throttling, why, 'says RATE_LIMITED with the time to wait on a read', waitsToRead, reads),
  ];
}

type Throttling = NonNullable<ConformanceTarget['throttling']>;

async function waitsToWrite(rig: Rig, throttling: Throttling): Promise<void> {
  const { target, session } = rig;
  const delta = creation(target, target.key(1));
  const outcome = await during(throttling, () => session.apply(delta, writeContext()));
  assertOutcome(outcome, ['throttled'], 'write that comes too often');
  assert.equal(outcome.kind === 'throttled' ? outcome.retryAfterMs : null, throttling.retryAfterMs);
  await expectSeveralWait(rig, throttling);
  await expectNames(rig, []);
  await expectOutcome(session, delta, ['applied']);
}

// What was not sent has to say so, or else it is read back, or given up, in vain.
async function expectSeveralWait({ target, session }: Rig, throttling: Throttling): Promise<void> {
  const applyMany = session.applyMany?.bind(session);
  if (applyMany === undefined) return;
  const deltas = times(3, (n) => ({ delta: creation(target, target.key(n + 1)), idempotencyKey: randomUUID() }));
  const outcomes = await during(throttling, () => applyMany(deltas, context(patienceMs)));
  assert.equal(outcomes.length, deltas.length);
  for (const outcome of outcomes) assertOutcome(outcome, ['throttled', 'unreachable'], 'one of several writes');
  assert.equal(outcomes[0]?.kind, 'throttled');
}

async function waitsToRead({ target, session }: Rig, throttling: Throttling): Promise<void> {
  const read = () => session.read(target.objectType, target.key(1), context());
  const { failure } = await during(throttling, () => expectFailure(read, ['RATE_LIMITED']));
  assert.equal(failure.retryAfterMs, throttling.retryAfterMs);
  assert.equal(await read(), null, 'the session must serve again');
}
