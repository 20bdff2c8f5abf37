// Conformance: text is data in every position, whatever its characters mean to the managed system.
import assert from 'node:assert/strict';
import { creation, deletion, linkAddition, linkedCreation, linkRemoval, update } from './delta.js';
import { assertSameNames, expectKey, expectNames, expectOutcome, expectRow, listAll } from './expectation.js';
import { type CaseOptions, caseOf, caseWhen, context, nameOf, type Rig, skippedCase } from './rig.js';
import type { ConformanceCase, ConformanceTarget, LinkTarget } from './target.js';

const texts = [
  `O'Brien "the" boss`,
  'a,b;c|d\te',
  'line one\nline two',
  'line one\r\nline two',
  '=1+1',
  '@cmd',
  '+49 30 123',
  '-5',
  "'; DROP TABLE account; --",
  "' OR '1'='1",
  '%_\\',
  '$1',
  '${x} {{y}}',
  '{a,b}',
  'null',
  'NULL',
  '*)(uid=*',
  '../../etc/passwd',
  ' blanks around ',
  'naïve Ω 漢字 😀',
  '\uFEFFstarts with a BOM',
  '"',
  '""',
  "''",
  '\\n',
  '<b>&amp;</b>',
  '__proto__',
  'constructor',
  '#cn=a,ou=b+c=d<e>;f',
  '(&(cn=*)(!(cn=a)))',
  '\\2a\\28',
  '{"a": ["b"]}',
] as const;

/** What stays quick where every call takes long: one of each kind of text. */
const fewTexts: readonly string[] = [
  `O'Brien "the" boss`,
  'line one\r\nline two',
  "'; DROP TABLE account; --",
  '${x} {{y}}',
  '*)(uid=*',
  ' blanks around ',
  'naïve Ω 漢字 😀',
  '#cn=a,ou=b+c=d<e>;f',
];

const reads: CaseOptions = { needs: ['READ_ONE', 'EXPORT_COMPLETE'] };
const updates: CaseOptions = { needs: ['CREATE', 'UPDATE', 'READ_ONE', 'EXPORT_COMPLETE'] };
const writesAll: CaseOptions = { needs: ['CREATE', 'UPDATE', 'DELETE', 'READ_ONE', 'EXPORT_COMPLETE'] };

export function characterCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'reads and lists every character of values that somebody else wrote', readsValues, reads),
    ...textCases(
      target,
      'keeps every character of attribute values on create, update, read and list',
      (name, from, isSlow) => caseOf(target, name, (rig) => keepsValues(rig, from), { ...updates, isSlow }),
    ),
    ...textCases(target, 'keeps every character of keys, and touches no other row', (name, from, isSlow) =>
      keyCase(target, name, (rig) => keepsKeys(rig, from), { ...writesAll, isSlow }),
    ),
    keyCase(target, 'finds nothing by a key that looks like a pattern or a query', findsNoPattern, writesAll),
    ...textCases(target, 'adds and removes members of rows with odd keys', (name, from, isSlow) =>
      oddOwnerCase(target, name, from, isSlow),
    ),
    oddMemberCase(target),
  ];
}

type TextCase = (name: string, from: readonly string[], isSlow: boolean) => ConformanceCase;

// A case that calls several times for each text. Where calls take long it is slow, and one with a few texts stays quick.
function textCases(target: ConformanceTarget, name: string, build: TextCase): readonly ConformanceCase[] {
  if (target.hasSlowCalls !== true) return [build(name, texts, false)];
  return [build(`${name} (a few texts)`, fewTexts, false), build(name, texts, true)];
}

function keyCase(
  target: ConformanceTarget,
  name: string,
  run: (rig: Rig) => Promise<void>,
  options: CaseOptions,
): ConformanceCase {
  return target.plainKeysOnly === undefined
    ? caseOf(target, name, run, options)
    : skippedCase(name, target.plainKeysOnly);
}

/** The texts the target can hold. */
export function supportedTexts(target: ConformanceTarget, from: readonly string[] = texts): readonly string[] {
  const unsupported = (target.unsupportedText ?? []).map((entry) => entry.text);
  return from.filter((text) => !unsupported.some((part) => text.includes(part)));
}

async function readsValues({ target, session }: Rig): Promise<void> {
  const [one, two] = target.attributes;
  const values = supportedTexts(target);
  await target.outside.insert(
    values.map((text, n) => ({ key: target.key(n), attributes: { [one]: text, [two]: 'plain' } })),
  );
  for (const [n, text] of values.entries())
    assert.equal((await expectRow(session, target.objectType, target.key(n))).attributes[one], text);
  await expectListed({ target, session }, values);
}

async function expectListed({ target, session }: Omit<Rig, 'types'>, values: readonly string[]): Promise<void> {
  const listed = await listAll(session, target.objectType);
  const found = listed.map((object) => String(object.attributes[target.attributes[0]]));
  assert.deepEqual(found.sort(), [...values].sort());
}

