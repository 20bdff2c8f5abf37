// How a sound memory package is broken, one promise at a time, so that the suite shows that it can fail.
// Owns the ways to break; the tables of faults are beside it.
import {
  type ApplyOutcome,
  type CallContext,
  type ChangePage,
  type ConformanceTarget,
  ConnectorError,
  type ConnectorErrorCode,
  type ConnectorSession,
  type Delta,
  type ListPage,
  type TargetObject,
} from '@joinery/connector-kit';
import { memoryConformanceTarget } from './conformance-target.js';

/** A planted fault: what is wrong, the broken package, and the cases that must find it, by their names. */
export type PlantedFault = readonly [fault: string, target: ConformanceTarget, foundBy: RegExp];

export const ownStore = 'planted-fault';
export const givenStore = 'planted-fault-keys';
/** Sound packages: with keys of the test, and with keys of the store and names besides. */
export const sound = memoryConformanceTarget(ownStore, {});
export const soundGiven = memoryConformanceTarget(givenStore, {}, 'given');

/** The package with some operations of its sessions replaced. */
export function broken(
  replace: (session: ConnectorSession) => Partial<ConnectorSession>,
  target: ConformanceTarget = sound,
): ConformanceTarget {
  const { connector } = target;
  const open = async (settings: Parameters<typeof connector.open>[0]): Promise<ConnectorSession> => {
    const session = await connector.open(settings);
    return { ...session, ...replace(session) };
  };
  return { ...target, connector: { ...connector, open } };
}

/** The package with something else in its definition. */
export function redefined(change: Partial<ConformanceTarget['connector']>): ConformanceTarget {
  return { ...sound, connector: { ...sound.connector, ...change } };
}

/** Sends another delta than it was given. */
export function sending(
  change: (delta: Delta, session: ConnectorSession, context: CallContext) => Delta | Promise<Delta>,
  target?: ConformanceTarget,
): ConformanceTarget {
  return broken(
    (session) => ({
      apply: async (delta, context) => session.apply(await change(delta, session, context), context),
    }),
    target,
  );
}

/** Sends the values changed one by one; undefined leaves a value out. */
export function sendingValues(
  change: (name: string, value: Delta['set'][string], kind: Delta['kind']) => Delta['set'][string] | undefined,
  target?: ConformanceTarget,
): ConformanceTarget {
  return sending((delta) => {
    const set = Object.entries(delta.set).flatMap(([name, value]) => {
      const changed = change(name, value, delta.kind);
      return changed === undefined ? [] : [[name, changed] as const];
    });
    return { ...delta, set: Object.fromEntries(set) };
  }, target);
}

/** Answers another outcome than the system gave. */
export function answering(
  change: (outcome: ApplyOutcome, delta: Delta) => ApplyOutcome,
  target?: ConformanceTarget,
): ConformanceTarget {
  return broken(
    (session) => ({ apply: async (delta, context) => change(await session.apply(delta, context), delta) }),
    target,
  );
}

/** Lists other rows than there are; `n` counts the pages. */
export function listing(
  change: (page: ListPage, n: number) => readonly TargetObject[],
  target?: ConformanceTarget,
): ConformanceTarget {
  return broken(
    (session) => ({
      list: async function* (objectType, context) {
        let n = 0;
        for await (const page of session.list(objectType, context)) yield { objects: change(page, n++) };
      },
    }),
    target,
  );
}

/** Tells other pages of changes; they are given all at once. */
export function telling(
  change: (pages: readonly ChangePage[], cookie: string | null) => readonly ChangePage[],
  target?: ConformanceTarget,
): ConformanceTarget {
  return broken(
    (session) => ({
      changes: async function* (objectType, cookie, context) {
        const pages: ChangePage[] = [];
        for await (const page of session.changes?.(objectType, cookie, context) ?? []) pages.push(page);
        yield* change(pages, cookie);
      },
    }),
    target,
  );
}

/** Shows rows changed, wherever they are shown. */
export function showing(change: (row: TargetObject) => TargetObject, target?: ConformanceTarget): ConformanceTarget {
  const shown = telling(
    (pages) =>
      pages.map((page) => ({
        ...page,
        changes: page.changes.map((one) => (one.object === undefined ? one : { ...one, object: change(one.object) })),
      })),
    listing((page) => page.objects.map(change), target),
  );
  return broken(
    (session) => ({
      read: async (...call) => {
        const row = await session.read(...call);
        return row === null ? null : change(row);
      },
    }),
    shown,
  );
}

/** Fails with another error, wherever a call fails with the first code. */
export function failingAs(from: ConnectorErrorCode, to: ConnectorErrorCode): ConformanceTarget {
  const other = (error: unknown): never => {
    if (error instanceof ConnectorError && error.failure.code === from)
      throw new ConnectorError({ code: to, message: 'oops' });
    throw error;
  };
  const failing = broken((session) => ({
    check: (...call) => session.check(...call).catch(other),
    read: (...call) => session.read(...call).catch(other),
    list: async function* (...call) {
      try {
        yield* session.list(...call);
      } catch (error) {
        other(error);
      }
    },
  }));
  return answering(
    (outcome) =>
      'failure' in outcome && outcome.failure.code === from
        ? { kind: 'unreachable', failure: { ...outcome.failure, code: to } }
        : outcome,
    failing,
  );
}

/** Passes other contexts on: deadlines and signals are not what the caller said. */
export function calling(change: <C extends CallContext>(context: C) => C): ConformanceTarget {
  return broken((session) => ({
    read: (objectType, key, context) => session.read(objectType, key, change(context)),
    list: (objectType, context) => session.list(objectType, change(context)),
    apply: (delta, context) => session.apply(delta, change(context)),
  }));
}
