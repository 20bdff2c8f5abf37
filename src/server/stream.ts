// Runs a subscription: each item of its source is executed with a context of its own, so that what was loaded for one
// item is not shown for the next. Pulls only: an item is taken from the source when the socket took the one before.
import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../resolvers/context.js';

/** `fresh` makes the context of one item from that of the subscription. */
export async function subscribeFresh(
  args: ExecutionArgs,
  fresh: (context: RequestContext) => RequestContext,
): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  return mapped(source, (item) =>
    execute({ ...args, rootValue: item, contextValue: fresh(args.contextValue as RequestContext) }),
  );
}

/** Not an async generator: the `return` of one waits for a pending `next`, and a quiet feed may leave it pending. */
function mapped<In, Out>(source: AsyncIterable<In>, map: (item: In) => Out | Promise<Out>): AsyncGenerator<Out> {
  const items = source[Symbol.asyncIterator]();
  const done = { value: undefined, done: true } as const;
  const result: AsyncGenerator<Out> = {
    next: async () => {
      const next = await items.next();
      return next.done === true ? done : { value: await map(next.value), done: false };
    },
    return: async () => {
      await items.return?.();
      return done;
    },
    throw: async (error) => {
      await items.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => result,
  };
  return result;
}
