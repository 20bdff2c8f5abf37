// Conformance: how a row is found. Where the managed system gives keys, its name serves as well, and the outcome of a
// creation tells the key; elsewhere key and name are the same and the same promises hold.
import assert from 'node:assert/strict';
import { creation, deletion, update } from './delta.js';
import { expectKey, expectNames, expectOutcome, expectRefusal, expectRow, listAll } from './expectation.js';
import { caseOf, caseWhen, context, nameOf, type Rig, typeNamed } from './rig.js';
import type { ConformanceCase, ConformanceTarget, RenameTarget } from './target.js';

const createsAndReads = { needs: ['CREATE', 'READ_ONE'] } as const;
const updates = { needs: ['CREATE', 'UPDATE', 'READ_ONE'] } as const;

export function namingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'tells in the outcome of a creation the key that the row says', tellsKey, createsAndReads),
    caseOf(target, 'tells the same key when the creation is sent again', tellsKeyAgain, createsAndReads),
    caseOf(target, 'takes the key or the name among the values of a creation', takesOwnName, createsAndReads),
    caseOf(target, 'lists the same keys as it reads', listsKeys, { needs: ['CREATE', 'READ_ONE', 'EXPORT_COMPLETE'] }),
    caseOf(target, 'reads and updates by the key and by the name', worksByBoth, updates),
    caseOf(target, 'deletes by the key and by the name', deletesByBoth, {
      needs: ['CREATE', 'DELETE', 'READ_ONE'],
    }),
    renameCase(target, 'keeps key, values and identity of a renamed row, and shows its new name', renames),
    renameCase(target, 'answers alreadySo for a row renamed twice', renamesTwice),
    renameCase(target, 'refuses a name that another row has, and leaves both', refusesTakenName),
  ];
}

function renameCase(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, rename: RenameTarget) => Promise<void>,
): ConformanceCase {
  return caseWhen(
    target.rename,
    'rows of the target cannot be renamed',
    (rename) => caseOf(target, name, (rig) => run(rig, rename), updates),
    name,
  );
}

/** A row made through the connector: its key. */
async function made({ target, session }: Rig, n: number, value = `value ${n}`): Promise<string> {
  return expectKey(session, creation(target, target.key(n), { [target.attributes[0]]: value }));
}

async function tellsKey(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const key = await made(rig, 1);
  const row = await expectRow(session, target.objectType, key);
  assert.deepEqual([row.key, nameOf(rig, row)], [key, target.key(1)], 'outcome, row and name must agree');
  const { keyAttribute } = typeNamed(rig, target.objectType);
  assert.equal(String(row.attributes[keyAttribute]), key, 'the key attribute must hold the key');
}

async function tellsKeyAgain(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const key = await made(rig, 1);
  const again = creation(target, target.key(1), { [target.attributes[0]]: 'value 1' });
  assert.equal(await expectKey(session, again, ['alreadySo']), key);
}

async function takesOwnName(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const { keyAttribute, nameAttribute } = typeNamed(rig, target.objectType);
  const delta = creation(target, target.key(1), { [nameAttribute ?? keyAttribute]: target.key(1) });
  const key = await expectKey(session, delta);
  assert.equal(nameOf(rig, await expectRow(session, target.objectType, key)), target.key(1));
}

async function listsKeys(rig: Rig): Promise<void> {
  const keys = [await made(rig, 1), await made(rig, 2)];
  const listed = await listAll(rig.session, rig.target.objectType);
  assert.deepEqual(listed.map((row) => row.key).sort(), [...keys].sort());
  for (const row of listed)
    assert.deepEqual(row, await expectRow(rig.session, row.objectType, row.key), 'a listed row must be as it is read');
}

async function worksByBoth(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const [one, two] = target.attributes;
  const key = await made(rig, 1);
  await made(rig, 2);
  const byKey = update(target.objectType, key, { [one]: 'by key' });
  const byName = update(target.objectType, target.key(1), { [two]: 'by name' });
  assert.deepEqual([await expectKey(session, byKey), await expectKey(session, byName)], [key, key]);
  const row = await expectRow(session, target.objectType, key);
  assert.deepEqual([row.attributes[one], row.attributes[two]], ['by key', 'by name']);
  assert.deepEqual(await expectRow(session, target.objectType, target.key(1)), row);
}

async function deletesByBoth(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const key = await made(rig, 1);
  await made(rig, 2);
  await made(rig, 3);
  await expectOutcome(session, deletion(target.objectType, key), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(2)), ['applied']);
  await expectOutcome(session, deletion(target.objectType, target.key(2)), ['alreadySo']);
  await expectNames(rig, [target.key(3)]);
}

async function renames(rig: Rig, rename: RenameTarget): Promise<void> {
  const { target, session } = rig;
  const key = await made(rig, 1);
  const before = await expectRow(session, target.objectType, key);
  const delta = update(target.objectType, key, { [rename.attribute]: rename.value(1) });
  assert.equal(await expectKey(session, delta), key, 'a renamed row must keep its key');
  const row = await expectRow(session, target.objectType, key);
  assert.deepEqual(
    [row.key, row.attributes[rename.attribute], row.attributes[target.attributes[0]], row.links],
    [key, rename.value(1), before.attributes[target.attributes[0]], before.links],
  );
  if (!isName(rig, rename)) return expectNames(rig, [target.key(1)]);
  await expectNames(rig, [rename.value(1)]);
  assert.deepEqual(await expectRow(session, target.objectType, rename.value(1)), row, 'the new name must find it');
  assert.equal(await session.read(target.objectType, target.key(1), context()), null, 'the old name must find nothing');
}

function isName(rig: Rig, rename: RenameTarget): boolean {
  return typeNamed(rig, rig.target.objectType).nameAttribute === rename.attribute;
}

async function renamesTwice(rig: Rig, rename: RenameTarget): Promise<void> {
  const delta = update(rig.target.objectType, await made(rig, 1), { [rename.attribute]: rename.value(1) });
  await expectOutcome(rig.session, delta, ['applied']);
  await expectOutcome(rig.session, delta, ['alreadySo']);
}

// Where the attribute is no name (a place in a tree), two rows may share it.
async function refusesTakenName(rig: Rig, rename: RenameTarget): Promise<void> {
  const { target, session } = rig;
  const [first, second] = [await made(rig, 1), await made(rig, 2)];
  const renamed = (key: string) => update(target.objectType, key, { [rename.attribute]: rename.value(1) });
  await expectOutcome(session, renamed(first), ['applied']);
  if (!isName(rig, rename)) return void (await expectOutcome(session, renamed(second), ['applied', 'refused']));
  await expectRefusal(session, renamed(second), ['ALREADY_EXISTS', 'CONSTRAINT_VIOLATION']);
  await expectNames(rig, [rename.value(1), target.key(2)]);
}
