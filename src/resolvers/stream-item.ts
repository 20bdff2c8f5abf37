// From events of a stream to items of its union.
import { StreamLagged } from '../schema/stream.js';
import type { StreamEvent } from './stream.js';

/** Arguments of a subscription as graphql-js coerced them. */
export interface StreamArgs<Filter> {
  readonly filter?: Filter | null;
  readonly after?: string | null;
}

// What GraphQL's Int can say.
const largestInt = 2 ** 31 - 1;

/** An instance of one of the union's classes: the type of an item is found by its class. */
export function shownItem<Change extends object>(
  event: StreamEvent<Change>,
  changed: (change: Change & { readonly cursor: string }) => object,
): object {
  switch (event.kind) {
    case 'changed':
      return changed({ ...event.value, cursor: event.cursor });
    case 'lagged':
      return Object.assign(new StreamLagged(), {
        cursor: event.cursor,
        droppedCount: Math.min(event.droppedCount, largestInt),
      });
    default:
      return event satisfies never;
  }
}
