// Managed systems, the ways into them, and their packages. Secrets of settings never pass this file.
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { shownSettings } from '../domain/connection-setting.js';
import { toGlobalId } from '../domain/global-id.js';
import { isAllowed, may } from '../domain/permission.js';
import {
  ConformanceReport,
  ConnectionProfile,
  ConnectionTest,
  Connector,
  ConnectorPackage,
} from '../schema/connector.js';
import { ConnectorHealth } from '../schema/connector-health.js';
import { EntityType } from '../schema/entity-type.js';
import { ResourceType } from '../schema/resource-type.js';
import { ProvisioningStep } from '../schema/provisioning-attempt.js';
import { JsonScalar } from '../schema/scalar.js';
import type { ConnectionTestView } from '../steps/ports/connection-test.js';
import type { ConnectorHealthRow } from '../steps/ports/connection-health.js';
import type { ConformanceReport as Conformance } from '../steps/ports/connector-package.js';
import {
  connectionProfile,
  connector,
  entityType,
  findConnectionProfile,
  findConnector,
  resourceType,
} from './configured.js';
import type { RequestContext } from './context.js';
import { badUserInput, orThrow } from './error.js';
import { requiredLocalId } from './filter.js';
import type { Batch } from './loader.js';
import type { NodeResolvers } from './node-resolver.js';

const healthOf: Batch<string, ConnectorHealthRow> = async (connectors, { ports }) => {
  const { connections } = (await ports.models.current()).configuration;
  const questions = connectors.map((identifier) => ({
    connector: identifier,
    connections: connections
      .filter((connection) => connection.connector === identifier)
      .map((connection) => connection.identifier),
  }));
  const rows = await ports.connectorHealth.health(questions);
  return new Map(
    connectors.flatMap((identifier, index) => (rows[index] === undefined ? [] : [[identifier, rows[index]] as const])),
  );
};

