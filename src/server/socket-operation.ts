// One operation over a socket: read, held to the schema and to the limits, and given its context. What Apollo does for
// HTTP is done here by hand, with the same rules: its own plugins and validation never see a socket.
import {
  type ExecutionArgs,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Budget } from '../resolvers/budget.js';
import type { RequestContext } from '../resolvers/context.js';
import { createContext } from '../resolvers/operation.js';
import { costOfOperation, limitErrors, maximumTokens } from './limit.js';
import type { RateLimit } from './rate-limit.js';
import type { Session } from './socket-session.js';
import { textErrors } from './text.js';

export interface OperationOptions {
  readonly schema: GraphQLSchema;
  /** Answers questions about the schema. */
  readonly introspection: boolean;
  readonly ports: RequestContext['ports'];
  readonly rateLimit: RateLimit;
}

const mostOperations = 20;
const mostErrors = 10;

/** `openCount`: operations of the socket, this one included. Errors instead of arguments when it must not run. */
export function preparedOperation(
  options: OperationOptions,
  session: Session,
  openCount: number,
  payload: SubscribePayload,
): ExecutionArgs | readonly GraphQLError[] {
  if (openCount > mostOperations) {
    return [
      badInput(`A socket carries at most ${mostOperations} operations at once: complete one, or open another socket.`),
    ];
  }
  const document = parsedDocument(payload.query);
  if (document instanceof GraphQLError) return [document];
  const problems = problemsOf(options, document, payload);
  if (problems.length > 0) return problems;
  const budget = options.rateLimit.budgetOf(session.subject);
  const refusal = budget.charge(costOfOperation(document, payload.operationName, payload.variables));
  if (refusal !== null) return [refusal];
  return {
    schema: options.schema,
    document,
    operationName: payload.operationName ?? null,
    variableValues: payload.variables ?? {},
    contextValue: contextOf(options, session, budget),
  };
}

function parsedDocument(query: string): ExecutionArgs['document'] | GraphQLError {
  try {
    return parse(query, { maxTokens: maximumTokens });
  } catch (error) {
    return error instanceof GraphQLError
      ? withCode(error, 'GRAPHQL_PARSE_FAILED')
      : badInput('The document cannot be read.');
  }
}

function problemsOf(
  { schema, introspection }: OperationOptions,
  document: ExecutionArgs['document'],
  { operationName, variables }: SubscribePayload,
): readonly GraphQLError[] {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { maxErrors: mostErrors, hideSuggestions: true });
  if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  const over = limitErrors(document, operationName, variables);
  if (over.length > 0) return over;
  const unkept = textErrors(document, variables);
  if (unkept.length > 0) return unkept;
  const declared = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const coerced = getVariableValues(schema, declared, variables ?? {}, { maxErrors: mostErrors });
  return (coerced.errors ?? []).map((error) => withCode(error, 'BAD_USER_INPUT'));
}

const owners = new WeakMap<RequestContext, Session>();

function contextOf({ ports }: OperationOptions, session: Session, budget: Budget): RequestContext {
  const context = createContext({
    actor: session.actor,
    currentActor: session.look,
    ports,
    idempotencyKey: null,
    budget,
    traceId: crypto.randomUUID(),
  });
  owners.set(context, session);
  return context;
}

/** The same operation with nothing remembered, by the actor as the stream last found him. */
export function freshContext(context: RequestContext): RequestContext {
  const { currentActor, ports, idempotencyKey, budget, traceId } = context;
  return createContext({
    actor: owners.get(context)?.actor ?? context.actor,
    currentActor,
    ports,
    idempotencyKey,
    budget,
    traceId,
  });
}

const badInput = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

const withCode = ({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(message, { nodes, source, positions, extensions: { code } });
