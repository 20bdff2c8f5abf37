// Conformance: dead, slow and half-answering systems, refused credentials, and secrets in errors.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ApplyOutcome, ConnectorSession } from '../contract.js';
import { secretSettings } from '../settings.js';
import {
  assertOutcome,
  caseOf,
  caseWhen,
  context,
  creation,
  during,
  expectFailure,
  expectOutcome,
  expectRow,
  listAll,
  patienceMs,
  type Rig,
  times,
  withSession,
  writeContext,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget, Switch } from './target.js';

/** Deadline of a call on a hanging system, and how much later it may answer, in milliseconds. */
const shortDeadlineMs = 400;
const latenessMs = 1_500;

export function failingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    outageCase(target, 'says UNREACHABLE on a check of a dead system', ({ session }) => session.check(context())),
    outageCase(target, 'says UNREACHABLE on a read from a dead system', ({ session }) =>
      session.read(target.objectType, target.key(1), context()),
    ),
    outageCase(target, 'says UNREACHABLE on a listing of a dead system', ({ session }) =>
      listAll(session, target.objectType),
    ),
    whenOutage(target, 'answers unreachable for a write to a dead system, and works again when it is back', recovers),
    whenCredentials(target, 'says UNAUTHENTICATED on a check with refused credentials', async (session) => {
      await expectFailure(() => session.check(context()), ['UNAUTHENTICATED']);
    }),
    whenCredentials(
      target,
      'answers UNAUTHENTICATED, nothing applied, for a write with refused credentials',
      writesWithoutCredentials,
    ),
    secretCase(target),
    caseOf(target, 'does not start a call whose signal is aborted already', refusesAborted),
    caseOf(target, 'ends a listing when its signal is aborted', abortsListing),
    hangCase(target, 'ends a read from a hanging system by its deadline, with TIMEOUT', readsInTime, 'everything'),
    hangCase(
      target,
      'ends a write to a hanging system by its deadline, as not sent or unknown',
      writesInTime,
      'writes',
    ),
    hangCase(target, 'ends a write to a hanging system when its signal is aborted', abortsWrite, 'writes'),
    lostAnswerCase(target),
  ];
}

function outageCase(target: ConformanceTarget, name: string, call: (rig: Rig) => Promise<unknown>): ConformanceCase {
  return whenOutage(target, name, async (rig, outage) => {
    await during(outage, () => expectFailure(() => call(rig), ['UNREACHABLE']));
  });
}

function whenOutage(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, outage: Switch) => Promise<void>,
): ConformanceCase {
  return caseWhen(
    target.outage,
    'the target cannot be made unreachable',
    (outage) => caseOf(target, name, (rig) => run(rig, outage)),
    name,
  );
}

async function recovers({ target, session }: Rig, outage: Switch): Promise<void> {
  const delta = creation(target.objectType, target.key(1), { [target.attributes[0]]: 'x' });
  await session.check(context());
  await during(outage, async () => {
    const outcome = await expectOutcome(session, delta, ['unreachable']);
    assert.ok(
      'failure' in outcome && outcome.failure.code === 'UNREACHABLE',
      `the outcome must say UNREACHABLE: ${JSON.stringify(outcome)}`,
    );
  });
  assert.deepEqual(await target.outside.keys(), []);
  await expectOutcome(session, delta, ['applied']);
}

function whenCredentials(
  target: ConformanceTarget,
  name: string,
  run: (session: ConnectorSession, target: ConformanceTarget) => Promise<void>,
): ConformanceCase {
  return caseWhen(
    target.wrongCredentials,
    'the target has no credentials',
    (settings) => ({
      name,
      run: async () => {
        await target.reset();
        await withSession(target, settings, (session) => run(session, target));
      },
    }),
    name,
  );
}

async function writesWithoutCredentials(session: ConnectorSession, target: ConformanceTarget): Promise<void> {
  const outcome = await expectOutcome(session, creation(target.objectType, target.key(1)), ['unreachable', 'refused']);
  assert.ok('failure' in outcome && outcome.failure.code === 'UNAUTHENTICATED', JSON.stringify(outcome));
  assert.deepEqual(await target.outside.keys(), []);
}

function secretCase(target: ConformanceTarget): ConformanceCase {
  const name = 'never tells a secret in an error';
  return caseWhen(
    target.wrongCredentials,
    'the target has no credentials',
    (settings) => ({ name, run: () => keepsSecrets(target, settings) }),
    name,
  );
}

async function keepsSecrets(target: ConformanceTarget, wrong: ConformanceTarget['settings']): Promise<void> {
  await target.reset();
  for (const settings of [wrong, target.settings]) {
    const secrets = secretSettings(target.connector.settingsSchema).flatMap((name) =>
      typeof settings[name] === 'string' ? [settings[name]] : [],
    );
    assert.ok(secrets.length > 0, 'settings with credentials must hold a secret setting');
    const shown = await withSession(target, settings, (session) => whatErrorsShow(target, session));
    for (const secret of secrets) assert.ok(!shown.includes(secret), `an error tells a secret: ${shown}`);
  }
}