@Resolver(() => Connector)
export class ConnectorResolver {
  @Query(() => Connector, {
    nullable: true,
    description: 'One managed system, by id or identifier; null when there is none that the viewer may see.',
  })
  async connector(
    @Ctx() { actor, ports }: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'Global id.' }) id?: string | null,
    @Arg('identifier', () => String, { nullable: true, description: 'Name for machines.' }) identifier?: string | null,
  ): Promise<Connector | null> {
    if ((typeof id === 'string') === (typeof identifier === 'string'))
      throw badUserInput('Give either id or identifier.');
    const local = typeof id === 'string' ? requiredLocalId('Connector', id) : (identifier ?? '');
    return isAllowed(actor, 'connector.read') ? findConnector(await ports.models.current(), local) : null;
  }

  @Query(() => [Connector], { description: 'All managed systems, in the order of the configuration.' })
  async connectors(@Ctx() { actor, ports }: RequestContext): Promise<readonly Connector[]> {
    orThrow(may(actor, 'connector.read'));
    return (await ports.models.current()).configuration.connectors.map(connector);
  }

  @Query(() => [ConnectorPackage], {
    description: 'Programs that know a kind of system: those of this installation, and those that connections name.',
  })
  async connectorPackages(@Ctx() context: RequestContext): Promise<readonly ConnectorPackage[]> {
    orThrow(may(context.actor, 'connector.read'));
    return allPackages(context);
  }

  @FieldResolver(() => [EntityType], { description: 'Classes of rows that live in it.' })
  async entityTypes(
    @Root() { identifier }: Connector,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly EntityType[]> {
    const { entityTypes } = (await ports.models.current()).configuration;
    return entityTypes.filter((type) => type.connector === identifier).map(entityType);
  }

  @FieldResolver(() => [ConnectionProfile], { description: 'Ways into it.' })
  async connections(
    @Root() { identifier }: Connector,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly ConnectionProfile[]> {
    const { connections } = (await ports.models.current()).configuration;
    return connections.filter((connection) => connection.connector === identifier).map(connectionProfile);
  }

  @FieldResolver(() => [ResourceType], { description: 'Kinds of accounts that are written through it.' })
  async resourceTypes(
    @Root() { identifier }: Connector,
    @Ctx() { ports }: RequestContext,
  ): Promise<readonly ResourceType[]> {
    const { connections, resourceTypes } = (await ports.models.current()).configuration;
    const own = new Set(
      connections
        .filter((connection) => connection.connector === identifier)
        .map((connection) => connection.identifier),
    );
    return resourceTypes.filter((type) => own.has(type.connection)).map(resourceType);
  }

  @FieldResolver(() => ConnectorHealth, { description: 'How it is doing now.' })
  async health(@Root() { identifier }: Connector, @Ctx() context: RequestContext): Promise<ConnectorHealth> {
    const row = await context.loaders.load(healthOf, identifier);
    if (row === null) throw new Error(`There is no health of the connector ${identifier}.`);
    return Object.assign(new ConnectorHealth(), row);
  }

  @FieldResolver(() => Boolean, {
    description: 'The viewer may make connections for it and change those made here.',
  })
  viewerCanUpdate(@Ctx() { actor }: RequestContext): boolean {
    return isAllowed(actor, 'connection.manage');
  }
}

@Resolver(() => ConnectionProfile)
export class ConnectionProfileResolver {
  @FieldResolver(() => ConnectorPackage, { description: 'The program that knows this kind of system.' })
  package(@Root() { packageName }: ConnectionProfile, @Ctx() context: RequestContext): Promise<ConnectorPackage> {
    return packageOf(packageName, context);
  }

  @FieldResolver(() => JsonScalar, { description: 'Secrets appear as {"$secret": true}.' })
  async settings(
    @Root() { packageName, configured }: ConnectionProfile,
    @Ctx() { ports }: RequestContext,
  ): Promise<unknown> {
    const found = await ports.connectorPackages.find(packageName);
    return shownSettings(configured, found?.secretSettings ?? null);
  }

  @FieldResolver(() => ConnectionTest, { nullable: true, description: 'The newest test that ended; null: none has.' })
  async lastTest(
    @Root() { identifier }: ConnectionProfile,
    @Ctx() context: RequestContext,
  ): Promise<ConnectionTest | null> {
    const found = await context.loaders.load(lastTestOf, identifier);
    return found === null ? null : toTest(found);
  }
}

const lastTestOf: Batch<string, ConnectionTestView> = (connections, { ports }) =>
  ports.connectionTests.last(connections);

export const toTest = ({ outcome, steps, ranAt }: ConnectionTestView): ConnectionTest =>
  Object.assign(new ConnectionTest(), {
    outcome,
    ranAt,
    steps: steps.map((step) => Object.assign(new ProvisioningStep(), step)),
  });

/** A package that cannot be loaded is shown by its name, without capabilities. */
async function packageOf(name: string, { ports }: RequestContext): Promise<ConnectorPackage> {
  const installed = await ports.connectorPackages.find(name);
  const found = installed?.definition;
  const conformance = installed?.conformance ?? null;
  return Object.assign(new ConnectorPackage(), {
    id: toGlobalId('ConnectorPackage', name),
    name,
    version: found?.version ?? '0.0.0',
    displayName: found?.displayName ?? `${name} (cannot be loaded)`,
    capabilities: found?.capabilities ?? [],
    settingsSchema: found?.settingsSchema ?? {},
    conformance: conformance === null ? null : toReport(conformance),
  });
}

const toReport = ({ kitVersion, passed, failed, skipped, ranAt }: Conformance): ConformanceReport =>
  Object.assign(new ConformanceReport(), {
    kitVersion,
    passedCount: passed,
    failedCount: failed,
    skippedCount: skipped,
    ranAt,
  });

/** Those of this installation that load, and all that connections name, in alphabetical order. */
async function allPackages(context: RequestContext): Promise<readonly ConnectorPackage[]> {
  const { connectorPackages, models } = context.ports;
  const named = (await models.current()).configuration.connections.map((connection) => connection.package);
  const names = [...new Set([...named, ...(await connectorPackages.installed())])].sort();
  const all: ConnectorPackage[] = [];
  // A few at a time: loading one for the first time may start a process.
  for (let at = 0; at < names.length; at += 4) {
    const some = names.slice(at, at + 4);
    const loads = await Promise.all(some.map(async (name) => (await connectorPackages.find(name)) !== null));
    const shown = some.filter((name, index) => loads[index] === true || named.includes(name));
    all.push(...(await Promise.all(shown.map((name) => packageOf(name, context)))));
  }
  return all;
}

async function findPackage(name: string, context: RequestContext): Promise<ConnectorPackage | null> {
  const { connectorPackages, models } = context.ports;
  const { connections } = (await models.current()).configuration;
  const isKnown =
    connections.some((connection) => connection.package === name) ||
    ((await connectorPackages.installed()).includes(name) && (await connectorPackages.find(name)) !== null);
  return isKnown ? packageOf(name, context) : null;
}

export const nodeResolvers: NodeResolvers = {
  con: async (local, { actor, ports }) =>
    isAllowed(actor, 'connector.read') ? findConnector(await ports.models.current(), local) : null,
  cnx: async (local, { actor, ports }) =>
    isAllowed(actor, 'connector.read') ? findConnectionProfile(await ports.models.current(), local) : null,
  pkg: async (local, context) => (isAllowed(context.actor, 'connector.read') ? findPackage(local, context) : null),
};
