// Conformance: dead systems and refused credentials.
import assert from 'node:assert/strict';
import type { ConnectorSession } from '../contract.js';
import { creation } from './delta.js';
import { expectFailure, expectNames, expectOutcome, expectRow, listAll } from './expectation.js';
import {
  type CaseOptions,
  caseOf,
  caseWhen,
  context,
  during,
  lackOf,
  type Rig,
  skippedCase,
  withSession,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget, Switch } from './target.js';

export function failingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [...outageCases(target), ...credentialCases(target)];
}

function outageCases(target: ConformanceTarget): readonly ConformanceCase[] {
  const { objectType } = target;
  return [
    whenOutage(target, 'opens a session without connecting', opensWithoutConnecting),
    deadCase(target, 'says UNREACHABLE on a check of a dead system', ({ session }) => session.check(context())),
    deadCase(
      target,
      'says UNREACHABLE on a read from a dead system',
      ({ session }) => session.read(objectType, target.key(1), context()),
      { needs: ['READ_ONE'] },
    ),
    deadCase(target, 'says UNREACHABLE on a listing of a dead system', ({ session }) => listAll(session, objectType), {
      needs: ['EXPORT_COMPLETE'],
    }),
    whenOutage(target, 'answers unreachable for a write to a dead system, and works again when it is back', recovers, {
      needs: ['CREATE'],
    }),
    whenOutage(target, 'reads again in the same session when a dead system is back', readsAgain, {
      needs: ['READ_ONE'],
    }),
  ];
}

function whenOutage(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, outage: Switch) => Promise<void>,
  options?: CaseOptions,
): ConformanceCase {
  return caseWhen(
    target.outage,
    'the target cannot be made unreachable',
    (outage) => caseOf(target, name, (rig) => run(rig, outage), options),
    name,
  );
}

function deadCase(
  target: ConformanceTarget,
  name: string,
  call: (rig: Rig) => Promise<unknown>,
  options?: CaseOptions,
): ConformanceCase {
  const run = async (rig: Rig, outage: Switch): Promise<void> => {
    await during(outage, () => expectFailure(() => call(rig), ['UNREACHABLE']));
  };
  return whenOutage(target, name, run, options);
}

async function opensWithoutConnecting({ target }: Rig, outage: Switch): Promise<void> {
  const opened = await during(outage, () => target.connector.open(target.settings));
  await opened.check(context());
  await opened.close();
}

async function recovers(rig: Rig, outage: Switch): Promise<void> {
  const { target, session } = rig;
  const delta = creation(target, target.key(1), { [target.attributes[0]]: 'x' });
  await session.check(context());
  const outcome = await during(outage, () => expectOutcome(session, delta, ['unreachable']));
  assert.ok(
    'failure' in outcome && outcome.failure.code === 'UNREACHABLE',
    `the outcome must say UNREACHABLE: ${JSON.stringify(outcome)}`,
  );
  await expectNames(rig, []);
  await expectOutcome(session, delta, ['applied']);
}

async function readsAgain({ target, session }: Rig, outage: Switch): Promise<void> {
  const read = () => session.read(target.objectType, target.key(1), context());
  await target.outside.insert([{ key: target.key(1), attributes: { [target.attributes[0]]: 'x' } }]);
  await read();
  await during(outage, () => expectFailure(read, ['UNREACHABLE']));
  await expectRow(session, target.objectType, target.key(1));
}

function credentialCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    whenCredentials(target, 'says UNAUTHENTICATED on a check with refused credentials', async (session) => {
      await expectFailure(() => session.check(context()), ['UNAUTHENTICATED']);
    }),
    readingCredentialCase(target),
    lackOf(target, 'CREATE') === undefined
      ? whenCredentials(target, writeName, writesWithoutCredentials)
      : skippedCase(writeName, lackOf(target, 'CREATE') ?? ''),
  ];
}

const writeName = 'answers UNAUTHENTICATED, nothing applied, for a write with refused credentials';
const readName = 'says UNAUTHENTICATED on a read and on a listing with refused credentials';

function readingCredentialCase(target: ConformanceTarget): ConformanceCase {
  const lack = lackOf(target, 'READ_ONE') ?? lackOf(target, 'EXPORT_COMPLETE');
  if (lack !== undefined) return skippedCase(readName, lack);
  return whenCredentials(target, readName, async (session) => {
    await expectFailure(() => session.read(target.objectType, target.key(1), context()), ['UNAUTHENTICATED']);
    await expectFailure(() => listAll(session, target.objectType), ['UNAUTHENTICATED']);
  });
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
  const outcome = await expectOutcome(session, creation(target, target.key(1)), ['unreachable', 'refused']);
  assert.ok('failure' in outcome && outcome.failure.code === 'UNAUTHENTICATED', JSON.stringify(outcome));
  await expectNames({ target }, []);
}
