// Conformance: multi-valued associations, changed by additions and removals only.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { deletion, linkAddition, linkedCreation, linkRemoval, update } from './delta.js';
import { expectOutcome, expectRefusal, expectRow } from './expectation.js';
import { type CaseOptions, caseOf, caseWhen, context, type Rig, times } from './rig.js';
import type { ConformanceCase, ConformanceTarget, LinkTarget } from './target.js';

const smallGroup = 40;
const defaultBigGroup = 5_000;

const creates: CaseOptions = { needs: ['CREATE', 'READ_ONE'] };
const updates: CaseOptions = { needs: ['CREATE', 'UPDATE', 'READ_ONE'] };

export function linkCases(target: ConformanceTarget): readonly ConformanceCase[] {
  const bigGroup = target.biggestGroup ?? defaultBigGroup;
  return [
    linkCase(target, 'creates a row together with its links', createsWithLinks, creates),
    linkCase(target, 'adds and removes members by delta', addsAndRemoves, updates),
    linkCase(target, 'answers alreadySo for a member added twice', addsTwice, updates),
    linkCase(target, 'answers alreadySo for a member removed twice', removesTwice, updates),
    linkCase(target, 'has one effect for an addition sent twice with one idempotency key', addsOnce, updates),
    linkCase(target, 'leaves the members alone when an attribute or another row changes', leavesMembers, updates),
    linkCase(target, 'deletes a row that has members, and leaves the members of others', deletesLinked, {
      needs: ['CREATE', 'DELETE', 'READ_ONE'],
    }),
    linkCase(target, 'refuses an unknown link', refusesUnknownLink, updates),
    unknownMemberCase(target),
    memberNameCase(target),
    groupCase(target, smallGroup, {}),
    groupCase(target, bigGroup, { isSlow: true }),
  ];
}

function linkCase(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, link: LinkTarget) => Promise<void>,
  options: CaseOptions,
): ConformanceCase {
  return caseWhen(
    target.link,
    'the target has no link',
    (link) => caseOf(target, name, (rig) => run(rig, link), options),
    name,
  );
}

async function membersOf({ target, session }: Rig, link: LinkTarget, n = 1): Promise<readonly string[]> {
  return (await expectRow(session, link.objectType, target.key(n))).links[link.name] ?? [];
}

function sorted(keys: readonly string[]): readonly string[] {
  return [...keys].sort();
}

async function createsWithLinks(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(2);
  const members = times(2, (n) => link.memberKey(n));
  const delta = linkedCreation(rig.target, link, rig.target.key(1), members);
  await expectOutcome(rig.session, delta, ['applied']);
  assert.deepEqual(await membersOf(rig, link), sorted(members));
  await expectOutcome(rig.session, delta, ['alreadySo']);
}

/** A row of the link's object type with the first `count` members. */
async function madeWith({ target, session }: Rig, link: LinkTarget, count: number, n = 1): Promise<void> {
  const members = times(count, (member) => link.memberKey(member));
  await expectOutcome(session, linkedCreation(target, link, target.key(n), members), ['applied']);
}

async function addsAndRemoves(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(3);
  const [a, b, c] = [link.memberKey(0), link.memberKey(1), link.memberKey(2)];
  await madeWith(rig, link, 0);
  assert.deepEqual(await membersOf(rig, link), []);
  await expectOutcome(rig.session, linkAddition(link, rig.target.key(1), [b, a]), ['applied']);
  assert.deepEqual(await membersOf(rig, link), sorted([a, b]), 'members must be sorted');
  const both = { ...linkAddition(link, rig.target.key(1), [c]), remove: { [link.name]: [a] } };
  await expectOutcome(rig.session, both, ['applied']);
  assert.deepEqual(await membersOf(rig, link), sorted([b, c]));
}

async function addsTwice(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  const delta = linkAddition(link, rig.target.key(1), [link.memberKey(0)]);
  await madeWith(rig, link, 0);
  await expectOutcome(rig.session, delta, ['applied']);
  await expectOutcome(rig.session, delta, ['alreadySo']);
  assert.deepEqual(await membersOf(rig, link), [link.memberKey(0)]);
}

async function addsOnce(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  const delta = linkAddition(link, rig.target.key(1), [link.memberKey(0)]);
  const idempotencyKey = randomUUID();
  await madeWith(rig, link, 0);
  await expectOutcome(rig.session, delta, ['applied'], idempotencyKey);
  await expectOutcome(rig.session, delta, ['applied', 'alreadySo'], idempotencyKey);
  assert.deepEqual(await membersOf(rig, link), [link.memberKey(0)]);
}

async function removesTwice(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  const delta = linkRemoval(link, rig.target.key(1), [link.memberKey(0)]);
  await madeWith(rig, link, 1);
  await expectOutcome(rig.session, delta, ['applied']);
  await expectOutcome(rig.session, delta, ['alreadySo']);
  assert.deepEqual(await membersOf(rig, link), []);
}

