// Where a connector package is found by the name that a configuration gives it, and how it is loaded into this process.
// The engine, its commands and stories ask here. What a package does is its own business.
import type { ConnectorPackageDefinition } from './contract.js';

/** Where a package of that name may be: `csv` is `@joinery/connector-csv`, or a package called csv; others are full names. */
export const moduleNames = (name: string): readonly string[] =>
  /^[a-z][a-z0-9-]*$/.test(name) ? [`@joinery/connector-${ownName(name)}`, name] : [name];

/** Configurations may call the package of people's tickets by what it is for. */
const ownName = (name: string): string => (name === 'manual' ? 'ticket' : name);

/** Throws an Error that says what was looked for and what to do. Node keeps what was loaded. */
export async function loadConnectorPackage(name: string): Promise<ConnectorPackageDefinition> {
  const { module, loaded } = await importFirst(name);
  const definition = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  if (isDefinition(definition)) return definition;
  throw new Error(
    `${module} is not a connector package: its default export is no definition. Export defineConnector({…}) as default.`,
  );
}

/** The first that is there; a package that is there and cannot be loaded is not passed over. */
async function importFirst(name: string): Promise<{ readonly module: string; readonly loaded: unknown }> {
  const modules = moduleNames(name);
  let absence: unknown;
  for (const module of modules) {
    try {
      return { module, loaded: await import(module) };
    } catch (cause) {
      if (!isAbsent(module, cause)) throw unloadable(name, module, cause);
      absence = cause;
    }
  }
  throw unloadable(name, modules.join(' or '), absence);
}

/** Whether the package itself is missing, rather than something it needs. */
function isAbsent(module: string, cause: unknown): boolean {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && reasonOf(cause).includes(`'${module}'`);
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const unloadable = (name: string, where: string, cause: unknown): Error =>
  new Error(
    `The connector package "${name}" (${where}) cannot be loaded: ${reasonOf(cause)}. Install it with npm, or correct the name.`,
    { cause },
  );

function isDefinition(candidate: unknown): candidate is ConnectorPackageDefinition {
  if (typeof candidate !== 'object' || candidate === null) return false;
  return 'open' in candidate && typeof candidate.open === 'function' && 'settingsSchema' in candidate;
}
