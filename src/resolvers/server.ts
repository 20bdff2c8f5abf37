// Which server answers.
import { type GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { Ctx, Info, Query, Resolver } from 'type-graphql';
import { printedSchema } from '../schema/build.js';
import { ServerInfo } from '../schema/viewer.js';
import type { RequestContext } from './context.js';

// Printing takes some 20 ms; a schema never changes.
const printed = new WeakMap<GraphQLSchema, string>();

@Resolver()
export class ServerResolver {
  @Query(() => ServerInfo, { description: 'The server that answers.' })
  server(@Ctx() { ports }: RequestContext, @Info() { schema }: GraphQLResolveInfo): ServerInfo {
    const text = printed.get(schema) ?? printedSchema(schema);
    printed.set(schema, text);
    const { version, isDemo, queueBackend } = ports.server;
    return Object.assign(new ServerInfo(), {
      version,
      isDemo,
      queueBackend,
      schemaDigest: ports.environment.digest(text),
    });
  }
}
