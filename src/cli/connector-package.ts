// Packages and settings for commands that work on a package alone, without a server: where a package is found, and how
// the file with its settings is read.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConnectorPackageDefinition, loadConnectorPackage, settingsProblems } from '@joinery/connector-kit';
import { parse } from 'yaml';
import { z } from 'zod';
import { exitCodes, Failure } from './exit.js';

/** A folder with a package.json, a short name such as `ldap`, or an npm name: found as the engine finds it. */
export async function packageAt(name: string): Promise<ConnectorPackageDefinition> {
  const module = isFolder(name) ? entryOf(name) : name;
  return loadConnectorPackage(module).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      exitCodes.usage,
      isFolder(name)
        ? `${name} cannot be loaded: ${innermost(cause)}`
        : `${reason} The folder of a package is written as ./folder.`,
    );
  });
}

/** Why the file could not be loaded, without where else packages are looked for. */
function innermost(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? innermost(cause.cause) : cause.message;
}

const isFolder = (name: string): boolean => name.startsWith('.') || name.startsWith('/');

function entryOf(folder: string): string {
  const entry = resolve(folder, manifestOf(folder).main);
  if (!existsSync(entry)) throw new Failure(exitCodes.usage, `There is no ${entry}: build the package first.`);
  return pathToFileURL(entry).href;
}

/** What a configuration calls the package: of a folder the name in its package.json. */
export const packageNameOf = (name: string): string => (isFolder(name) ? manifestOf(name).name : name);

function manifestOf(folder: string): { readonly name: string; readonly main: string } {
  const path = resolve(folder, 'package.json');
  if (!existsSync(path)) throw new Failure(exitCodes.usage, `There is no ${path}.`);
  return z.object({ name: z.string(), main: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8')));
}

const placedValue = z.union([z.strictObject({ $env: z.string() }), z.strictObject({ $file: z.string() })]);

/** The YAML file, `{ $env: NAME }` and `{ $file: path }` (from the file's folder) replaced. Throws Failure. */
export function readPlaced(path: string, environment: (name: string) => string | undefined): unknown {
  if (!existsSync(path)) throw new Failure(exitCodes.usage, `There is no file ${path}.`);
  return placed(parsed(path), dirname(resolve(path)), environment);
}

function parsed(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure(exitCodes.usage, `${path} is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function placed(value: unknown, folder: string, environment: (name: string) => string | undefined): unknown {
  const stand = placedValue.safeParse(value);
  if (stand.success)
    return '$env' in stand.data ? fromEnvironment(stand.data.$env, environment) : fromFile(folder, stand.data.$file);
  if (Array.isArray(value)) return value.map((item: unknown) => placed(item, folder, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, placed(inner, folder, environment)]));
}

function fromEnvironment(name: string, environment: (name: string) => string | undefined): string {
  const value = environment(name);
  if (value === undefined) throw new Failure(exitCodes.usage, `The environment variable ${name} is not set.`);
  return value;
}

function fromFile(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (!existsSync(path)) throw new Failure(exitCodes.usage, `There is no file ${path}.`);
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}

/** Throws Failure that names each wrong setting. */
export function assertSettings(
  definition: ConnectorPackageDefinition,
  settings: Readonly<Record<string, unknown>>,
): void {
  const problems = settingsProblems(definition.settingsSchema, settings);
  if (problems.length === 0) return;
  const lines = problems.map(({ message }) => `  ${message}`).join('\n');
  throw new Failure(exitCodes.usage, `The settings of the package ${definition.name} are not valid:\n${lines}`);
}
