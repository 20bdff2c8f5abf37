// Conformance: create, update and delete of single rows, each safe to repeat.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApplyOutcome, Delta } from '../contract.js';
import { creation, deletion, update } from './delta.js';
import { assertOutcome, expectNames, expectOutcome, expectRefusal, expectRow } from './expectation.js';
import { caseOf, context, patienceMs, type Rig, times, typeNamed, writeContext } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

const creates = { needs: ['CREATE'] } as const;
const createsAndReads = { needs: ['CREATE', 'READ_ONE'] } as const;
const updates = { needs: ['CREATE', 'UPDATE', 'READ_ONE'] } as const;
const deletes = { needs: ['CREATE', 'DELETE', 'READ_ONE'] } as const;
const writesAll = { needs: ['CREATE', 'UPDATE', 'DELETE', 'READ_ONE'] } as const;

export function writingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [...creationCases(target), ...updateCases(target), ...deletionCases(target), ...repetitionCases(target)];
}

function creationCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'shows a created row on reading', showsCreated, createsAndReads),
    caseOf(
      target,
      'answers alreadySo for an equal creation with another idempotency key',
      (rig) => createsOnce(rig, undefined, ['alreadySo']),
      createsAndReads,
    ),
    caseOf(target, 'makes one row of the same creation sent four times at once', createsOnceAtOnce, createsAndReads),
    caseOf(
      target,
      'refuses to create a row that exists with other values, and leaves it',
      refusesDifferent,
      createsAndReads,
    ),
    caseOf(
      target,
      'refuses a creation with an unknown attribute or a value of a wrong type, and makes no row',
      refusesBadCreation,
      creates,
    ),
    caseOf(
      target,
      'refuses an unknown object type',
      async ({ session }) =>
        void (await expectRefusal(session, { ...creation(target, 'x'), objectType: 'no-such-type' }, [
          'INVALID_VALUE',
        ])),
      creates,
    ),
    caseOf(
      target,
      'refuses an empty key',
      async ({ session }) => void (await expectRefusal(session, creation(target, ''), ['INVALID_VALUE'])),
      creates,
    ),
  ];
}

function updateCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'changes the named attribute and leaves the others', updatesOne, updates),
    caseOf(target, 'sets an attribute to null', updatesToNull, updates),
    caseOf(target, 'answers alreadySo for an update to the present values', updatesToSame, updates),
    caseOf(target, 'refuses to update a row that is not there, and makes none', updatesAbsent, updates),
    caseOf(target, 'refuses an unknown attribute and writes nothing', refusesUnknownAttribute, updates),
    caseOf(target, 'refuses a value of a wrong type and writes nothing', refusesWrongType, updates),
    caseOf(target, 'refuses to change the key attribute', refusesKeyChange, updates),
    readOnlyCase(target),
  ];
}

function deletionCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'shows no row after deleting it, and leaves the others', deletesOne, deletes),
    caseOf(target, 'answers alreadySo for a row deleted twice', deletesTwice, deletes),
    caseOf(target, 'creates a row again after deleting it', recreates, deletes),
  ];
}

function repetitionCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(
      target,
      'has one effect for a creation sent twice with one idempotency key',
      (rig) => createsOnce(rig, randomUUID(), ['applied', 'alreadySo']),
      creates,
    ),
    caseOf(
      target,
      'has one effect for an update and a deletion sent twice with one idempotency key',
      repeats,
      writesAll,
    ),
    caseOf(target, 'does not undo a later change when an earlier one is sent again', repeatsLate, {
      needs: [...updates.needs, 'IDEMPOTENT_WRITES'],
    }),
    caseOf(target, 'answers several deltas in their order, a refused one not stopping the others', many, writesAll),
  ];
}

function row(target: ConformanceTarget, n: number, first: string | null, second: string | null = 'second'): Delta {
  const [one, two] = target.attributes;
  return creation(target, target.key(n), { [one]: first, [two]: second });
}

async function showsCreated({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  const { attributes, objectType } = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual(
    [objectType, ...target.attributes.map((name) => attributes[name])],
    [target.objectType, 'first', 'second'],
  );
}

async function createsOnce(
  rig: Rig,
  idempotencyKey: string | undefined,
  second: readonly ApplyOutcome['kind'][],
): Promise<void> {
  const { target, session } = rig;
  await expectOutcome(session, row(target, 1, 'first'), ['applied'], idempotencyKey);
  await expectOutcome(session, row(target, 1, 'first'), second, idempotencyKey);
  await expectNames(rig, [target.key(1)]);
}

async function createsOnceAtOnce(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const outcomes = await Promise.all(times(4, () => session.apply(row(target, 1, 'first'), writeContext())));
  for (const outcome of outcomes) assertOutcome(outcome, ['applied', 'alreadySo'], 'creation');
  const made = outcomes.filter((outcome) => outcome.kind === 'applied').length;
  assert.equal(made, 1, 'exactly one of them must have made the row');
  await expectNames(rig, [target.key(1)]);
}

async function refusesDifferent({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectRefusal(session, row(target, 1, 'other'), ['ALREADY_EXISTS']);
  await expectFirst({ target, session }, 1, 'first');
}

async function refusesBadCreation(rig: Rig): Promise<void> {
  const { target, session } = rig;
  for (const values of [{ noSuchAttribute: 'x' }, { [target.attributes[1]]: 7 }])
    await expectRefusal(session, creation(target, target.key(1), { [target.attributes[0]]: 'x', ...values }), [
      'INVALID_VALUE',
    ]);
  await expectNames(rig, []);
}

async function expectFirst({ target, session }: Omit<Rig, 'types'>, n: number, value: string | null): Promise<void> {
  const { attributes } = await expectRow(session, target.objectType, target.key(n));
  assert.equal(attributes[target.attributes[0]], value, `${target.attributes[0]} of ${target.key(n)}`);
}

async function updatesOne({ target, session }: Rig): Promise<void> {
  const [one, two] = target.attributes;
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, row(target, 2, 'neighbour'), ['applied']);
  await expectOutcome(session, update(target.objectType, target.key(1), { [one]: 'changed' }), ['applied']);
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual([attributes[one], attributes[two]], ['changed', 'second']);
  await expectFirst({ target, session }, 2, 'neighbour');
}

async function updatesToNull({ target, session }: Rig): Promise<void> {
  const [one, two] = target.attributes;
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, update(target.objectType, target.key(1), { [one]: null }), ['applied']);
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual([attributes[one], attributes[two]], [null, 'second']);
}

