// Conformance: reading what changed since a cookie, with no gap and no repetition.
import assert from 'node:assert/strict';
import type { Change, ChangePage, TargetObject } from '../contract.js';
import { isCookieRefused } from '../failure.js';
import { assertUpsert, firstCookie, inOrder, pagesSince, replayed, toldOnce, toldSince } from './change-reading.js';
import { supportedTexts } from './character.js';
import { creation, deletion, linkedCreation, update } from './delta.js';
import { expectFailure, expectKey, expectRow, listAll } from './expectation.js';
import {
  type CaseOptions,
  caseOf,
  caseWhen,
  context,
  during,
  lackOf,
  nameOf,
  type Rig,
  times,
  typeNamed,
  withSession,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget, IncrementalTarget, LinkTarget } from './target.js';

const reads: CaseOptions = { needs: ['EXPORT_INCREMENTAL', 'EXPORT_COMPLETE'] };
const slow: CaseOptions = { ...reads, isSlow: true };
const manyChanges = 1_200;

export function incrementalCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    changesCase(target, 'begins an incremental reading with a cookie and no changes', begins),
    changesCase(target, 'tells a row that somebody else made, as it is read, and once', tellsCreated),
    changesCase(target, 'tells a row that somebody else changed, as it is read, and once', tellsChanged),
    changesCase(target, 'tells a row that somebody else deleted, by its key, and once', tellsDeleted),
    renameCase(target),
    membershipCase(target),
    changesCase(target, 'tells what was changed through the connector itself', tellsOwn, {
      needs: ['EXPORT_INCREMENTAL', 'EXPORT_COMPLETE', 'CREATE', 'UPDATE', 'DELETE'],
    }),
    changesCase(target, 'tells several changes of one row so that the last one stands', tellsLastState),
    changesCase(
      target,
      'leaves nothing out of many changes: what was read before and they give what is there',
      leavesNoGap,
    ),
    changesCase(target, 'tells changes of rows with odd characters', tellsOdd),
    changesCase(target, 'goes on from its cookie in another session', goesOnElsewhere),
    changesCase(target, 'loses no change made while everything is listed or changes are read', losesNothing),
    changesCase(target, `goes on from the cookie of any page of ${manyChanges} changes`, goesOnFromAnyPage, slow),
    changesCase(target, 'refuses cookies that no reading has given', refusesCookies),
    changesCase(target, 'refuses changes of an unknown object type', refusesUnknownType),
    deadCase(target),
  ];
}

function changesCase(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, outside: IncrementalTarget) => Promise<void>,
  options: CaseOptions = reads,
): ConformanceCase {
  const build = (outside: IncrementalTarget) => caseOf(target, name, (rig) => run(rig, outside), options);
  // A claim nobody shows is a failing case of its own, see capability.ts.
  const reason = lackOf(target, 'EXPORT_INCREMENTAL') ?? 'the target shows no changes made by others';
  return caseWhen(target.incremental, reason, build, name);
}

async function insert({ target }: Rig, from: number, count: number, value = 'before'): Promise<void> {
  const [one] = target.attributes;
  await target.outside.insert(times(count, (n) => ({ key: target.key(from + n), attributes: { [one]: value } })));
}

/** The row of that name as a listing shows it. */
async function rowNamed(rig: Rig, name: string): Promise<TargetObject> {
  const row = (await listAll(rig.session, rig.target.objectType)).find((found) => nameOf(rig, found) === name);
  assert.ok(row !== undefined, `${name} must be listed`);
  return row;
}

async function begins(rig: Rig): Promise<void> {
  await insert(rig, 0, 3);
  const cookie = await firstCookie(rig);
  assert.notEqual(cookie, '', 'the first cookie must not be empty');
  assert.deepEqual((await toldSince(rig, cookie)).changes, []);
}

async function tellsCreated(rig: Rig): Promise<void> {
  await insert(rig, 0, 2);
  const cookie = await firstCookie(rig);
  await insert(rig, 2, 1, 'new');
  assertUpsert(await toldOnce(rig, cookie), await rowNamed(rig, rig.target.key(2)));
}

async function tellsChanged(rig: Rig, outside: IncrementalTarget): Promise<void> {
  const { target } = rig;
  await insert(rig, 0, 3);
  const cookie = await firstCookie(rig);
  await outside.change(target.key(1), { [target.attributes[0]]: 'changed' });
  const row = await rowNamed(rig, target.key(1));
  assert.equal(row.attributes[target.attributes[0]], 'changed');
  assertUpsert(await toldOnce(rig, cookie), row);
}

async function tellsDeleted(rig: Rig, outside: IncrementalTarget): Promise<void> {
  const { target } = rig;
  await insert(rig, 0, 3);
  const { objectType, key } = await rowNamed(rig, target.key(1));
  const cookie = await firstCookie(rig);
  await outside.remove(target.key(1));
  assert.deepEqual((await toldOnce(rig, cookie)).map(withoutObject), [{ kind: 'delete', objectType, key }]);
}

