// Conformance: passwords. They count in the managed system, and nobody ever reads them back.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Delta } from '../contract.js';
import { firstCookie, toldSince } from './change-reading.js';
import { creation, update } from './delta.js';
import { expectNames, expectOutcome, expectRefusal, expectRow, listAll } from './expectation.js';
import { type CaseOptions, caseOf, caseWhen, lackOf, type Rig, typeNamed } from './rig.js';
import type { ConformanceCase, ConformanceTarget, PasswordTarget } from './target.js';

const creates: CaseOptions = { needs: ['RESET_PASSWORD', 'CREATE'] };
const updates: CaseOptions = { needs: ['RESET_PASSWORD', 'CREATE', 'UPDATE'] };
const reads: CaseOptions = { needs: ['RESET_PASSWORD', 'CREATE', 'READ_ONE', 'EXPORT_COMPLETE'] };

type Run = (rig: Rig, attribute: string, outside: PasswordTarget) => Promise<void>;

export function passwordCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    passwordCase(target, 'describes the password as an attribute that is only written', isWriteOnly, creates),
    passwordCase(
      target,
      'sets a password at creation, and the system accepts that and no other',
      setsAtCreation,
      creates,
    ),
    passwordCase(
      target,
      'changes a password: the new one is accepted, the old one no longer',
      changesPassword,
      updates,
    ),
    passwordCase(target, 'has one effect for a creation with a password sent twice', createsOnce, creates),
    passwordCase(target, 'leaves the password when something else changes', leavesPassword, updates),
    passwordCase(target, 'never shows a password, neither read nor listed nor among changes', neverShows, reads),
    passwordCase(target, 'never tells a password in a refusal', neverTells, updates),
    refusedCase(target),
  ];
}

function passwordCase(target: ConformanceTarget, name: string, run: Run, options: CaseOptions): ConformanceCase {
  return caseWhen(
    target.password,
    lackOf(target, 'RESET_PASSWORD') ?? 'the target shows no passwords',
    (outside) => caseOf(target, name, (rig) => run(rig, passwordAttribute(rig), outside), options),
    name,
  );
}

function passwordAttribute(rig: Rig): string {
  const { passwordAttribute: attribute } = typeNamed(rig, rig.target.objectType);
  assert.ok(attribute !== undefined, 'an object type with passwords must describe `passwordAttribute`');
  return attribute;
}

function withPassword({ target }: Rig, attribute: string, password: string): Delta {
  return creation(target, target.key(1), { [target.attributes[0]]: 'kept', [attribute]: password });
}

async function expectAccepted({ target }: Rig, outside: PasswordTarget, good: string, bad: string): Promise<void> {
  const key = target.key(1);
  assert.ok(await outside.accepts(key, good), 'the system must accept the password that was set');
  assert.ok(!(await outside.accepts(key, bad)), 'the system must not accept another password');
}

const isWriteOnly: Run = async (rig, attribute) => {
  const found = typeNamed(rig, rig.target.objectType).attributes.find((candidate) => candidate.name === attribute);
  assert.deepEqual([found?.isWriteOnly, found?.isReadOnly ?? false], [true, false]);
};

const setsAtCreation: Run = async (rig, attribute, outside) => {
  await expectOutcome(rig.session, withPassword(rig, attribute, outside.value(1)), ['applied']);
  await expectAccepted(rig, outside, outside.value(1), outside.value(2));
};

const changesPassword: Run = async (rig, attribute, outside) => {
  const { target, session } = rig;
  await expectOutcome(session, withPassword(rig, attribute, outside.value(1)), ['applied']);
  await expectOutcome(session, update(target.objectType, target.key(1), { [attribute]: outside.value(2) }), [
    'applied',
  ]);
  await expectAccepted(rig, outside, outside.value(2), outside.value(1));
};

const createsOnce: Run = async (rig, attribute, outside) => {
  const delta = withPassword(rig, attribute, outside.value(1));
  const idempotencyKey = randomUUID();
  await expectOutcome(rig.session, delta, ['applied'], idempotencyKey);
  await expectOutcome(rig.session, delta, ['applied', 'alreadySo'], idempotencyKey);
  await expectNames(rig, [rig.target.key(1)]);
  await expectAccepted(rig, outside, outside.value(1), outside.value(2));
};

const leavesPassword: Run = async (rig, attribute, outside) => {
  const { target, session } = rig;
  await expectOutcome(session, withPassword(rig, attribute, outside.value(1)), ['applied']);
  const other = update(target.objectType, target.key(1), { [target.attributes[0]]: 'changed' });
  await expectOutcome(session, other, ['applied']);
  await expectAccepted(rig, outside, outside.value(1), outside.value(2));
};

const neverShows: Run = async (rig, attribute, outside) => {
  const { target, session } = rig;
  const isIncremental = lackOf(target, 'EXPORT_INCREMENTAL') === undefined && session.changes !== undefined;
  const cookie = isIncremental ? await firstCookie(rig) : null;
  await expectOutcome(session, withPassword(rig, attribute, outside.value(1)), ['applied']);
  const shown = [
    await expectRow(session, target.objectType, target.key(1)),
    ...(await listAll(session, target.objectType)),
    ...(cookie === null ? [] : (await toldSince(rig, cookie)).changes.map((change) => change.object)),
  ];
  for (const row of shown) assert.ok(!Object.hasOwn(row?.attributes ?? {}, attribute), 'a password must not be shown');
  assert.ok(!JSON.stringify(shown).includes(outside.value(1)), 'a password must not be shown under any name');
};

const neverTells: Run = async (rig, attribute, outside) => {
  const { target, session } = rig;
  await expectOutcome(session, withPassword(rig, attribute, outside.value(1)), ['applied']);
  const delta = update(target.objectType, target.key(1), { [attribute]: outside.value(2), noSuchAttribute: 'x' });
  const told = await expectRefusal(session, delta, ['INVALID_VALUE']);
  assert.ok(!told.includes(outside.value(2)), 'a refusal must not tell the password');
  await expectAccepted(rig, outside, outside.value(1), outside.value(2));
};

function refusedCase(target: ConformanceTarget): ConformanceCase {
  const name = 'refuses a password that the rules of the system refuse, without telling it, and applies nothing';
  return caseWhen(
    target.password?.refused,
    lackOf(target, 'RESET_PASSWORD') ?? 'the target has no rule for passwords',
    (refused) =>
      passwordCase(target, name, (rig, attribute, outside) => refusesBad(rig, attribute, outside, refused), updates),
    name,
  );
}

async function refusesBad(rig: Rig, attribute: string, outside: PasswordTarget, refused: string): Promise<void> {
  const { target, session } = rig;
  const [one] = target.attributes;
  const codes = ['CONSTRAINT_VIOLATION', 'INVALID_VALUE'] as const;
  const told = [await expectRefusal(session, withPassword(rig, attribute, refused), codes)];
  await expectNames(rig, []);
  await expectOutcome(session, withPassword(rig, attribute, outside.value(1)), ['applied']);
  const delta = update(target.objectType, target.key(1), { [one]: 'changed', [attribute]: refused });
  told.push(await expectRefusal(session, delta, codes));
  assert.ok(!told.join(' ').includes(refused), 'a refusal must not tell the password');
  await expectAccepted(rig, outside, outside.value(1), refused);
  if (lackOf(target, 'READ_ONE') !== undefined) return;
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.equal(attributes[one], 'kept', 'a refused change must not be applied in part');
}
