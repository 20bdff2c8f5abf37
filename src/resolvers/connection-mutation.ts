// Making and changing connections, and switching connectors: ids are read, one step is called, what it answers is shown.
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { localIdOf } from '../domain/global-id.js';
import type { Decision } from '../domain/refusal.js';
import {
  ConnectionCreateInput,
  ConnectionCreatePayload,
  ConnectionTestPayload,
  ConnectionUpdateInput,
  ConnectionUpdatePayload,
  ConnectorSetEnabledPayload,
} from '../schema/connection-input.js';
import { toUserErrors } from '../schema/user-error.js';
import { askConnectionTest } from '../steps/ask-connection-test.js';
import { type ChangedConnection, createConnection, updateConnection } from '../steps/change-connection.js';
import { switchConnector } from '../steps/switch-connector.js';
import { toTest } from './connector.js';
import { findConnectionProfile, findConnector } from './configured.js';
import type { RequestContext } from './context.js';

@Resolver()
export class ConnectionMutationResolver {
  @Mutation(() => ConnectionCreatePayload, { description: 'Makes a way into a managed system.' })
  async connectionCreate(
    @Arg('input', () => ConnectionCreateInput, { description: 'Where to, through which package, with which settings.' })
    input: ConnectionCreateInput,
    @Ctx() context: RequestContext,
  ): Promise<ConnectionCreatePayload> {
    const decision = await createConnection(context.ports, context.actor, {
      connector: localIdOf('Connector', input.connectorId),
      identifier: input.identifier,
      displayName: input.displayName,
      packageName: input.packageName,
      settings: input.settings,
    });
    return Object.assign(new ConnectionCreatePayload(), await answer(decision, context));
  }

  @Mutation(() => ConnectionUpdatePayload, {
    description: 'Changes a connection that was made through the API; those of the files are changed there.',
  })
  async connectionUpdate(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Arg('input', () => ConnectionUpdateInput, { description: 'What is to be different.' })
    input: ConnectionUpdateInput,
    @Ctx() context: RequestContext,
  ): Promise<ConnectionUpdatePayload> {
    const decision = await updateConnection(context.ports, context.actor, {
      identifier: localIdOf('ConnectionProfile', id),
      displayName: input.displayName ?? null,
      settings: input.settings,
    });
    return Object.assign(new ConnectionUpdatePayload(), await answer(decision, context));
  }

  @Mutation(() => ConnectionTestPayload, {
    description: 'Has a connection tested by the worker that serves it. A good test lifts a quarantine.',
  })
  async connectionTest(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Ctx() { ports, actor }: RequestContext,
  ): Promise<ConnectionTestPayload> {
    const decision = await askConnectionTest(ports, actor, localIdOf('ConnectionProfile', id));
    const payload = new ConnectionTestPayload();
    if (!decision.ok) return Object.assign(payload, { test: null, userErrors: toUserErrors(decision.refusals) });
    return Object.assign(payload, { test: decision.value === null ? null : toTest(decision.value), userErrors: [] });
  }

  @Mutation(() => ConnectorSetEnabledPayload, {
    description: 'Switches a connector off, or on again: off, jobs leave it out and its orders wait.',
  })
  async connectorSetEnabled(
    @Arg('id', () => ID, { description: 'Which connector.' }) id: string,
    @Arg('isEnabled', () => Boolean, { description: 'True: it takes part in jobs and provisioning.' })
    isEnabled: boolean,
    @Ctx() { ports, actor }: RequestContext,
  ): Promise<ConnectorSetEnabledPayload> {
    const decision = await switchConnector(ports, actor, { connector: localIdOf('Connector', id), isEnabled });
    const payload = new ConnectorSetEnabledPayload();
    if (!decision.ok) return Object.assign(payload, { connector: null, userErrors: toUserErrors(decision.refusals) });
    const connector = findConnector(await ports.models.current(), decision.value);
    return Object.assign(payload, { connector, userErrors: [] });
  }
}

async function answer(decision: Decision<ChangedConnection>, { ports }: RequestContext) {
  if (!decision.ok) return { connection: null, userErrors: toUserErrors(decision.refusals) };
  const { identifier, notes } = decision.value;
  return {
    connection: findConnectionProfile(await ports.models.current(), identifier),
    userErrors: toUserErrors(notes),
  };
}
