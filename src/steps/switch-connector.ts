// Switches a connector off, or on again. Off: jobs leave it out, nothing is written to it, and its orders wait and say why.
import type { Actor } from '../domain/actor.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, refused } from '../domain/refusal.js';
import type { ConnectorSwitchStore } from './ports/connection.js';
import type { ModelRefresh, ModelSource } from './ports/model.js';

export interface SwitchConnectorPorts {
  readonly models: ModelSource;
  readonly modelRefresh: ModelRefresh;
  readonly connectorSwitches: ConnectorSwitchStore;
}

export interface SwitchConnectorInput {
  /** Identifier; null when what was given is no connector's id. */
  readonly connector: string | null;
  readonly isEnabled: boolean;
}

/** Answers its identifier. What it is already is no error. */
export async function switchConnector(
  { models, modelRefresh, connectorSwitches }: SwitchConnectorPorts,
  actor: Actor,
  { connector, isEnabled }: SwitchConnectorInput,
): Promise<Decision<string>> {
  const permit = may(actor, 'connector.switch');
  if (!permit.ok) return permit;
  const { configuration } = await models.current();
  const known = configuration.connectors.some(({ identifier }) => identifier === connector);
  if (connector === null || !known)
    return refused({
      code: 'NOT_FOUND',
      rule: 'connector.known',
      field: ['id'],
      message: 'There is no such connector.',
      hint: 'Take the id from the query connectors.',
    });
  const connections = configuration.connections
    .filter((connection) => connection.connector === connector)
    .map(({ identifier }) => identifier);
  await connectorSwitches.set({ connector, isEnabled, connections }, actor);
  modelRefresh.expire();
  return granted(connector);
}
