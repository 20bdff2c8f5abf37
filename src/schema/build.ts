// Makes the executable schema of the resolver classes it is given, and its printed form.
// Owns the switches of type-graphql; which resolvers there are is resolvers/list.ts.
import 'reflect-metadata';
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLNonNull,
  type GraphQLSchema,
  GraphQLString,
  lexicographicSortSchema,
  printSchema,
  specifiedDirectives,
} from 'graphql';
import { buildSchema, type NonEmptyArray } from 'type-graphql';

/** What it does: idempotency middleware of the mutations. */
export const idempotentDirective = new GraphQLDirective({
  name: 'idempotent',
  description:
    'Makes a retried mutation field return the first result. Key: 8-128 chars, unique per intent, kept 24 h per caller.',
  locations: [DirectiveLocation.FIELD],
  args: { key: { type: new GraphQLNonNull(GraphQLString), description: 'Unique per intent.' } },
});

/** Subscriptions pull from the event table. A push bus drops events or the process when a reader is slow. */
const noPubSub = {
  publish: (): never => refuse('publish'),
  subscribe: (): never => refuse('subscribe'),
};

function refuse(what: string): never {
  throw new Error(
    `pubSub.${what} was called: give the @Subscription a subscribe function that returns a stream of the feed.`,
  );
}

export function buildApiSchema(resolvers: NonEmptyArray<abstract new () => object>): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers,
    directives: [...specifiedDirectives, idempotentDirective],
    pubSub: noPubSub,
    // Submitted values (a password among them) must not come back inside an error.
    validate: { forbidUnknownValues: false, validationError: { target: false, value: false } },
  });
}

/** Sorted, so that a diff shows changes and nothing else. */
export const printedSchema = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