async function whatErrorsShow(target: ConformanceTarget, session: ConnectorSession): Promise<string> {
  const key = target.key(1);
  const provoke = async (): Promise<readonly unknown[]> => [
    await session.check(context()).catch((error: unknown) => error),
    await session.read(target.objectType, key, context()).catch((error: unknown) => error),
    await listAll(session, target.objectType).catch((error: unknown) => error),
    await session.apply(creation(target.objectType, key), writeContext()),
  ];
  const shown = await provoke();
  const shownDuringOutage = target.outage === undefined ? [] : await during(target.outage, provoke);
  return inspect([...shown, ...shownDuringOutage], { depth: 8, showHidden: true });
}

async function refusesAborted({ target, session }: Rig): Promise<void> {
  const aborted = { ...writeContext(), signal: AbortSignal.abort() };
  await expectFailure(() => session.read(target.objectType, target.key(1), aborted), ['TIMEOUT']);
  assertOutcome(
    await session.apply(creation(target.objectType, target.key(1)), aborted),
    ['unreachable'],
    'aborted write',
  );
  assert.deepEqual(await target.outside.keys(), [], 'an aborted write must not be applied');
}

async function abortsListing({ target, session }: Rig): Promise<void> {
  await target.outside.insert(times(2_500, (n) => ({ key: target.key(n), attributes: {} })));
  const controller = new AbortController();
  const list = async (): Promise<void> => {
    for await (const _page of session.list(target.objectType, { ...context(), signal: controller.signal }))
      controller.abort();
  };
  await expectFailure(list, ['TIMEOUT']);
}

function hangCase(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, hang: Switch) => Promise<void>,
  needs: 'everything' | 'writes',
): ConformanceCase {
  const hang = needs === 'everything' && target.hang?.of === 'writes' ? undefined : target.hang;
  return caseWhen(
    hang,
    `the target cannot be made to hang${needs === 'everything' ? ' on reading' : ''}`,
    (found) => caseOf(target, name, (rig) => run(rig, found)),
    name,
  );
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
  await session.check(context());
  await during(hang, () =>
    timed(() =>
      expectFailure(() => session.read(target.objectType, target.key(1), context(shortDeadlineMs)), ['TIMEOUT']),
    ),
  );
}

async function writesInTime(rig: Rig, hang: Switch): Promise<void> {
  await rig.session.check(context());
  const delta = creation(rig.target.objectType, rig.target.key(1));
  const outcome = await during(hang, () => timed(() => rig.session.apply(delta, writeContext(shortDeadlineMs))));
  await assertInterrupted(rig, outcome);
}

async function abortsWrite(rig: Rig, hang: Switch): Promise<void> {
  await rig.session.check(context());
  const delta = creation(rig.target.objectType, rig.target.key(1));
  const signal = AbortSignal.timeout(shortDeadlineMs);
  const outcome = await during(hang, () => timed(() => rig.session.apply(delta, { ...writeContext(), signal })));
  await assertInterrupted(rig, outcome);
}

// «Not sent» is a promise: the row must not be there. Afterwards the same session must serve again.
async function assertInterrupted({ target, session }: Rig, outcome: ApplyOutcome): Promise<void> {
  assertOutcome(outcome, ['unreachable', 'unknown'], 'interrupted write');
  if (outcome.kind === 'unreachable') {
    assert.equal(outcome.failure.code, 'TIMEOUT');
    assert.deepEqual(await target.outside.keys(), [], 'a write reported as not sent must not be applied');
  }
  await expectOutcome(session, creation(target.objectType, target.key(1)), ['applied', 'alreadySo']);
}

function lostAnswerCase(target: ConformanceTarget): ConformanceCase {
  const name = 'answers unknown when the answer to a write is lost, and a read then shows the effect';
  return caseWhen(
    target.lostAnswer,
    'the answer to a write cannot be lost on the way',
    (lost) => caseOf(target, name, (rig) => tellsUnknown(rig, lost)),
    name,
  );
}

async function tellsUnknown({ target, session }: Rig, lost: Switch): Promise<void> {
  const delta = creation(target.objectType, target.key(1), { [target.attributes[0]]: 'x' });
  const interrupted = writeContext(patienceMs);
  await session.check(context());
  const outcome = await during(lost, () => session.apply(delta, interrupted));
  assertOutcome(outcome, ['unknown'], 'write whose answer was lost');
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.equal(attributes[target.attributes[0]], 'x');
  await expectOutcome(session, delta, ['applied', 'alreadySo'], interrupted.idempotencyKey);
  assert.deepEqual(await target.outside.keys(), [target.key(1)], 'repeating the write must not make a second row');
}
