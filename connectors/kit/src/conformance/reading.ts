// Conformance: reading one row, which somebody else may have made.
import assert from 'node:assert/strict';
import type { AttributeDescription, ScalarValue, TargetObject } from '../contract.js';
import { expectFailure, expectRow } from './expectation.js';
import { caseOf, context, nameOf, type Rig, typeNamed } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

const needs = ['READ_ONE'] as const;

export function readingCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    caseOf(
      target,
      'answers null for a row that is not there',
      async ({ session }) => assert.equal(await session.read(target.objectType, target.key(1), context()), null),
      { needs },
    ),
    caseOf(target, 'reads a row that somebody else made, and no other', readsInserted, { needs }),
    caseOf(target, 'shows exactly the described attributes and links, each of its type', showsDescribed, { needs }),
    caseOf(
      target,
      'refuses to read an unknown object type',
      async ({ session }) =>
        void (await expectFailure(() => session.read('no-such-type', 'x', context()), ['INVALID_VALUE'])),
      { needs },
    ),
  ];
}

async function readsInserted(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const [one, two] = target.attributes;
  await target.outside.insert([
    { key: target.key(1), attributes: { [one]: 'first', [two]: 'second' } },
    { key: target.key(2), attributes: { [one]: 'other', [two]: null } },
  ]);
  const row = await expectRow(session, target.objectType, target.key(1));
  assert.deepEqual(
    [row.objectType, nameOf(rig, row), row.attributes[one], row.attributes[two]],
    [target.objectType, target.key(1), 'first', 'second'],
  );
  const other = await expectRow(session, target.objectType, target.key(2));
  assert.deepEqual([other.attributes[one], other.attributes[two]], ['other', null], 'what has no value must be null');
  assert.equal(await session.read(target.objectType, target.key(3), context()), null);
}

async function showsDescribed(rig: Rig): Promise<void> {
  const { target, session } = rig;
  const type = typeNamed(rig, target.objectType);
  await target.outside.insert([{ key: target.key(1), attributes: { [target.attributes[0]]: 'first' } }]);
  const row = await expectRow(session, target.objectType, target.key(1));
  const readable = type.attributes.filter((attribute) => attribute.isWriteOnly !== true);
  assertSame(Object.keys(row.attributes), readable, 'a row must show the described attributes it can show');
  assertSame(Object.keys(row.links), type.links, 'a row must show every described link, empty or not');
  assert.equal(String(row.attributes[type.keyAttribute]), row.key, 'the key attribute must hold the key');
  for (const attribute of readable) assertType(row, attribute);
}

function assertSame(shown: readonly string[], described: readonly { readonly name: string }[], what: string): void {
  assert.deepEqual([...shown].sort(), described.map(({ name }) => name).sort(), what);
}

function assertType(row: TargetObject, { name, type }: AttributeDescription): void {
  const value: ScalarValue = row.attributes[name] ?? null;
  const expected = type === 'date' ? 'string' : type;
  assert.ok(value === null || typeof value === expected, `${name} must be a ${type} or null, not ${typeof value}`);
}