async function updatesToSame({ target, session }: Rig): Promise<void> {
  const [one, two] = target.attributes;
  await expectOutcome(session, row(target, 1, 'first', null), ['applied']);
  await expectOutcome(session, update(target.objectType, target.key(1), { [one]: 'first', [two]: null }), [
    'alreadySo',
  ]);
}

async function updatesAbsent(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const delta = update(target.objectType, target.key(1), { [target.attributes[0]]: 'x' });
  await expectRefusal(session, delta, ['NOT_FOUND']);
  await expectNames(rig, []);
}

async function refusesUnknownAttribute(rig: Rig): Promise<void> {
  await refusesValues(rig, { noSuchAttribute: 'x' });
}

async function refusesWrongType(rig: Rig): Promise<void> {
  await refusesValues(rig, { [rig.target.attributes[1]]: 7 });
}

// A refused change must not be applied in part, so a good value goes with the bad one.
async function refusesValues({ target, session }: Rig, bad: Delta['set']): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  const delta = update(target.objectType, target.key(1), { [target.attributes[0]]: 'changed', ...bad });
  await expectRefusal(session, delta, ['INVALID_VALUE']);
  await expectFirst({ target, session }, 1, 'first');
}

async function refusesKeyChange(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const { keyAttribute } = typeNamed(rig, target.objectType);
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  const delta = update(target.objectType, target.key(1), { [keyAttribute]: target.key(2) });
  await expectRefusal(session, delta, ['INVALID_VALUE']);
  await expectNames(rig, [target.key(1)]);
}

function readOnlyCase(target: ConformanceTarget): ConformanceCase {
  const name = 'refuses to write a read-only attribute, and writes nothing';
  const { readOnlyAttribute } = target;
  if (readOnlyAttribute === undefined)
    return { name, skipped: 'the target has no read-only attribute', run: async () => undefined };
  return caseOf(target, name, (rig) => refusesValues(rig, { [readOnlyAttribute]: 'x' }), updates);
}

async function deletesOne(rig: Rig): Promise<void> {
  const { target, session } = rig;
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, row(target, 2, 'neighbour'), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(1)), ['applied']);
  assert.equal(await session.read(target.objectType, target.key(1), context()), null);
  await expectNames(rig, [target.key(2)]);
}

async function deletesTwice({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(1)), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(1)), ['alreadySo']);
}

async function recreates({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(1)), ['applied']);
  await expectOutcome(session, row(target, 1, 'again'), ['applied']);
  await expectFirst({ target, session }, 1, 'again');
}

async function repeats(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const changed = update(target.objectType, target.key(1), { [target.attributes[0]]: 'changed' });
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, row(target, 2, 'neighbour'), ['applied']);
  for (const delta of [changed, deletion(target.objectType, target.key(1))]) {
    const idempotencyKey = randomUUID();
    await expectOutcome(session, delta, ['applied'], idempotencyKey);
    await expectOutcome(session, delta, ['applied', 'alreadySo'], idempotencyKey);
    if (delta === changed) await expectFirst({ target, session }, 1, 'changed');
  }
  await expectNames(rig, [target.key(2)]);
}

async function repeatsLate({ target, session }: Rig): Promise<void> {
  const changeTo = (value: string): Delta =>
    update(target.objectType, target.key(1), { [target.attributes[0]]: value });
  const idempotencyKey = randomUUID();
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, changeTo('earlier'), ['applied'], idempotencyKey);
  await expectOutcome(session, changeTo('later'), ['applied']);
  await expectOutcome(session, changeTo('earlier'), ['alreadySo'], idempotencyKey);
  await expectFirst({ target, session }, 1, 'later');
}

async function many(rig: Rig): Promise<void> {
  const { target } = rig;
  const outcomes = await applyAll(rig, [
    row(target, 1, 'a'),
    update(target.objectType, target.key(9), { [target.attributes[0]]: 'x' }),
    row(target, 2, 'b'),
    deletion(target.objectType, target.key(1)),
    row(target, 2, 'b'),
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind),
    ['applied', 'refused', 'applied', 'applied', 'alreadySo'],
  );
  await expectNames(rig, [target.key(2)]);
}

// Packages without `applyMany` are sent one delta after the other.
async function applyAll({ session }: Rig, deltas: readonly Delta[]): Promise<readonly ApplyOutcome[]> {
  if (session.applyMany !== undefined)
    return session.applyMany(
      deltas.map((delta) => ({ delta, idempotencyKey: randomUUID() })),
      context(patienceMs),
    );
  const outcomes: ApplyOutcome[] = [];
  for (const delta of deltas) outcomes.push(await session.apply(delta, writeContext()));
  return outcomes;
}
