// The front door of every package: turns a definition into one that keeps the contract's promises.
// Owns what is checked when a package is loaded and when a connection is opened.
import { type ConnectorCapability, type ConnectorPackageDefinition, connectorCapabilities } from './contract.js';
import { ConnectorError } from './failure.js';
import { guardSession } from './guarded-session.js';
import { withoutMissing } from './missing-capability.js';
import { redactionOf } from './redaction.js';
import { compileSettingsSchema, validateSettings } from './settings.js';

/**
 * Declares a connector package; use it as the default export of the package.
 * Throws CONNECTOR_BUG when the definition itself is wrong. `open` refuses settings that break the schema
 * (INVALID_VALUE) and answers a guarded session: deadlines hold, only typed failures come out, secrets are hidden, and
 * what the package does not claim is refused as missing.
 */
export function defineConnector(definition: ConnectorPackageDefinition): ConnectorPackageDefinition {
  const problem = definitionProblem(definition);
  if (problem !== null)
    throw new ConnectorError({
      code: 'CONNECTOR_BUG',
      message: `The connector package "${definition.name}" is malformed: ${problem}.`,
    });
  compileSettingsSchema(definition.settingsSchema);
  return Object.freeze({
    ...definition,
    open: async (settings, host) => {
      validateSettings(definition.settingsSchema, settings);
      const session = await definition.open(settings, host);
      return guardSession(withoutMissing(session, definition), redactionOf(definition.settingsSchema, settings));
    },
  } satisfies ConnectorPackageDefinition);
}

function definitionProblem(definition: ConnectorPackageDefinition): string | null {
  if (!/^[a-z][a-z0-9-]*$/.test(definition.name)) return 'its name must be lower case letters, digits and dashes';
  if (!/^\d+\.\d+\.\d+/.test(definition.version)) return 'its version must look like 1.2.3';
  if (definition.displayName.trim() === '') return 'it has no display name';
  const unknown = definition.capabilities.find((capability) => !isCapability(capability));
  return unknown === undefined ? null : `it claims the unknown capability ${String(unknown)}`;
}

function isCapability(name: string): name is ConnectorCapability {
  return connectorCapabilities.some((known) => known === name);
}
