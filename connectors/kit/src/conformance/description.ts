// Conformance: what a package says about itself and how it takes its settings.
import assert from 'node:assert/strict';
import { secretSettings, settingsProblems } from '../settings.js';
import { caseOf, context, expectFailure, type Rig, withSession } from './rig.js';
import type { ConformanceCase, ConformanceTarget } from './target.js';

export function descriptionCases(target: ConformanceTarget): readonly ConformanceCase[] {
  return [
    {
      name: 'accepts the settings of the test as valid',
      run: async () => assert.deepEqual(settingsProblems(target.connector.settingsSchema, target.settings), []),
    },
    { name: 'refuses an unknown setting by name', run: () => refusesUnknownSetting(target) },
    ...requiredSettings(target).map((name) => ({
      name: `refuses settings without "${name}" by name`,
      run: () => refusesMissingSetting(target, name),
    })),
    { name: 'marks settings that look like credentials as secret', run: async () => marksSecrets(target) },
    caseOf(target, 'describes object types whose names, keys and links fit together', describesConsistently),
    caseOf(target, 'describes the attributes and the link of the test as writable', describesTestTypes),
    caseOf(target, 'answers a check when the system is there', async ({ session }) => session.check(context())),
    caseOf(target, 'refuses to list an unknown object type', async ({ session }) => {
      await expectFailure(() => firstPage(session.list('no-such-type', context())), ['INVALID_VALUE']);
    }),
    caseOf(target, 'refuses to read an unknown object type', async ({ session }) => {
      await expectFailure(() => session.read('no-such-type', 'x', context()), ['INVALID_VALUE']);
    }),
  ];
}

async function firstPage<T>(pages: AsyncIterable<T>): Promise<T | undefined> {
  for await (const page of pages) return page;
  return undefined;
}

async function refusesUnknownSetting(target: ConformanceTarget): Promise<void> {
  const error = await expectFailure(
    () => withSession(target, { ...target.settings, noSuchSetting: 1 }, async () => undefined),
    ['INVALID_VALUE'],
  );
  assert.match(error.message, /noSuchSetting/);
}

function requiredSettings(target: ConformanceTarget): readonly string[] {
  const { required } = target.connector.settingsSchema;
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : [];
}

async function refusesMissingSetting(target: ConformanceTarget, name: string): Promise<void> {
  const rest = Object.fromEntries(Object.entries(target.settings).filter(([setting]) => setting !== name));
  const error = await expectFailure(() => withSession(target, rest, async () => undefined), ['INVALID_VALUE']);
  assert.ok(error.message.includes(`"${name}"`), `the error must name the missing setting: ${error.message}`);
}

function marksSecrets(target: ConformanceTarget): void {
  const secret = secretSettings(target.connector.settingsSchema);
  const properties = Object.keys(target.connector.settingsSchema.properties ?? {});
  const open = properties.filter((name) => /password|secret|token|privateKey/i.test(name) && !secret.includes(name));
  assert.deepEqual(open, [], 'settings that hold credentials must be marked "x-secret": true');
}

async function describesConsistently({ session }: Rig): Promise<void> {
  const types = await session.describe(context());
  const names = types.map((type) => type.name);
  assert.equal(new Set(names).size, names.length, 'names of object types must be unique');
  for (const type of types) {
    const attributes = type.attributes.map((attribute) => attribute.name);
    assert.equal(new Set(attributes).size, attributes.length, `attributes of ${type.name} must be unique`);
    assert.ok(
      attributes.includes(type.keyAttribute),
      `the key attribute of ${type.name} must be one of its attributes`,
    );
    for (const link of type.links)
      assert.ok(names.includes(link.targetObjectType), `link ${link.name} must lead to a described type`);
  }
}

async function describesTestTypes({ target, session }: Rig): Promise<void> {
  const types = await session.describe(context());
  const type = types.find((candidate) => candidate.name === target.objectType);
  assert.ok(type !== undefined, `${target.objectType} must be described`);
  for (const name of target.attributes) {
    const attribute = type.attributes.find((candidate) => candidate.name === name);
    assert.ok(
      attribute?.type === 'string' && attribute.isReadOnly !== true && attribute.isRequired !== true,
      `${name} must be an optional, writable text`,
    );
  }
  if (target.link === undefined) return;
  const { objectType, name } = target.link;
  const links = types.find((candidate) => candidate.name === objectType)?.links ?? [];
  assert.ok(
    links.some((link) => link.name === name),
    `${objectType} must have the link ${name}`,
  );
}
