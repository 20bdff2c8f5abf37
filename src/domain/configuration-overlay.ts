// What people add to the configuration of the files while Joinery runs: connections, and connectors switched off. Owns how
// both become one configuration, and how the files' part is told apart again.
import type { Configuration, ConnectionDefinition } from './configuration.js';
import type { CompiledModel } from './role-model/model.js';

export interface ConfigurationOverlay {
  readonly connections: readonly ConnectionDefinition[];
  /** Identifiers of connectors. */
  readonly disabled: ReadonlySet<string>;
}

export const noOverlay: ConfigurationOverlay = { connections: [], disabled: new Set() };

/** The same model when nothing is laid over it. */
export function withOverlay(model: CompiledModel, overlay: ConfigurationOverlay): CompiledModel {
  if (overlay.connections.length === 0 && overlay.disabled.size === 0) return model;
  const { simulation, configuration } = model;
  return {
    ...model,
    configuration: overlaid(configuration, overlay),
    simulation:
      simulation === null ? null : { ...simulation, configuration: overlaid(simulation.configuration, overlay) },
  };
}

/** A connection of the files keeps its identifier: who applies files sees a refusal before it comes to that. */
function overlaid(configuration: Configuration, { connections, disabled }: ConfigurationOverlay): Configuration {
  const own = new Set(configuration.connections.map(({ identifier }) => identifier));
  return {
    ...configuration,
    connectors: configuration.connectors.map((connector) =>
      disabled.has(connector.identifier) ? { ...connector, isDisabled: true } : connector,
    ),
    connections: [...configuration.connections, ...connections.filter(({ identifier }) => !own.has(identifier))],
  };
}

/** The part that stands in files: what is compared with other files. */
export const filesOf = (configuration: Configuration): Configuration => ({
  ...configuration,
  connectors: configuration.connectors.map(({ isDisabled: _, ...connector }) => connector),
  connections: configuration.connections.filter(({ isKept }) => isKept !== true),
});
