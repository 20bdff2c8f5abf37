// Conformance: multi-valued associations, changed by additions and removals only.
import assert from 'node:assert/strict';
import {
  caseOf,
  caseWhen,
  creation,
  expectOutcome,
  expectRefusal,
  expectRow,
  linkAddition,
  linkRemoval,
  type Rig,
  times,
  update,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget, LinkTarget } from './target.js';

const bigGroup = 5_000;

export function linkCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    linkCase(target, 'creates a row together with its links', createsWithLinks),
    linkCase(target, 'adds and removes members by delta', addsAndRemoves),
    linkCase(target, 'answers alreadySo for a member added twice', addsTwice),
    linkCase(target, 'answers alreadySo for a member removed twice', removesTwice),
    linkCase(target, 'leaves the members alone when an attribute or another row changes', leavesMembers),
    linkCase(target, 'refuses an unknown link', async ({ target: { key }, session }, link) => {
      await expectOutcome(session, creation(link.objectType, key(1)), ['applied']);
      await expectRefusal(session, linkAddition(link.objectType, key(1), 'noSuchLink', [link.memberKey(1)]), [
        'INVALID_VALUE',
      ]);
    }),
    unknownMemberCase(target),
    linkCase(
      target,
      `changes a group of ${bigGroup} members by delta and keeps a member another administrator adds meanwhile`,
      changesBigGroup,
    ),
  ];
}

function linkCase(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig, link: LinkTarget) => Promise<void>,
): ConformanceCase {
  return caseWhen(target.link, 'the target has no link', (link) => caseOf(target, name, (rig) => run(rig, link)), name);
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
  await expectOutcome(rig.session, { ...creation(link.objectType, rig.target.key(1)), add: { [link.name]: members } }, [
    'applied',
  ]);
  assert.deepEqual(await membersOf(rig, link), sorted(members));
  await expectOutcome(rig.session, { ...creation(link.objectType, rig.target.key(1)), add: { [link.name]: members } }, [
    'alreadySo',
  ]);
}

async function addsAndRemoves(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(3);
  const [a, b, c] = [link.memberKey(0), link.memberKey(1), link.memberKey(2)];
  await expectOutcome(rig.session, creation(link.objectType, rig.target.key(1)), ['applied']);
  assert.deepEqual(await membersOf(rig, link), []);
  await expectOutcome(rig.session, linkAddition(link.objectType, rig.target.key(1), link.name, [b, a]), ['applied']);
  assert.deepEqual(await membersOf(rig, link), sorted([a, b]), 'members must be sorted');
  const both = { ...linkAddition(link.objectType, rig.target.key(1), link.name, [c]), remove: { [link.name]: [a] } };
  await expectOutcome(rig.session, both, ['applied']);
  assert.deepEqual(await membersOf(rig, link), sorted([b, c]));
}

async function addsTwice(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  const delta = linkAddition(link.objectType, rig.target.key(1), link.name, [link.memberKey(0)]);
  await expectOutcome(rig.session, creation(link.objectType, rig.target.key(1)), ['applied']);
  await expectOutcome(rig.session, delta, ['applied']);
  await expectOutcome(rig.session, delta, ['alreadySo']);
  assert.deepEqual(await membersOf(rig, link), [link.memberKey(0)]);
}

async function removesTwice(rig: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  const members = [link.memberKey(0)];
  await expectOutcome(rig.session, { ...creation(link.objectType, rig.target.key(1)), add: { [link.name]: members } }, [
    'applied',
  ]);
  await expectOutcome(rig.session, linkRemoval(link.objectType, rig.target.key(1), link.name, members), ['applied']);
  await expectOutcome(rig.session, linkRemoval(link.objectType, rig.target.key(1), link.name, members), ['alreadySo']);
  assert.deepEqual(await membersOf(rig, link), []);
}

async function leavesMembers(rig: Rig, link: LinkTarget): Promise<void> {
  const { target, session } = rig;
  await link.prepare(2);
  await expectOutcome(
    session,
    { ...creation(link.objectType, target.key(1)), add: { [link.name]: [link.memberKey(0)] } },
    ['applied'],
  );
  await expectOutcome(
    session,
    { ...creation(link.objectType, target.key(2)), add: { [link.name]: [link.memberKey(0), link.memberKey(1)] } },
    ['applied'],
  );
  if (link.objectType === target.objectType)
    await expectOutcome(session, update(link.objectType, target.key(1), { [target.attributes[0]]: 'changed' }), [
      'applied',
    ]);
  await expectOutcome(session, linkRemoval(link.objectType, target.key(2), link.name, [link.memberKey(0)]), [
    'applied',
  ]);
  assert.deepEqual(await membersOf(rig, link, 1), [link.memberKey(0)]);
  assert.deepEqual(await membersOf(rig, link, 2), [link.memberKey(1)]);
}

function unknownMemberCase(target: ConformanceTarget): ConformanceCase {
  const name = 'refuses a member that does not exist and applies nothing of that delta';
  return caseWhen(
    target.link?.unknownMember,
    'the target has no link, or accepts any member',
    (unknown) =>
      linkCase(target, name, async (rig, link) => {
        await link.prepare(1);
        await expectOutcome(rig.session, creation(link.objectType, rig.target.key(1)), ['applied']);
        const delta = linkAddition(link.objectType, rig.target.key(1), link.name, [link.memberKey(0), unknown]);
        await expectRefusal(rig.session, delta, ['CONSTRAINT_VIOLATION', 'NOT_FOUND', 'INVALID_VALUE']);
        assert.deepEqual(await membersOf(rig, link), []);
      }),
    name,
  );
}

async function changesBigGroup(rig: Rig, link: LinkTarget): Promise<void> {
  const { target, session } = rig;
  await link.prepare(bigGroup + 2);
  const members = times(bigGroup, (n) => link.memberKey(n));
  const [foreign, added, removed] = [link.memberKey(bigGroup), link.memberKey(bigGroup + 1), link.memberKey(0)];
  await expectOutcome(session, { ...creation(link.objectType, target.key(1)), add: { [link.name]: members } }, [
    'applied',
  ]);
  assert.equal((await membersOf(rig, link)).length, bigGroup);
  await link.addFromOutside(target.key(1), foreign);
  await expectOutcome(
    session,
    { ...linkAddition(link.objectType, target.key(1), link.name, [added]), remove: { [link.name]: [removed] } },
    ['applied'],
  );
  const expected = sorted([...members.filter((member) => member !== removed), foreign, added]);
  assert.deepEqual(await membersOf(rig, link), expected, 'the foreign member must survive');
}
