// Loads connector packages by the names the configuration gives them. Owns names and the shape of a front door;
// what a package does is its own business.
import type { ConnectorPackageDefinition } from '@joinery/connector-kit';
import { manualPackage } from '../domain/connection-setting.js';
import { manualDefinition } from './manual-package.js';

/** `csv` stands for `@joinery/connector-csv`; any other form is a package's full name. */
const moduleName = (name: string): string => (/^[a-z][a-z0-9]*$/.test(name) ? `@joinery/connector-${name}` : name);

/** Throws an Error that says what was looked for and what to do. Node keeps what was loaded. */
export async function loadConnectorPackage(name: string): Promise<ConnectorPackageDefinition> {
  if (name === manualPackage) return manualDefinition;
  const module = moduleName(name);
  const loaded = await importPackage(name, module);
  const definition = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  if (isDefinition(definition)) return definition;
  throw new Error(
    `${module} is not a connector package: its default export is no definition. Export defineConnector({…}) as default.`,
  );
}

async function importPackage(name: string, module: string): Promise<unknown> {
  try {
    return await import(module);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The connector package "${name}" (${module}) cannot be loaded: ${reason}. Install it with npm, or correct the name.`,
      { cause },
    );
  }
}

function isDefinition(candidate: unknown): candidate is ConnectorPackageDefinition {
  if (typeof candidate !== 'object' || candidate === null) return false;
  return 'open' in candidate && typeof candidate.open === 'function' && 'settingsSchema' in candidate;
}