async function keepsValues({ target, session }: Rig, from: readonly string[]): Promise<void> {
  const [one, two] = target.attributes;
  const values = supportedTexts(target, from);
  for (const [n, text] of values.entries())
    await expectOutcome(session, creation(target, target.key(n), { [one]: text, [two]: 'before' }), ['applied']);
  for (const [n, text] of values.entries())
    await expectOutcome(session, update(target.objectType, target.key(n), { [two]: text }), ['applied']);
  for (const [n, text] of values.entries()) {
    const { attributes } = await expectRow(session, target.objectType, target.key(n));
    assert.deepEqual([attributes[one], attributes[two]], [text, text]);
  }
  await expectListed({ target, session }, values);
}

async function keepsKeys(rig: Rig, from: readonly string[]): Promise<void> {
  const { target, session } = rig;
  const [one] = target.attributes;
  const names = supportedTexts(target, from);
  await expectOutcome(session, creation(target, target.key(1), { [one]: 'bystander' }), ['applied']);
  for (const name of names) await expectOutcome(session, creation(target, name, { [one]: 'created' }), ['applied']);
  for (const name of names)
    await expectOutcome(session, update(target.objectType, name, { [one]: `of ${name}` }), ['applied']);
  for (const name of names) {
    const row = await expectRow(session, target.objectType, name);
    assert.deepEqual([nameOf(rig, row), row.attributes[one]], [name, `of ${name}`]);
  }
  const listed = (await listAll(session, target.objectType)).map((row) => nameOf(rig, row));
  assertSameNames(listed, [target.key(1), ...names], 'be listed');
  for (const name of names) await expectOutcome(session, deletion(target.objectType, name), ['applied']);
  await expectNames(rig, [target.key(1)]);
}

async function findsNoPattern(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const key = target.key(1);
  await expectOutcome(session, creation(target, key), ['applied']);
  for (const pattern of patterns(target)) {
    assert.equal(
      await session.read(target.objectType, pattern, context()),
      null,
      `nothing has the key ${JSON.stringify(pattern)}`,
    );
    await expectOutcome(session, deletion(target.objectType, pattern), ['alreadySo']);
  }
  await expectNames(rig, [key]);
}

// Where blanks around a text do not count, a key with a blank behind it is the same key.
function patterns(target: ConformanceTarget): readonly string[] {
  const blanksCount = supportedTexts(target, [' blanks around ']).length > 0;
  const key = target.key(1);
  return ['%', '*', '.*', "' OR '1'='1", `${key}' --`, ...(blanksCount ? [`${key} `] : [])];
}

function oddOwnerCase(
  target: ConformanceTarget,
  name: string,
  from: readonly string[],
  isSlow: boolean,
): ConformanceCase {
  const options: CaseOptions = { needs: ['CREATE', 'UPDATE', 'READ_ONE'], isSlow };
  return caseWhen(
    target.link,
    'the target has no link',
    (link) => keyCase(target, name, (rig) => changesOddOwners(rig, link, supportedTexts(target, from)), options),
    name,
  );
}

async function changesOddOwners({ target, session }: Rig, link: LinkTarget, names: readonly string[]): Promise<void> {
  await link.prepare(2);
  const [first, second] = [link.memberKey(0), link.memberKey(1)];
  const membersOf = async (key: string) => (await expectRow(session, link.objectType, key)).links[link.name];
  for (const name of [target.key(1), ...names]) await expectKey(session, linkedCreation(target, link, name, [first]));
  for (const name of names) {
    await expectOutcome(session, linkAddition(link, name, [second]), ['applied']);
    await expectOutcome(session, linkRemoval(link, name, [first]), ['applied']);
    assert.deepEqual(await membersOf(name), [second]);
  }
  assert.deepEqual(await membersOf(target.key(1)), [first], 'another row must keep its member');
}

function oddMemberCase(target: ConformanceTarget): ConformanceCase {
  const name = 'treats odd member keys as data when removing them';
  return caseWhen(
    target.link,
    'the target has no link',
    (link) => keyCase(target, name, (rig) => removesOddMembers(rig, link), { needs: ['CREATE', 'UPDATE', 'READ_ONE'] }),
    name,
  );
}

async function removesOddMembers({ target, session }: Rig, link: LinkTarget): Promise<void> {
  await link.prepare(1);
  const members = [link.memberKey(0)];
  await expectOutcome(session, linkedCreation(target, link, target.key(1), members), ['applied']);
  await expectOutcome(session, linkRemoval(link, target.key(1), ["' OR '1'='1", '%', '*', '}']), ['alreadySo']);
  assert.deepEqual((await expectRow(session, link.objectType, target.key(1))).links[link.name], members);
}
