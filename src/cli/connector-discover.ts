// `joinery connector discover`: asks a system what it has and writes a draft of its configuration: the connector, the
// connection, entity types and a first resource type for each kind of account. A draft: people correct it.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callContext, type ObjectTypeDescription, secretSettings } from '@joinery/connector-kit';
import { stringify } from 'yaml';
import { z } from 'zod';
import { assertSettings, packageAt, packageNameOf, readPlaced } from './connector-package.js';
import { exitCodes, Failure } from './exit.js';

export interface DiscoverOptions {
  readonly settings: string;
  /** Identifier of the connector and its connection. Default: the package's name. */
  readonly name?: string;
  /** Folder the draft is written to; without it, it is printed. */
  readonly output?: string;
}

const settingsFile = z.looseObject({ settings: z.record(z.string(), z.unknown()) });
const patienceMs = 60_000;

export async function runDiscover(
  packageName: string,
  options: DiscoverOptions,
  environment: (name: string) => string | undefined,
): Promise<void> {
  const connector = await packageAt(packageName);
  const file = settingsFile.safeParse(readPlaced(options.settings, environment));
  if (!file.success) throw new Failure(exitCodes.usage, `${options.settings}: ${z.prettifyError(file.error)}`);
  const { settings } = file.data;
  assertSettings(connector, settings);
  const identifier = identifierOf(options.name ?? connector.name);
  const session = await connector.open(settings);
  try {
    await session.check(callContext(patienceMs));
    const types = await session.describe(callContext(patienceMs));
    const secrets = secretSettings(connector.settingsSchema).filter((name) => settings[name] !== undefined);
    const hidden = Object.fromEntries(secrets.map((name) => [name, { $env: variableOf(identifier, name) }]));
    hand(draftOf(identifier, packageNameOf(packageName), { ...settings, ...hidden }, types), options, identifier);
  } finally {
    await session.close();
  }
}

/** The environment variable that a secret of the draft is read from. */
const variableOf = (identifier: string, setting: string): string =>
  `${identifier}_${identifierOf(setting)}`.toUpperCase().replaceAll('-', '_');

/** The draft as the text of a configuration file. */
export function draftOf(
  identifier: string,
  packageName: string,
  settings: Readonly<Record<string, unknown>>,
  types: readonly ObjectTypeDescription[],
): string {
  const comment =
    '# A draft: take out what you do not need, and say which rows are accounts of whom.\n# Nothing is written to the system while blockProvisioning is true.\n';
  const document = {
    connectors: [{ identifier, displayName: identifier }],
    connections: [{ identifier, displayName: identifier, connector: identifier, package: packageName, settings }],
    entityTypes: types.map((type) => entityTypeOf(identifier, type)),
    resourceTypes: types.filter(isAccount).map((type) => resourceTypeOf(identifier, type)),
    scalarRules: types.filter(isAccount).flatMap((type) => scalarRulesOf(identifier, type)),
  };
  return comment + stringify(document, { lineWidth: 120 });
}

const entityName = (identifier: string, { name }: ObjectTypeDescription): string =>
  `${identifier}-${identifierOf(name)}`;

function entityTypeOf(identifier: string, type: ObjectTypeDescription) {
  const attributes = type.attributes.map((attribute) => ({
    ...named(attribute.name),
    ...(attribute.type === 'string' ? {} : { type: attribute.type }),
    ...(attribute.isWriteOnly === true ? { isSecret: true } : {}),
  }));
  const links = type.links.map(({ name, targetObjectType }) => ({
    ...named(name),
    references: `${identifier}-${identifierOf(targetObjectType)}`,
    isMultivalued: true,
  }));
  return {
    identifier: entityName(identifier, type),
    displayName: type.name,
    connection: identifier,
    objectType: type.name,
    key: propertyName(type.keyAttribute),
    ...(type.nameAttribute === undefined ? {} : { displayProperty: propertyName(type.nameAttribute) }),
    properties: [...attributes, ...links],
  };
}

const named = (name: string) => {
  const identifier = propertyName(name);
  return identifier === name ? { identifier } : { identifier, attribute: name };
};

/** What can be disabled, or be given a password or a mail address, is an account of somebody. */
const isAccount = (type: ObjectTypeDescription): boolean =>
  type.disabling !== undefined ||
  type.passwordAttribute !== undefined ||
  type.attributes.some(({ name }) => expressionOf(name) === 'person.email');

/** What attributes of that name usually hold, by the last part of their names; a first mapping that people correct. */
const usual: readonly (readonly [RegExp, string])[] = [
  [/^(mail|e-?mail|emails?([.]?work)?)$/i, 'person.email'],
  [/(^|[.])(givenName|firstName)$/i, 'person.firstName'],
  [/(^|[.])(sn|surname|lastName|familyName)$/i, 'person.lastName'],
  [/(^|[.])(cn|displayName|fullName|formatted|name)$/i, 'person.displayName'],
];

const expressionOf = (attribute: string): string | undefined => usual.find(([pattern]) => pattern.test(attribute))?.[1];

function scalarRulesOf(identifier: string, type: ObjectTypeDescription) {
  return type.attributes.flatMap(({ name, isReadOnly, isWriteOnly }) => {
    const value = name === type.nameAttribute ? 'person.identifier' : expressionOf(name);
    if (value === undefined || name === type.keyAttribute || isReadOnly === true || isWriteOnly === true) return [];
    const resourceType = `${entityName(identifier, type)}-account`;
    return [{ identifier: `${resourceType}-${identifierOf(name)}`, resourceType, property: propertyName(name), value }];
  });
}

function resourceTypeOf(identifier: string, type: ObjectTypeDescription) {
  const { disabling } = type;
  return {
    identifier: `${entityName(identifier, type)}-account`,
    displayName: `${type.name} of ${identifier}`,
    sourceEntityType: 'person',
    targetEntityType: entityName(identifier, type),
    connection: identifier,
    blockProvisioning: true,
    key: 'person.identifier',
    ...(disabling === undefined
      ? {}
      : {
          onRemove: {
            disable: propertyName(disabling.attribute),
            disabledValue: disabling.disabledValue,
            enabledValue: disabling.enabledValue,
          },
        }),
  };
}

/** Identifiers of entries: lower case letters, digits and dashes. */
const identifierOf = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');

/** Identifiers of properties: a letter, then letters, digits or `_`. */
const propertyName = (name: string): string => {
  const words = name.split(/[^A-Za-z0-9_]+/).filter((word) => word !== '');
  const joined = words.map((word, n) => (n === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `p${joined}`;
};

function hand(draft: string, { output }: DiscoverOptions, identifier: string): void {
  if (output === undefined) return void process.stdout.write(draft);
  const path = join(output, `${identifier}.yaml`);
  if (existsSync(path)) throw new Failure(exitCodes.refused, `${path} is there already; nothing was written.`);
  mkdirSync(output, { recursive: true });
  writeFileSync(path, draft);
  process.stderr.write(`Wrote ${path}.\n`);
}
