// Values of connection settings that are not written in the files: the data folder, files, environment variables and sealed secrets.
// Resolved when a connection is opened, so that a secret is never stored; never prints a value.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConnectorSettings, SettingsSchema } from '@joinery/connector-kit';
import { isSealed, type SealedSetting } from '../domain/sealed-secret.js';
import type { SecretOpener } from './secret-seal.js';

export interface SettingSource {
  /** Absolute path; stands for `${dataFolder}`, and relative `$file` paths start there. */
  readonly dataFolder: string;
  /** Value of an environment variable, or undefined. */
  readonly environment: (name: string) => string | undefined;
  /** Left out: sealed settings cannot be opened here. */
  readonly seals?: SecretOpener;
}

/** Where a setting could not be resolved, and why. Never holds a value. */
export class SettingError extends Error {
  constructor(
    readonly setting: string,
    reason: string,
  ) {
    super(`The setting ${setting} ${reason}`);
    this.name = 'SettingError';
  }
}

/** The settings with every placeholder replaced. Throws SettingError at the first that cannot be. */
export function resolveSettings(raw: ConnectorSettings, source: SettingSource): ConnectorSettings {
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, resolveValue(value, name, source)]));
}

function resolveValue(value: unknown, at: string, source: SettingSource): unknown {
  if (typeof value === 'string') return fillIn(value, at, source);
  if (Array.isArray(value)) return value.map((item: unknown, index) => resolveValue(item, `${at}[${index}]`, source));
  if (isSealed(value)) return unsealed(value, at, source);
  const stand = standIn(value);
  if (stand !== null)
    return stand.kind === '$file' ? fromFile(stand.name, at, source) : fromEnvironment(stand.name, at, source);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, resolveValue(inner, `${at}.${name}`, source)]),
  );
}

/**
 * What was read from a file or the environment is text; a setting that the package wants as a number or a truth value is turned
 * into one where the text is one. `raw`: the settings as configured. Others are left for the package to refuse.
 */
export function typedSettings(
  resolved: ConnectorSettings,
  raw: ConnectorSettings,
  schema: SettingsSchema,
): ConnectorSettings {
  return Object.fromEntries(
    Object.entries(resolved).map(([name, value]) => [
      name,
      standIn(raw[name]) === null ? value : typed(value, typeOf(schema, name)),
    ]),
  );
}

function typed(value: unknown, type: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return value;
}

function typeOf({ properties }: SettingsSchema, name: string): unknown {
  const property: unknown =
    typeof properties === 'object' && properties !== null
      ? Object.entries(properties).find(([key]) => key === name)?.[1]
      : undefined;
  return typeof property === 'object' && property !== null && 'type' in property ? property.type : undefined;
}

export interface StandIn {
  readonly kind: '$file' | '$env';
  readonly name: string;
}

/** `{ $file: path }` or `{ $env: NAME }`, else null. */
export function standIn(value: unknown): StandIn | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0 || typeof entry[1] !== 'string') return null;
  const [kind, name] = entry;
  return kind === '$file' || kind === '$env' ? { kind, name } : null;
}

function unsealed({ $sealed }: SealedSetting, at: string, { seals }: SettingSource): string {
  if (seals === undefined) throw new SettingError(at, 'is sealed, and this process has no keys.');
  try {
    return seals.open($sealed, $sealed);
  } catch (error) {
    throw new SettingError(at, error instanceof Error ? error.message : 'cannot be opened.');
  }
}

const placeholder = /\$\{([^}]*)\}/g;

/** The names in `${…}` that mean nothing. */
export const unknownPlaceholders = (text: string): readonly string[] =>
  [...text.matchAll(placeholder)].map((match) => match[1] ?? '').filter((name) => name !== 'dataFolder');

function fillIn(text: string, at: string, source: SettingSource): string {
  const unknown = unknownPlaceholders(text)[0];
  if (unknown !== undefined)
    throw new SettingError(
      at,
      `names «\${${unknown}}», which stands for nothing. Write \${dataFolder}, or leave it out.`,
    );
  return text.replaceAll('${dataFolder}', () => source.dataFolder);
}

function fromFile(name: string, at: string, source: SettingSource): string {
  const path = resolve(source.dataFolder, fillIn(name, at, source));
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown cause';
    throw new SettingError(
      at,
      `is kept in the file ${path}, which cannot be read (${code}). Create the file, readable by this process.`,
    );
  }
}

function fromEnvironment(name: string, at: string, source: SettingSource): string {
  const value = source.environment(name);
  if (value === undefined || value === '')
    throw new SettingError(
      at,
      `is kept in the environment variable ${name}, which is not set. Set it and start again.`,
    );
  return value;
}
