// Conformance: text is data in every position, whatever its characters mean to the managed system.
import assert from 'node:assert/strict';
import {
  caseOf,
  caseWhen,
  context,
  creation,
  deletion,
  expectOutcome,
  expectRow,
  linkAddition,
  listAll,
  linkRemoval,
  type Rig,
  update,
} from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

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
] as const;

export function characterCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(target, 'keeps every character of attribute values on create, update, read and list', keepsValues),
    keyCase(target, 'keeps every character of keys, and touches no other row', keepsKeys),
    keyCase(target, 'finds nothing by a key that looks like a pattern or a query', findsNoPattern),
    linkNameCase(target),
  ];
}

function keyCase(target: ConformanceTarget, name: string, run: (rig: Rig) => Promise<void>): ConformanceCase {
  return target.plainKeysOnly === undefined
    ? caseOf(target, name, run)
    : { name, skipped: target.plainKeysOnly, run: async () => undefined };
}

function supported(target: ConformanceTarget): readonly string[] {
  const unsupported = (target.unsupportedText ?? []).map((entry) => entry.text);
  return texts.filter((text) => !unsupported.some((part) => text.includes(part)));
}

async function keepsValues({ target, session }: Rig): Promise<void> {
  const [one, two] = target.attributes;
  const values = supported(target);
  for (const [n, text] of values.entries())
    await expectOutcome(session, creation(target.objectType, target.key(n), { [one]: text, [two]: 'before' }), [
      'applied',
    ]);
  for (const [n, text] of values.entries())
    await expectOutcome(session, update(target.objectType, target.key(n), { [two]: text }), ['applied']);
  for (const [n, text] of values.entries()) {
    const { attributes } = await expectRow(session, target.objectType, target.key(n));
    assert.deepEqual([attributes[one], attributes[two]], [text, text]);
  }
  const listed = (await listAll(session, target.objectType)).map((object) => String(object.attributes[one]));
  assert.deepEqual([...listed].sort(), [...values].sort());
}

async function keepsKeys({ target, session }: Rig): Promise<void> {
  const keys = supported(target);
  const [one] = target.attributes;
  await expectOutcome(session, creation(target.objectType, target.key(1), { [one]: 'bystander' }), ['applied']);
  for (const key of keys)
    await expectOutcome(session, creation(target.objectType, key, { [one]: 'created' }), ['applied']);
  for (const key of keys) await expectOutcome(session, update(target.objectType, key, { [one]: key }), ['applied']);
  for (const key of keys) assert.equal((await expectRow(session, target.objectType, key)).attributes[one], key);
  for (const key of keys) await expectOutcome(session, deletion(target.objectType, key), ['applied']);
  assert.deepEqual(await target.outside.keys(), [target.key(1)]);
}

async function findsNoPattern({ target, session }: Rig): Promise<void> {
  await expectOutcome(session, creation(target.objectType, target.key(1)), ['applied']);
  for (const key of ['%', '*', '.*', "' OR '1'='1", `${target.key(1)}' --`, `${target.key(1)} `]) {
    assert.equal(
      await session.read(target.objectType, key, context()),
      null,
      `nothing has the key ${JSON.stringify(key)}`,
    );
    await expectOutcome(session, deletion(target.objectType, key), ['alreadySo']);
  }
  assert.deepEqual(await target.outside.keys(), [target.key(1)]);
}

function linkNameCase(target: ConformanceTarget): ConformanceCase {
  const name = 'treats odd member keys as data when removing them';
  return caseWhen(
    target.plainKeysOnly === undefined ? target.link : undefined,
    'the target has no link, or its keys are no free text',
    (link) =>
      caseOf(target, name, async ({ session }) => {
        await link.prepare(1);
        await expectOutcome(session, creation(link.objectType, target.key(1)), ['applied']);
        await expectOutcome(session, linkAddition(link.objectType, target.key(1), link.name, [link.memberKey(0)]), [
          'applied',
        ]);
        await expectOutcome(
          session,
          linkRemoval(link.objectType, target.key(1), link.name, ["' OR '1'='1", '%', '}']),
          ['alreadySo'],
        );
        assert.deepEqual((await expectRow(session, link.objectType, target.key(1))).links[link.name], [
          link.memberKey(0),
        ]);
      }),
    name,
  );
}