function withoutObject({ kind, objectType, key }: Change): Omit<Change, 'object'> {
  return { kind, objectType, key };
}

function renameCase(target: ConformanceTarget): ConformanceCase {
  const name = 'tells a renamed row: the same key where the system gives keys, else one gone and one new';
  return caseWhen(
    target.incremental?.rename,
    lackOf(target, 'EXPORT_INCREMENTAL') ?? 'rows of the target cannot be renamed by others',
    (rename) => changesCase(target, name, (rig) => tellsRenamed(rig, rename)),
    name,
  );
}

async function tellsRenamed(rig: Rig, rename: (key: string, to: string) => Promise<void>): Promise<void> {
  const { target } = rig;
  await insert(rig, 0, 3);
  const before = await rowNamed(rig, target.key(1));
  const cookie = await firstCookie(rig);
  await rename(target.key(1), target.key(7));
  const changes = await toldOnce(rig, cookie);
  const after = await rowNamed(rig, target.key(7));
  if (typeNamed(rig, target.objectType).nameAttribute !== undefined) {
    assert.equal(after.key, before.key, 'a renamed row must keep its given key');
    return assertUpsert(changes, after);
  }
  assert.deepEqual(changes.map((change) => `${change.kind} ${change.key}`).sort(), [
    `delete ${before.key}`,
    `upsert ${after.key}`,
  ]);
}

function membershipCase(target: ConformanceTarget): ConformanceCase {
  const name = 'tells a member that somebody else added or removed';
  return caseWhen(
    target.link,
    'the target has no link',
    (link) =>
      changesCase(target, name, (rig) => tellsMembership(rig, link), {
        needs: ['EXPORT_INCREMENTAL', 'EXPORT_COMPLETE', 'CREATE', 'READ_ONE'],
      }),
    name,
  );
}

async function tellsMembership(rig: Rig, link: LinkTarget): Promise<void> {
  const { target, session } = rig;
  await link.prepare(2);
  const key = await expectKey(session, linkedCreation(target, link, target.key(1), [link.memberKey(0)]));
  const changes: (() => Promise<void> | undefined)[] = [
    () => link.addFromOutside(target.key(1), link.memberKey(1)),
    () => link.removeFromOutside?.(target.key(1), link.memberKey(0)),
  ];
  for (const change of changes) {
    const cookie = await firstCookie(rig, link.objectType);
    const members = (await expectRow(session, link.objectType, key)).links;
    await change();
    const row = await expectRow(session, link.objectType, key);
    const told = await toldOnce(rig, cookie, link.objectType);
    const hasChanged = JSON.stringify(row.links) !== JSON.stringify(members);
    assert.deepEqual(told.find((found) => found.key === key)?.object, hasChanged ? row : undefined);
  }
}

async function tellsOwn(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const [one] = target.attributes;
  const changes = [
    creation(target, target.key(1), { [one]: 'first' }),
    update(target.objectType, target.key(1), { [one]: 'changed' }),
    deletion(target.objectType, target.key(1)),
  ];
  for (const delta of changes) {
    const cookie = await firstCookie(rig);
    const key = await expectKey(session, delta);
    const told = await toldOnce(rig, cookie);
    assert.deepEqual(
      told.map((change) => [change.kind, change.key, change.object?.attributes[one]]),
      [delta.kind === 'delete' ? ['delete', key, undefined] : ['upsert', key, delta.set[one]]],
    );
  }
}

async function tellsLastState(rig: Rig, outside: IncrementalTarget): Promise<void> {
  const { target } = rig;
  const [one, two] = target.attributes;
  await insert(rig, 0, 3);
  const before = await listAll(rig.session, target.objectType);
  const cookie = await firstCookie(rig);
  await outside.change(target.key(0), { [one]: 'once' });
  await outside.change(target.key(0), { [one]: 'twice', [two]: 'more' });
  await outside.change(target.key(1), { [one]: 'doomed' });
  await outside.remove(target.key(1));
  await insert(rig, 5, 1);
  await outside.remove(target.key(5));
  const changes = await toldOnce(rig, cookie);
  assert.deepEqual(replayed(before, changes), inOrder(await listAll(rig.session, target.objectType)));
}

async function leavesNoGap(rig: Rig, outside: IncrementalTarget): Promise<void> {
  const { target } = rig;
  await insert(rig, 0, 30);
  const before = await listAll(rig.session, target.objectType);
  const cookie = await firstCookie(rig);
  await insert(rig, 30, 10);
  for (let n = 0; n < 10; n += 1) {
    await outside.change(target.key(n), { [target.attributes[0]]: `changed ${n}` });
    await outside.remove(target.key(10 + n));
  }
  const changes = await toldOnce(rig, cookie);
  assert.deepEqual(replayed(before, changes), inOrder(await listAll(rig.session, target.objectType)));
  const keys = changes.map((change) => change.key);
  assert.deepEqual([keys.length, new Set(keys).size], [30, 30], 'each of the 30 changed rows must be told once');
}

