// Conformance: what a package says about itself and how it takes its settings.
import assert from 'node:assert/strict';
import type { ObjectTypeDescription } from '../contract.js';
import { secretSettings, settingsProblems } from '../settings.js';
import { expectFailure } from './expectation.js';
import { caseOf, context, type Rig, typeNamed, withSession } from './rig.js';
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
    { name: 'says of every setting what it is for', run: async () => describesSettings(target) },
    { name: 'marks settings that look like credentials as secret', run: async () => marksSecrets(target) },
    caseOf(target, 'describes object types whose names, keys and links fit together', describesConsistently),
    caseOf(target, 'describes the attributes and the link of the test as writable', describesTestTypes),
    caseOf(target, 'answers a check when the system is there', async ({ session }) => session.check(context())),
  ];
}

function describesSettings({ connector }: ConformanceTarget): void {
  const properties: Readonly<Record<string, unknown>> = Object(connector.settingsSchema.properties);
  const silent = Object.entries(properties).filter(
    ([, schema]) => typeof schema !== 'object' || schema === null || !('description' in schema),
  );
  assert.deepEqual(
    silent.map(([name]) => name),
    [],
    'every setting must have a description',
  );
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

async function describesConsistently({ types }: Rig): Promise<void> {
  const names = types.map((type) => type.name);
  assert.equal(new Set(names).size, names.length, 'names of object types must be unique');
  for (const type of types) {
    const attributes = type.attributes.map((attribute) => attribute.name);
    assert.equal(new Set(attributes).size, attributes.length, `attributes of ${type.name} must be unique`);
    for (const name of namedAttributes(type))
      assert.ok(attributes.includes(name), `${name} is named by ${type.name}, so it must be one of its attributes`);
    for (const link of type.links)
      assert.ok(names.includes(link.targetObjectType), `link ${link.name} must lead to a described type`);
  }
}

function namedAttributes(type: ObjectTypeDescription): readonly string[] {
  const { keyAttribute, nameAttribute, disabling, passwordAttribute } = type;
  return [keyAttribute, nameAttribute, disabling?.attribute, passwordAttribute].filter((name) => name !== undefined);
}

async function describesTestTypes(rig: Rig): Promise<void> {
  const { target } = rig;
  const type = typeNamed(rig, target.objectType);
  for (const name of target.attributes) {
    const attribute = type.attributes.find((candidate) => candidate.name === name);
    assert.ok(
      attribute?.type === 'string' &&
        attribute.isRequired !== true &&
        (attribute.isReadOnly !== true || !writes(target)),
      `${name} must be an optional, writable text`,
    );
  }
  if (target.link === undefined) return;
  const { objectType, name } = target.link;
  assert.ok(
    typeNamed(rig, objectType).links.some((link) => link.name === name),
    `${objectType} must have the link ${name}`,
  );
}

function writes({ connector: { capabilities } }: ConformanceTarget): boolean {
  return capabilities.includes('CREATE') || capabilities.includes('UPDATE');
}
