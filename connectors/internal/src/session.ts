// A session on Joinery's own resources: the contract's operations over what the engine lends. Owns no rows and no SQL.
import {
  type ApplyContext,
  type ApplyOutcome,
  type CallContext,
  changesByComparison,
  ConnectorError,
  type ConnectorHost,
  type ConnectorSession,
  type ListPage,
  type ObjectTypeDescription,
  objectTypeOf,
  type ResourceDirectory,
  runWrite,
  type Delta,
} from '@joinery/connector-kit';
import { toTarget } from './row.js';
import type { InternalSettings } from './settings.js';
import { write } from './write.js';

export function openInternalSession({ types }: InternalSettings, host: ConnectorHost | undefined): ConnectorSession {
  const resources = lent(host);
  const typeOf = (objectType: string): ObjectTypeDescription => objectTypeOf(types, objectType);
  const listed = (objectType: string, context: CallContext) => list(resources, typeOf(objectType), context);
  return {
    describe: async () => types,
    check: async (context) => {
      for (const type of types) await resources.check(type.name, propertiesOf(type), context);
    },
    read: async (objectType, key, context) => {
      const row = await resources.read(typeOf(objectType).name, key, context);
      return row === null ? null : toTarget(typeOf(objectType), row);
    },
    list: listed,
    changes: (objectType, cookie, context) =>
      changesByComparison(() => listed(objectType, context), typeOf(objectType).name, cookie),
    apply: (delta, context) => apply(resources, types, delta, context),
    close: async () => undefined,
  };
}

const propertiesOf = (type: ObjectTypeDescription): readonly string[] =>
  [...type.attributes, ...type.links].map(({ name }) => name);

function lent(host: ConnectorHost | undefined): ResourceDirectory {
  if (host?.resources !== undefined) return host.resources;
  throw new ConnectorError({
    code: 'CAPABILITY_MISSING',
    message: 'The package internal was opened outside of the engine, where there are no resources of Joinery.',
    hint: 'Use it in connections of a running Joinery.',
  });
}

async function* list(
  resources: ResourceDirectory,
  type: ObjectTypeDescription,
  context: CallContext,
): AsyncGenerator<ListPage> {
  for await (const rows of resources.list(type.name, context))
    yield { objects: rows.map((row) => toTarget(type, row)) };
}

const apply = (
  resources: ResourceDirectory,
  types: readonly ObjectTypeDescription[],
  delta: Delta,
  context: ApplyContext,
): Promise<ApplyOutcome> =>
  runWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, (signal, markSent) =>
    write(resources, objectTypeOf(types, delta.objectType), delta, { ...context, signal }, markSent),
  );
