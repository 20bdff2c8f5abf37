// `@idempotent(key:)` and the header Idempotency-Key, for every mutation at once: a repeat answers the first result.
// Remembered are the ids of the payload's objects, its plain values and its userErrors, not what the first call selected:
// a repeat fetches the objects anew, so it may select something else. Committing once is store/idempotency-key.ts'.
import {
  getDirectiveValues,
  getNamedType,
  getNullableType,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
} from 'graphql';
import { actorReference } from '../domain/actor.js';
import { parseGlobalId } from '../domain/global-id.js';
import { callText, checkKey, keyReused, stillRunning } from '../domain/idempotency.js';
import type { Refusal } from '../domain/refusal.js';
import { idempotentDirective } from '../schema/build.js';
import { toUserErrors } from '../schema/user-error.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';

type Payload = Readonly<Record<string, unknown>>;
type MutationResolver = GraphQLFieldResolver<unknown, RequestContext>;

/** Guards every mutation of the schema, in place. */
export function withIdempotency(schema: GraphQLSchema): GraphQLSchema {
  for (const field of fieldsOf(schema.getMutationType())) {
    const { resolve } = field;
    if (resolve !== undefined) field.resolve = guarded(resolve as MutationResolver);
    const payload = getNamedType(field.type);
    for (const part of isObjectType(payload) ? fieldsOf(payload) : []) sparePart(part);
  }
  return schema;
}

const fieldsOf = (type: GraphQLObjectType | null | undefined) => Object.values(type?.getFields() ?? {});

const guarded =
  (resolve: MutationResolver): MutationResolver =>
  (source, input, context, info) => {
    const key = keyOf(context, info);
    const effect = async () => resolve(source, input, context, info);
    return key === null ? effect() : keyed(key, input, context, info, effect);
  };

/** Payloads of our own making: no resolver of a payload has to know what else its own payloads hold. */
const refusals = new WeakSet<object>();

function sparePart(field: ReturnType<typeof fieldsOf>[number]): void {
  const { name, resolve } = field;
  if (resolve === undefined) return;
  field.resolve = (source: Payload, ...rest) => (refusals.has(source) ? source[name] : resolve(source, ...rest));
}

/** The directive of the field wins over the header, which can only mean a document's single field. */
function keyOf(context: RequestContext, info: GraphQLResolveInfo): string | null {
  const [node] = info.fieldNodes;
  const given = node === undefined ? undefined : getDirectiveValues(idempotentDirective, node, info.variableValues);
  if (typeof given?.key === 'string') return given.key;
  if (context.idempotencyKey === null) return null;
  if (isSingleField(info)) return context.idempotencyKey;
  throw badUserInput(
    'The header Idempotency-Key stands for a document of one mutation field; this one has several.',
    'Give each field its own @idempotent(key:).',
  );
}

const isSingleField = ({ operation }: GraphQLResolveInfo): boolean =>
  operation.selectionSet.selections.length === 1 && operation.selectionSet.selections[0]?.kind === Kind.FIELD;

async function keyed(
  key: string,
  input: unknown,
  context: RequestContext,
  info: GraphQLResolveInfo,
  effect: () => Promise<unknown>,
): Promise<unknown> {
  const type = payloadType(info);
  const checked = checkKey(key);
  if (!checked.ok) return refusedPayload(type, checked.refusals);
  const { idempotency } = context.ports;
  const call = {
    caller: actorReference(context.actor),
    key,
    operation: info.fieldName,
    requestHash: requestHash(context, info.fieldName, input),
  };
  const outcome = await idempotency.once(call, effect, (payload) => memoryOf(type, payload as Payload));
  switch (outcome.kind) {
    case 'first':
      return outcome.result;
    case 'repeated':
      context.onReplay?.();
      return recalled(outcome.memory as Payload, context);
    case 'running':
      return refusedPayload(type, stillRunning.ok ? [] : stillRunning.refusals);
    case 'reused':
      return refusedPayload(type, keyReused.ok ? [] : keyReused.refusals);
    default:
      return outcome satisfies never;
  }
}

/** Settings may hold secrets, and a plain digest of a text that is known but for a password gives the password away. */
function requestHash({ ports }: RequestContext, operation: string, input: unknown): string {
  const { environment, seals } = ports;
  const { settings, ...rest } = inputOf(input);
  if (settings === undefined || settings === null) return environment.digest(callText(operation, input));
  // Without a key no secret is kept: whatever the settings are, the answer is about the rest.
  return seals.fingerprint(callText(operation, input)) ?? environment.digest(callText(operation, rest));
}

const inputOf = (input: unknown): Readonly<Record<string, unknown>> =>
  typeof input === 'object' && input !== null && 'input' in input && typeof input.input === 'object'
    ? { ...input.input }
    : {};

function payloadType(info: GraphQLResolveInfo): GraphQLObjectType {
  const type = getNamedType(info.returnType);
  if (isObjectType(type)) return type;
  throw new Error(`The mutation ${info.fieldName} answers no object type, so a repeat of it could not be answered.`);
}

/** The subjects stay null; lists and counts, which may not, are empty. */
function refusedPayload(type: GraphQLObjectType, reasons: readonly Refusal[]): Payload {
  const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
  const empty = required.map(({ name, type: each }) => [name, isListType(getNullableType(each)) ? [] : 0]);
  const payload = { ...Object.fromEntries(empty), userErrors: toUserErrors(reasons) };
  refusals.add(payload);
  return payload;
}

/** Objects are `{ $node: id }`; everything else, what field resolvers of the payload need included, is kept as it is. */
function memoryOf(type: GraphQLObjectType, payload: Payload): Payload {
  const fields = type.getFields();
  const entries = Object.entries(payload).map(([name, value]) => {
    const field = fields[name];
    const isObject = name !== 'userErrors' && field !== undefined && isCompositeType(getNamedType(field.type));
    if (!isObject) return [name, value];
    return [name, Array.isArray(value) ? value.map((item) => reference(item, name)) : reference(value, name)];
  });
  return Object.fromEntries(entries);
}

function reference(value: unknown, field: string): { readonly $node: string } | null {
  if (value === null || value === undefined) return null;
  const id = typeof value === 'object' && 'id' in value ? value.id : null;
  if (typeof id === 'string' && parseGlobalId(id) !== null) return { $node: id };
  // Better no effect than one that a repeat could not answer: the transaction is rolled back.
  throw new Error(`The payload's ${field} has no global id, so a repeat could not find it again.`);
}

async function recalled(memory: Payload, context: RequestContext): Promise<Payload> {
  const entries = await Promise.all(
    Object.entries(memory).map(
      async ([name, value]) =>
        [name, Array.isArray(value) ? await found(value, context) : await fetched(value, context)] as const,
    ),
  );
  return Object.fromEntries(entries);
}

/** A list leaves out what is gone, or what the caller may no longer know. */
const found = async (items: readonly unknown[], context: RequestContext): Promise<readonly unknown[]> =>
  (await Promise.all(items.map((item) => fetched(item, context)))).filter((item) => item !== null);

const fetched = async (value: unknown, context: RequestContext): Promise<unknown> =>
  typeof value === 'object' && value !== null && '$node' in value ? context.findNode(String(value.$node)) : value;
