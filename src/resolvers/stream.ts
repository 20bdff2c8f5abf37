// A change stream of one subject: the present state, then every later event, each once and in order, by pulling pages of
// the feed. Owns cursors, pages, waking up, lag, and merging of progress; what facts mean to a subject is the subject's.
import { GraphQLError } from 'graphql';
import type { Actor } from '../domain/actor.js';
import type { FactKind, SequencedFact } from '../domain/event.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { decodePlace, encodePlace, type Place } from './stream-cursor.js';
import { alarm, due, noProgress, passing } from './stream-progress.js';

/** What one fact says of one thing; `Reference` is what it takes to load and show it. */
export interface Mention<Reference> {
  readonly fact: SequencedFact;
  readonly reference: Reference;
}

export interface StreamSubject<Reference, Value> {
  readonly kinds: readonly FactKind[];
  /** All mentions of the fact, always in the same order; null in place of those the filter leaves out without a look at rows. */
  mentions(fact: SequencedFact): readonly (Reference | null)[];
  /** What the actor may see and the filter keeps, in the order of the mentions; null for the others. */
  load(mentions: readonly Mention<Reference>[], actor: Actor): Promise<readonly (Value | null)[]>;
  /** Present values; one more than `limit` when there are more. */
  present(actor: Actor, limit: number): Promise<readonly Value[]>;
  /** Progress with the same key is merged so that no more than four items of the key come in a second, and dropped when
   * something else of that key follows. */
  readonly progressOf?: (mention: Mention<Reference>) => { readonly key: string; readonly isProgress: boolean };
}

export type StreamEvent<Value> =
  | { readonly kind: 'changed'; readonly cursor: string; readonly value: Value }
  | { readonly kind: 'lagged'; readonly cursor: string; readonly droppedCount: number };

export interface StreamRequest<Reference, Value> {
  readonly context: RequestContext;
  readonly subject: StreamSubject<Reference, Value>;
  /** As the client sent it. */
  readonly after: string | null | undefined;
}

const mostPresent = 1_000;
const factsAPage = 100;
const mentionsALoad = 100;

/** Throws BAD_USER_INPUT at once for a cursor that is none. `return` ends a waiting stream without waiting. */
export function openStream<Reference, Value>(
  request: StreamRequest<Reference, Value>,
): AsyncIterableIterator<StreamEvent<Value>> {
  const after = typeof request.after === 'string' ? decodePlace(request.after) : null;
  const stop = new AbortController();
  const events = run(request, after, stop.signal);
  const stream: AsyncIterableIterator<StreamEvent<Value>> = {
    next: () => events.next(),
    return: () => {
      // A generator's own `return` waits for its pending `next`, so that one is ended first.
      stop.abort();
      return events.return(undefined);
    },
    throw: (error) => {
      stop.abort();
      return events.throw(error);
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

async function* run<Reference, Value>(
  request: StreamRequest<Reference, Value>,
  after: Place | null,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent<Value>, undefined> {
  const place = after === null ? yield* present(request) : yield* resumed(request, after);
  yield* later(request, place, signal);
}

/** Everything there is now. The position is read before the rows, so that what changes in between comes again, never not at all. */
async function* present<Reference, Value>({
  context,
  subject,
}: StreamRequest<Reference, Value>): AsyncGenerator<StreamEvent<Value>, Place> {
  const place: Place = { position: await context.ports.feed.lastPosition(), item: null };
  const values = await subject.present(await context.currentActor(), mostPresent);
  if (values.length > mostPresent) throw tooMany();
  for (const value of values) yield { kind: 'changed', cursor: encodePlace(place), value };
  return place;
}

const tooMany = (): GraphQLError =>
  new GraphQLError(
    `More than ${mostPresent} things match; a stream begins with the present state of at most that many.`,
    {
      extensions: {
        code: 'LIMIT_EXCEEDED',
        hint: 'Narrow the filter, or read the present state by pages and give `after`.',
      },
    },
  );

async function* resumed<Reference, Value>(
  { context }: StreamRequest<Reference, Value>,
  after: Place,
): AsyncGenerator<StreamEvent<Value>, Place> {
  const { feed } = context.ports;
  if (after.position > (await feed.lastPosition())) {
    throw badUserInput(
      'The stream cursor is ahead of everything this server knows.',
      'It is of another server: leave `after` out.',
    );
  }
  const lag = await feed.lag(after.position);
  if (lag === null) return after;
  const place: Place = { position: lag.lastPosition, item: null };
  yield { kind: 'lagged', cursor: encodePlace(place), droppedCount: lag.droppedCount };
  return place;
}

async function* later<Reference, Value>(
  request: StreamRequest<Reference, Value>,
  from: Place,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent<Value>, undefined> {
  const { subject } = request;
  const { feed, bell } = request.context.ports;
  const progress = noProgress<Placed<Reference>>();
  let place = from;
  while (!signal.aborted) {
    const start = place.item === null ? place.position + 1n : place.position;
    const page = await feed.page({ from: start, kinds: subject.kinds, limit: factsAPage });
    const fresh = placedMentions(page.facts, subject, place);
    yield* shown(request, subject.progressOf === undefined ? fresh : passing(progress, fresh, subject.progressOf));
    place = { position: page.until, item: null };
    yield* shown(request, due(progress, place));
    if (page.facts.length < factsAPage) await bell.wait(place.position, alarm(progress, signal));
  }
  return undefined;
}

interface Placed<Reference> extends Mention<Reference> {
  readonly place: Place;
}

function placedMentions<Reference, Value>(
  facts: readonly SequencedFact[],
  subject: StreamSubject<Reference, Value>,
  seen: Place,
): readonly Placed<Reference>[] {
  return facts.flatMap((fact) =>
    subject.mentions(fact).flatMap((reference, item) => {
      const isSeen = fact.position === seen.position && seen.item !== null && item <= seen.item;
      return reference === null || isSeen ? [] : [{ fact, reference, place: { position: fact.position, item } }];
    }),
  );
}

/** Loads a bounded number at a time: rights and filter are looked at for each, with the actor of this moment. */
async function* shown<Reference, Value>(
  { context, subject }: StreamRequest<Reference, Value>,
  mentions: readonly Placed<Reference>[],
): AsyncGenerator<StreamEvent<Value>, undefined> {
  for (let start = 0; start < mentions.length; start += mentionsALoad) {
    const some = mentions.slice(start, start + mentionsALoad);
    const values = await subject.load(some, await context.currentActor());
    for (const [index, { place }] of some.entries()) {
      const value = values[index] ?? null;
      if (value !== null) yield { kind: 'changed', cursor: encodePlace(place), value };
    }
  }
  return undefined;
}
