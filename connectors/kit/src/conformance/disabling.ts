// Conformance: disabling a row and enabling it again, without losing anything.
import assert from 'node:assert/strict';
import type { Delta, ObjectTypeDescription } from '../contract.js';
import { creation, update } from './delta.js';
import { expectNames, expectOutcome, expectRow } from './expectation.js';
import { caseOf, caseWhen, lackOf, type Rig, typeNamed } from './rig.js';
import type { ConformanceCase, ConformanceTarget, DisablingTarget } from './target.js';

const options = { needs: ['DISABLE', 'CREATE', 'UPDATE', 'READ_ONE'] } as const;

type Disabling = NonNullable<ObjectTypeDescription['disabling']>;
type Run = (rig: Rig, disabling: Disabling, outside: DisablingTarget) => Promise<void>;

export function disablingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    disablingCase(target, 'makes a row enabled, and shows that it is', makesEnabled),
    disablingCase(target, 'disables a row and enables it again, and nothing else changes', disablesAndEnables),
    disablingCase(target, 'answers alreadySo for a row disabled or enabled twice', disablesTwice),
    disablingCase(target, 'makes a row that is disabled from the start', makesDisabled),
  ];
}

function disablingCase(target: ConformanceTarget, name: string, run: Run): ConformanceCase {
  return caseWhen(
    target.disabling,
    lackOf(target, 'DISABLE') ?? 'rows of the target cannot be disabled',
    (outside) => caseOf(target, name, (rig) => run(rig, describedDisabling(rig), outside), options),
    name,
  );
}

function describedDisabling(rig: Rig): Disabling {
  const { disabling } = typeNamed(rig, rig.target.objectType);
  assert.ok(disabling !== undefined, 'an object type whose rows can be disabled must describe `disabling`');
  return disabling;
}

function made({ target }: Rig, values: Delta['set'] = {}): Delta {
  return creation(target, target.key(1), { [target.attributes[0]]: 'kept', ...values });
}

/** Demands that the row says so, and that it is so. */
async function expectState(
  { target, session }: Rig,
  disabling: Disabling,
  outside: DisablingTarget,
  isDisabled: boolean,
): Promise<void> {
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  const expected = isDisabled ? disabling.disabledValue : disabling.enabledValue;
  assert.deepEqual([attributes[disabling.attribute], attributes[target.attributes[0]]], [expected, 'kept']);
  assert.equal(await outside.isDisabled(target.key(1)), isDisabled, 'the managed system must see it the same way');
}

const makesEnabled: Run = async (rig, disabling, outside) => {
  await expectOutcome(rig.session, made(rig), ['applied']);
  await expectState(rig, disabling, outside, false);
};

const disablesAndEnables: Run = async (rig, disabling, outside) => {
  const { target, session } = rig;
  const become = (value: Delta['set'][string]) =>
    update(target.objectType, target.key(1), { [disabling.attribute]: value });
  await expectOutcome(session, made(rig), ['applied']);
  const before = await expectRow(session, target.objectType, target.key(1));
  await expectOutcome(session, become(disabling.disabledValue), ['applied']);
  await expectState(rig, disabling, outside, true);
  await expectOutcome(session, become(disabling.enabledValue), ['applied']);
  await expectState(rig, disabling, outside, false);
  const { key, links } = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual([key, links], [before.key, before.links], 'a row enabled again must be the row it was');
  await expectNames(rig, [target.key(1)]);
};

const disablesTwice: Run = async (rig, disabling, outside) => {
  const { target, session } = rig;
  const { attribute, disabledValue, enabledValue } = disabling;
  await expectOutcome(session, made(rig), ['applied']);
  for (const value of [disabledValue, enabledValue]) {
    const delta = update(target.objectType, target.key(1), { [attribute]: value });
    await expectOutcome(session, delta, ['applied']);
    await expectOutcome(session, delta, ['alreadySo']);
    await expectState(rig, disabling, outside, value === disabledValue);
  }
};

const makesDisabled: Run = async (rig, disabling, outside) => {
  await expectOutcome(rig.session, made(rig, { [disabling.attribute]: disabling.disabledValue }), ['applied']);
  await expectState(rig, disabling, outside, true);
};
