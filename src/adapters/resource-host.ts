// Lends Joinery's own resources to the package internal: only the entity types that its connection is the one way into.
// Owns who may have what, and what a database that is away means; rows are the store's.
import {
  type CallContext,
  ConnectorError,
  type ConnectorHost,
  type HostRow,
  moduleNames,
  type ResourceDirectory,
} from '@joinery/connector-kit';
import type { ConnectionDefinition, EntityTypeDefinition } from '../domain/configuration.js';
import type { ModelSource } from '../steps/ports/model.js';
import type { OwnedResourceStore } from '../steps/ports/owned-resource.js';

export interface ResourceHostPorts {
  readonly models: ModelSource;
  readonly resources: OwnedResourceStore;
}

const pageSize = 500;
const readTries = 4;
const borrowers = new Set(moduleNames('internal'));

/** Null for every package but `internal`. */
export const resourceHost =
  (ports: ResourceHostPorts) =>
  (connection: ConnectionDefinition): ConnectorHost | null =>
    moduleNames(connection.package).some((name) => borrowers.has(name))
      ? { resources: directory(ports, connection.identifier) }
      : null;

function directory({ models, resources }: ResourceHostPorts, connection: string): ResourceDirectory {
  const owned = async (entityType: string): Promise<EntityTypeDefinition> =>
    ownedType((await models.current()).configuration.entityTypes, entityType, connection);
  return {
    check: async (entityType, properties, { signal }) => {
      signal.throwIfAborted();
      assertProperties(await owned(entityType), properties);
      await readAgain(() => resources.page(entityType, null, 1));
    },
    list: (entityType, context) => list(resources, () => owned(entityType), context),
    read: async (entityType, key) => {
      await owned(entityType);
      return readAgain(() => resources.read(entityType, key));
    },
    missing: async (entityType, keys) => {
      await owned(entityType);
      return readAgain(() => resources.missing(entityType, keys));
    },
    change: async (entityType, key, next, { signal }) => {
      const { identity } = await owned(entityType);
      signal.throwIfAborted();
      await reached(() => resources.change({ entityType, key, isPeople: identity !== null, next }));
    },
  };
}

async function* list(
  resources: OwnedResourceStore,
  owned: () => Promise<EntityTypeDefinition>,
  { signal }: CallContext,
): AsyncGenerator<readonly HostRow[]> {
  const { identifier } = await owned();
  for (let after: string | null = null; ; ) {
    signal.throwIfAborted();
    const from: string | null = after;
    const rows: readonly HostRow[] = await readAgain(() => resources.page(identifier, from, pageSize));
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.key ?? null;
  }
}

function ownedType(
  types: readonly EntityTypeDefinition[],
  entityType: string,
  connection: string,
): EntityTypeDefinition {
  const type = types.find(({ identifier }) => identifier === entityType);
  if (type?.connection === connection && type.objectType === entityType) return type;
  const why =
    type === undefined
      ? 'the configuration has no such entity type'
      : type.connection === connection
        ? `its object type is "${type.objectType}"`
        : `it is read through the connection ${type.connection}`;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The connection ${connection} cannot have the entity type "${entityType}": ${why}.`,
    hint: 'An entity type of Joinery itself names its internal connection, and itself as its object type.',
  });
}

/** Rows hold properties: an attribute of another name would be written where nobody reads it. */
function assertProperties({ identifier, properties }: EntityTypeDefinition, named: readonly string[]): void {
  const other = properties.find((property) => property.attribute !== property.identifier);
  const unknown = named.find((name) => !properties.some((property) => property.identifier === name));
  if (other === undefined && unknown === undefined) return;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message:
      unknown === undefined
        ? `The property ${other?.identifier ?? ''} of ${identifier} is kept under another name, which a resource of Joinery cannot be.`
        : `The entity type ${identifier} has no property "${unknown}".`,
    hint: 'Name the same properties in the entity type and in the settings of the connection.',
  });
}

const away = /^(08|57P|53)/;
const awayCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

/** After an outage a pool may still hold a few connections that are dead: a reading does no harm when it is done again. */
async function readAgain<T>(use: () => Promise<T>): Promise<T> {
  for (let left = readTries; ; left -= 1) {
    try {
      return await reached(use);
    } catch (error) {
      if (left <= 1 || !(error instanceof ConnectorError)) throw error;
    }
  }
}

/** Our own database is the managed system here: when it is away, so is the connection. */
async function reached<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    if (cause instanceof ConnectorError) throw cause;
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
    const text = cause instanceof Error ? cause.message : '';
    const isAway = awayCodes.has(code) || away.test(code) || /terminated|timeout|closed|ended/i.test(text);
    if (!isAway) throw cause;
    throw new ConnectorError(
      { code: 'UNREACHABLE', message: 'The database of Joinery does not answer.', targetCode: code },
      { cause },
    );
  }
}