async function tellsOdd(rig: Rig, outside: IncrementalTarget): Promise<void> {
  const { target } = rig;
  const [one] = target.attributes;
  const texts = supportedTexts(target);
  await insert(rig, 0, texts.length);
  const cookie = await firstCookie(rig);
  for (const [n, text] of texts.entries()) await outside.change(target.key(n), { [one]: text });
  const told = (await toldOnce(rig, cookie)).map((change) => String(change.object?.attributes[one]));
  assert.deepEqual(told.sort(), [...texts].sort());
}

async function goesOnElsewhere(rig: Rig): Promise<void> {
  const { target } = rig;
  await insert(rig, 0, 2);
  const cookie = await firstCookie(rig);
  await insert(rig, 2, 1);
  const elsewhere = await withSession(target, target.settings, (session) => toldSince({ target, session }, cookie));
  assertUpsert(elsewhere.changes, await rowNamed(rig, target.key(2)));
  assert.deepEqual((await toldSince(rig, elsewhere.cookie)).changes, []);
}

// The engine takes a cookie first and lists everything then: what changes in between must be told by that cookie.
async function losesNothing(rig: Rig, outside: IncrementalTarget): Promise<void> {
  const { target, session } = rig;
  const [one] = target.attributes;
  await insert(rig, 0, 4);
  const cookie = await firstCookie(rig);
  for await (const page of session.list(target.objectType, context())) {
    if (page.objects.length === 0) continue;
    await outside.change(target.key(1), { [one]: 'while listed' });
    break;
  }
  const pages: ChangePage[] = [];
  for await (const page of session.changes?.(target.objectType, cookie, context()) ?? []) {
    if (pages.length === 0) await outside.change(target.key(2), { [one]: 'while read' });
    pages.push(page);
  }
  const later = await toldSince(rig, pages.at(-1)?.cookie ?? '');
  const told = [...pages.flatMap((page) => page.changes), ...later.changes];
  assert.deepEqual(
    new Set(told.map((change) => change.object?.attributes[one])),
    new Set(['while listed', 'while read']),
    'both changes must be told',
  );
}

async function goesOnFromAnyPage(rig: Rig): Promise<void> {
  const { target } = rig;
  const cookie = await firstCookie(rig);
  await insert(rig, 0, manyChanges);
  const pages = await pagesSince(rig, cookie);
  const all = new Set(pages.flatMap((page) => page.changes.map((change) => change.key)));
  assert.equal(all.size, manyChanges, 'every change must be told');
  for (const [n, page] of pages.entries()) {
    const told = new Set(pages.slice(0, n + 1).flatMap((before) => before.changes.map((change) => change.key)));
    const rest = (await toldSince(rig, page.cookie)).changes.map((change) => change.key);
    for (const key of rest) told.add(key);
    assert.equal(told.size, manyChanges, `going on from the cookie of page ${n + 1} must leave nothing out`);
    if (n === pages.length - 1) assert.deepEqual(rest, [], 'the last cookie must come after everything');
  }
  assert.equal((await listAll(rig.session, target.objectType)).length, manyChanges);
}

async function refusesCookies(rig: Rig, { corruptCookies }: IncrementalTarget): Promise<void> {
  for (const cookie of ['no cookie of any package', ...corruptCookies]) {
    const { failure } = await expectFailure(() => toldSince(rig, cookie), ['INVALID_VALUE']);
    assert.ok(isCookieRefused(failure), `the cookie ${JSON.stringify(cookie)} must be refused with \`cookieRefused\``);
  }
}

async function refusesUnknownType(rig: Rig): Promise<void> {
  const { failure } = await expectFailure(() => toldSince(rig, null, 'no-such-type'), ['INVALID_VALUE']);
  assert.ok(!isCookieRefused(failure), 'an unknown object type is no matter of the cookie');
}

function deadCase(target: ConformanceTarget): ConformanceCase {
  const name = 'says UNREACHABLE on an incremental reading of a dead system, and goes on from the cookie afterwards';
  return caseWhen(
    target.outage,
    'the target cannot be made unreachable',
    (outage) =>
      changesCase(target, name, async (rig) => {
        const cookie = await firstCookie(rig);
        await insert(rig, 0, 1);
        await during(outage, () => expectFailure(() => toldSince(rig, cookie), ['UNREACHABLE']));
        assert.equal((await toldSince(rig, cookie)).changes.length, 1);
      }),
    name,
  );
}
