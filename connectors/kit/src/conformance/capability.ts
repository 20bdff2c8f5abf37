// Conformance: what a package claims it can show, and what it does not claim it refuses as missing.
import assert from 'node:assert/strict';
import type { ConnectorCapability, ConnectorSession } from '../contract.js';
import { deletion, creation, update } from './delta.js';
import { expectFailure, expectNames, expectRefusal, listAll } from './expectation.js';
import { caseOf, context, lackOf, type Rig, skippedCase, typeNamed } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

/** The capabilities that are calls of their own. */
const callable = ['READ_ONE', 'EXPORT_COMPLETE', 'CREATE', 'UPDATE', 'DELETE'] as const;

export function capabilityCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'claims incremental reading, disabling and passwords exactly when it has them', claimsTruly),
    missingCase(target),
  ];
}

async function claimsTruly(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const { disabling, passwordAttribute } = typeNamed(rig, target.objectType);
  assertClaim(target, 'EXPORT_INCREMENTAL', session.changes !== undefined, target.incremental, 'a call `changes`');
  assertClaim(target, 'DISABLE', disabling !== undefined, target.disabling, 'a description with `disabling`');
  assertClaim(
    target,
    'RESET_PASSWORD',
    passwordAttribute !== undefined,
    target.password,
    'a description with `passwordAttribute`',
  );
}

function assertClaim(
  target: ConformanceTarget,
  capability: ConnectorCapability,
  isThere: boolean,
  shown: unknown,
  means: string,
): void {
  if (target.cannotShow?.[capability] !== undefined) return;
  const isClaimed = target.connector.capabilities.includes(capability);
  assert.equal(isClaimed, isThere, `${capability} must be claimed exactly when there is ${means}`);
  assert.ok(!isClaimed || shown !== undefined, `the package claims ${capability}, but the target shows none of it`);
}

function missingCase(target: ConformanceTarget): ConformanceCase {
  const name = 'says CAPABILITY_MISSING for what it cannot do, and does nothing';
  const missing = callable.filter((capability) => lackOf(target, capability) !== undefined);
  if (missing.length === 0) return skippedCase(name, 'the package lacks none of read, list, create, update and delete');
  return caseOf(target, name, async (rig) => {
    await rig.target.outside.insert([{ key: target.key(1), attributes: { [target.attributes[0]]: 'there' } }]);
    for (const capability of missing) await expectMissing(rig, rig.session, capability);
    await expectNames(rig, [target.key(1)]);
  });
}

async function expectMissing(
  { target }: Rig,
  session: ConnectorSession,
  capability: (typeof callable)[number],
): Promise<void> {
  const [one, key] = [target.attributes[0], target.key(1)];
  switch (capability) {
    case 'READ_ONE':
      return void (await expectFailure(() => session.read(target.objectType, key, context()), ['CAPABILITY_MISSING']));
    case 'EXPORT_COMPLETE':
      return void (await expectFailure(() => listAll(session, target.objectType), ['CAPABILITY_MISSING']));
    case 'CREATE':
      return void (await expectRefusal(session, creation(target, target.key(2)), ['CAPABILITY_MISSING']));
    case 'UPDATE':
      return void (await expectRefusal(session, update(target.objectType, key, { [one]: 'x' }), [
        'CAPABILITY_MISSING',
      ]));
    case 'DELETE':
      return void (await expectRefusal(session, deletion(target.objectType, key), ['CAPABILITY_MISSING']));
    default:
      return capability satisfies never;
  }
}
