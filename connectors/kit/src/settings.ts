// Checks the settings of a connection against the package's JSON Schema and says what is wrong by name.
// Owns the wording of settings errors, and which settings are secret or say where the system is; never prints a value.
import { types } from 'node:util';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ConnectorSettings, SettingsSchema } from './contract.js';
import { ConnectorError } from './failure.js';

/** One thing wrong with one setting. */
export interface SettingsProblem {
  /** Path of the setting, such as `objectTypes[0].table`; empty for the settings as a whole. */
  readonly setting: string;
  readonly message: string;
}

const compiled = new WeakMap<SettingsSchema, ValidateFunction>();

/** Compiles the schema, or throws CONNECTOR_BUG: a package whose schema is malformed cannot be used. */
export function compileSettingsSchema(schema: SettingsSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  if (schema.additionalProperties !== false)
    throw malformedSchema('it must say "additionalProperties": false', undefined);
  const validate = compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Everything wrong with the settings, in the order of the schema's rules; empty when they are valid. */
export function settingsProblems(schema: SettingsSchema, settings: ConnectorSettings): readonly SettingsProblem[] {
  const validate = compileSettingsSchema(schema);
  if (validate(settings)) return [];
  return (validate.errors ?? []).filter(isCause).map(toProblem);
}

/** Throws INVALID_VALUE naming each wrong setting; returns nothing when the settings are valid. */
export function validateSettings(schema: SettingsSchema, settings: ConnectorSettings): void {
  const problems = settingsProblems(schema, settings);
  if (problems.length === 0) return;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The settings of the connection are not valid: ${problems.map((problem) => problem.message).join(' ')}`,
    hint: 'Correct the named settings of the connection.',
  });
}

/** Names of the top-level settings marked `"x-secret": true`. */
export function secretSettings(schema: SettingsSchema): readonly string[] {
  const properties = schema.properties;
  if (!isRecord(properties)) return [];
  return Object.entries(properties)
    .filter(([, property]) => isRecord(property) && property['x-secret'] === true)
    .map(([name]) => name);
}

const placeWords: ReadonlySet<string> = new Set(
  // Where the system is, what is run to reach it, and by what it is told from another that stands in its place.
  `host hostname port url uri server address endpoint socket proxy domain realm folder path file command program
   tls ssl certificate unencrypted`.split(/\s+/),
);

/**
 * Whether a top-level setting says where the system is, what is run to reach it, or how it is known: a secret is never sent
 * to another place than the one it was given for, nor to somebody who stands in that place. `"x-endpoint"` (true or false) decides; without it the last word of the name does.
 */
export function isEndpointSetting(schema: SettingsSchema, name: string): boolean {
  const property = isRecord(schema.properties) ? schema.properties[name] : undefined;
  const marked = isRecord(property) ? property['x-endpoint'] : undefined;
  if (typeof marked === 'boolean') return marked;
  const last =
    name
      .split(/(?=[A-Z])|[_-]/)
      .at(-1)
      ?.toLowerCase() ?? '';
  return placeWords.has(last) || placeWords.has(last.replace(/(?:es|s)$/, ''));
}

function compile(schema: SettingsSchema): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    verbose: true,
  });
  ajv.addVocabulary(['x-secret', 'x-endpoint']);
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw malformedSchema(types.isNativeError(error) ? error.message : 'it cannot be compiled', error);
  }
}

function malformedSchema(reason: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    {
      code: 'CONNECTOR_BUG',
      message: `The settings schema of the package is malformed: ${reason}.`,
      hint: 'Tell the author of the package.',
    },
    { cause },
  );
}

// `anyOf`, `oneOf` and `if` only repeat that something inside them failed; the inner errors name it.
function isCause(error: ErrorObject): boolean {
  return error.keyword !== 'if';
}

function toProblem(error: ErrorObject): SettingsProblem {
  const at = settingPath(error.instancePath);
  switch (error.keyword) {
    case 'required':
      return problemOf(child(at, textOf(error.params.missingProperty)), 'is missing');
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return problemOf(
        child(at, textOf(error.params.additionalProperty ?? error.params.unevaluatedProperty)),
        `is unknown; known here: ${knownProperties(error)}`,
      );
    case 'enum':
      return problemOf(at, `must be one of ${JSON.stringify(error.params.allowedValues)}`);
    default:
      return problemOf(at, error.message ?? 'is not valid');
  }
}

function problemOf(setting: string, reason: string): SettingsProblem {
  const subject = setting === '' ? 'The settings' : `The setting "${setting}"`;
  return { setting, message: `${subject} ${reason}.` };
}

function settingPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : child(path, part)), '');
}

function child(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function knownProperties(error: ErrorObject): string {
  const properties = error.parentSchema?.properties;
  return isRecord(properties) ? Object.keys(properties).join(', ') : 'none';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