async function leavesMembers(rig: Rig, link: LinkTarget): Promise<void> {
  const { target, session } = rig;
  await link.prepare(2);
  await madeWith(rig, link, 1, 1);
  await madeWith(rig, link, 2, 2);
  if (link.objectType === target.objectType)
    await expectOutcome(session, update(link.objectType, target.key(1), { [target.attributes[0]]: 'changed' }), [
      'applied',
    ]);
  await expectOutcome(session, linkRemoval(link, target.key(2), [link.memberKey(0)]), ['applied']);
  assert.deepEqual(await membersOf(rig, link, 1), [link.memberKey(0)]);
  assert.deepEqual(await membersOf(rig, link, 2), [link.memberKey(1)]);
}

async function deletesLinked(rig: Rig, link: LinkTarget): Promise<void> {
  const { target, session } = rig;
  await link.prepare(2);
  await madeWith(rig, link, 2, 1);
  await madeWith(rig, link, 2, 2);
  await expectOutcome(session, deletion(link.objectType, target.key(1)), ['applied']);
  assert.equal(await session.read(link.objectType, target.key(1), context()), null);
  assert.deepEqual(await membersOf(rig, link, 2), sorted([link.memberKey(0), link.memberKey(1)]));
}

async function refusesUnknownLink(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  await madeWith(rig, link, 0);
  const unknown = { ...link, name: 'noSuchLink' };
  await expectRefusal(rig.session, linkAddition(unknown, rig.target.key(1), [link.memberKey(0)]), ['INVALID_VALUE']);
}

function unknownMemberCase(target: ConformanceTarget): ConformanceCase {
  const name = 'refuses a member that does not exist and applies nothing of that delta';
  return caseWhen(
    target.link?.unknownMember,
    'the target has no link, or accepts any member',
    (unknown) => linkCase(target, name, (rig, link) => refusesUnknownMember(rig, link, unknown), updates),
    name,
  );
}

async function refusesUnknownMember(rig: Rig, link: LinkTarget, unknown: string): Promise<void> {
  await link.prepare(1);
  await madeWith(rig, link, 0);
  const delta = linkAddition(link, rig.target.key(1), [link.memberKey(0), unknown]);
  await expectRefusal(rig.session, delta, ['CONSTRAINT_VIOLATION', 'NOT_FOUND', 'INVALID_VALUE']);
  assert.deepEqual(await membersOf(rig, link), []);
}

function memberNameCase(target: ConformanceTarget): ConformanceCase {
  const name = 'takes members by their names, and shows them by their keys';
  return caseWhen(
    target.link?.memberName?.bind(target.link),
    'members of the target have no names besides their keys',
    (nameOfMember) => linkCase(target, name, (rig, link) => takesNames(rig, link, nameOfMember), updates),
    name,
  );
}

async function takesNames(rig: Rig, link: LinkTarget, nameOfMember: (n: number) => string): Promise<void> {
  await link.prepare(2);
  await madeWith(rig, link, 0);
  await expectOutcome(rig.session, linkAddition(link, rig.target.key(1), [nameOfMember(0), link.memberKey(1)]), [
    'applied',
  ]);
  assert.deepEqual(await membersOf(rig, link), sorted([link.memberKey(0), link.memberKey(1)]));
  await expectOutcome(rig.session, linkAddition(link, rig.target.key(1), [nameOfMember(1)]), ['alreadySo']);
  await expectOutcome(rig.session, linkRemoval(link, rig.target.key(1), [nameOfMember(0)]), ['applied']);
  assert.deepEqual(await membersOf(rig, link), [link.memberKey(1)]);
}

function groupCase(target: ConformanceTarget, size: number, options: CaseOptions): ConformanceCase {
  const name = `changes a group of ${size} members by delta while another administrator changes it, losing nothing`;
  return linkCase(target, name, (rig, link) => changesGroup(rig, link, size), { ...updates, ...options });
}

async function changesGroup(rig: Rig, link: LinkTarget, size: number): Promise<void> {
  const { target, session } = rig;
  const key = target.key(1);
  await link.prepare(size + 2);
  await madeWith(rig, link, size);
  const members = times(size, (n) => link.memberKey(n));
  assert.deepEqual(await membersOf(rig, link), sorted(members));
  const [removed, removedOutside] = [link.memberKey(0), link.memberKey(1)];
  const [foreign, added] = [link.memberKey(size), link.memberKey(size + 1)];
  await link.addFromOutside(key, foreign);
  await link.removeFromOutside?.(key, removedOutside);
  await expectOutcome(session, { ...linkAddition(link, key, [added]), remove: { [link.name]: [removed] } }, [
    'applied',
  ]);
  const gone = link.removeFromOutside === undefined ? [removed] : [removed, removedOutside];
  const expected = [...members.filter((member) => !gone.includes(member)), foreign, added];
  assert.deepEqual(await membersOf(rig, link), sorted(expected), 'what another administrator changed must stay');
}
