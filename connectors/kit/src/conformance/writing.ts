// Conformance: create, update, delete and read of single rows, each safe to repeat.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  assertOutcome,
  caseOf,
  context,
  creation,
  deletion,
  expectOutcome,
  expectRefusal,
  expectRow,
  patienceMs,
  type Rig,
  times,
  update,
  writeContext,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

export function writingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'answers null for a row that is not there', async ({ session }) => {
      assert.equal(await session.read(target.objectType, target.key(1), context()), null);
    }),
    caseOf(target, 'shows a created row on reading', showsCreated),
    caseOf(target, 'has one effect for a creation sent twice with one idempotency key', (rig) =>
      createsOnce(rig, randomUUID(), ['applied', 'alreadySo']),
    ),
    caseOf(target, 'answers alreadySo for an equal creation with another idempotency key', (rig) =>
      createsOnce(rig, undefined, ['alreadySo']),
    ),
    caseOf(target, 'makes one row of the same creation sent four times at once', createsOnceAtOnce),
    caseOf(target, 'refuses to create a row that exists with other values, and leaves it', refusesDifferent),
    caseOf(target, 'changes the named attribute and leaves the others', updatesOne),
    caseOf(target, 'sets an attribute to null', updatesToNull),
    caseOf(target, 'answers alreadySo for an update to the present values', updatesToSame),
    caseOf(target, 'refuses to update a row that is not there, and makes none', updatesAbsent),
    caseOf(target, 'refuses an unknown attribute and writes nothing', refusesUnknownAttribute),
    caseOf(target, 'refuses to change the key attribute', refusesKeyChange),
    caseOf(target, 'refuses an unknown object type', async ({ session }) =>
      expectRefusal(session, creation('no-such-type', 'x'), ['INVALID_VALUE']),
    ),
    caseOf(target, 'refuses an empty key', async ({ session }) =>
      expectRefusal(session, creation(target.objectType, ''), ['INVALID_VALUE']),
    ),
    caseOf(target, 'shows no row after deleting it, and leaves the others', deletes),
    caseOf(target, 'answers alreadySo for a row deleted twice', deletesTwice),
    caseOf(target, 'creates a row again after deleting it', recreates),
    manyCase(target),
  ];
}

function row(target: ConformanceTarget, n: number, first: string | null, second: string | null = 'second') {
  const [one, two] = target.attributes;
  return creation(target.objectType, target.key(n), { [one]: first, [two]: second });
}

async function showsCreated({ target, session }: Rig): Promise<void> {
  const outcome = await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  assert.ok('key' in outcome && outcome.key === target.key(1), 'the outcome must name the key');
  const { attributes, key, objectType } = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual([key, objectType], [target.key(1), target.objectType]);
  assert.deepEqual(
    target.attributes.map((name) => attributes[name]),
    ['first', 'second'],
  );
}

async function createsOnce(
  { target, session }: Rig,
  idempotencyKey: string | undefined,
  second: readonly ('applied' | 'alreadySo')[],
): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied'], idempotencyKey);
  await expectOutcome(session, row(target, 1, 'first'), second, idempotencyKey);
  assert.deepEqual(await target.outside.keys(), [target.key(1)], 'there must be one row');
}

async function createsOnceAtOnce({ target, session }: Rig): Promise<void> {
  const outcomes = await Promise.all(times(4, () => session.apply(row(target, 1, 'first'), writeContext())));
  for (const outcome of outcomes) assertOutcome(outcome, ['applied', 'alreadySo'], 'creation');
  assert.equal(
    outcomes.filter((outcome) => outcome.kind === 'applied').length,
    1,
    'one of them must have made the row',
  );
  assert.deepEqual(await target.outside.keys(), [target.key(1)], 'there must be one row');
}

async function refusesDifferent({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectRefusal(session, row(target, 1, 'other'), ['ALREADY_EXISTS']);
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.equal(attributes[target.attributes[0]], 'first');
}

async function updatesOne({ target, session }: Rig): Promise<void> {
  const [one, two] = target.attributes;
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, row(target, 2, 'neighbour'), ['applied']);
  await expectOutcome(session, update(target.objectType, target.key(1), { [one]: 'changed' }), ['applied']);
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual([attributes[one], attributes[two]], ['changed', 'second']);
  assert.equal(
    (await expectRow(session, target.objectType, target.key(2))).attributes[one],
    'neighbour',
    'another row must stay as it was',
  );
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

async function updatesAbsent({ target, session }: Rig): Promise<void> {
  await expectRefusal(session, update(target.objectType, target.key(1), { [target.attributes[0]]: 'x' }), [
    'NOT_FOUND',
  ]);
  assert.deepEqual(await target.outside.keys(), []);
}

async function refusesUnknownAttribute({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  const delta = update(target.objectType, target.key(1), { [target.attributes[0]]: 'changed', noSuchAttribute: 'x' });
  await expectRefusal(session, delta, ['INVALID_VALUE']);
  const { attributes } = await expectRow(session, target.objectType, target.key(1));
  assert.equal(attributes[target.attributes[0]], 'first', 'a refused change must not be applied in part');
}

async function refusesKeyChange({ target, session }: Rig): Promise<void> {
  const type = (await session.describe(context())).find((candidate) => candidate.name === target.objectType);
  assert.ok(type !== undefined);
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectRefusal(session, update(target.objectType, target.key(1), { [type.keyAttribute]: target.key(2) }), [
    'INVALID_VALUE',
  ]);
  assert.deepEqual(await target.outside.keys(), [target.key(1)]);
}

async function deletes({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, row(target, 1, 'first'), ['applied']);
  await expectOutcome(session, row(target, 2, 'neighbour'), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(1)), ['applied']);
  assert.equal(await session.read(target.objectType, target.key(1), context()), null);
  assert.deepEqual(await target.outside.keys(), [target.key(2)]);
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
  assert.equal((await expectRow(session, target.objectType, target.key(1))).attributes[target.attributes[0]], 'again');
}

function manyCase(target: ConformanceTarget): ConformanceCase {
  const name = 'answers several deltas in their order, a refused one not stopping the others';
  return caseOf(target, name, async ({ session }) => {
    const applyMany = session.applyMany?.bind(session);
    if (applyMany === undefined) return;
    const deltas = [
      row(target, 1, 'a'),
      update(target.objectType, target.key(9), { [target.attributes[0]]: 'x' }),
      row(target, 2, 'b'),
      deletion(target.objectType, target.key(1)),
      row(target, 2, 'b'),
    ];
    const outcomes = await applyMany(
      deltas.map((delta) => ({ delta, idempotencyKey: randomUUID() })),
      context(patienceMs),
    );
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind),
      ['applied', 'refused', 'applied', 'applied', 'alreadySo'],
    );
    assert.deepEqual(await target.outside.keys(), [target.key(2)]);
  });
}
