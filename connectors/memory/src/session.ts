// A session on a memory store: the contract's operations, with the faults a test planned.
// Owns the order fault → effect → answer; what a delta does is in write.ts.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ApplyOutcome,
  type CallContext,
  type ChangePage,
  type ConnectorSession,
  type Delta,
  type ListPage,
  type ObjectTypeDescription,
  objectTypeOf,
  outcomeOf,
} from '@joinery/connector-kit';
import { changePages } from './change.js';
import { type CallKind, lostAnswer, type MemoryFault, sufferBefore, takeFault, wrongPassword } from './fault.js';
import { haltAfterWrite } from './halt.js';
import { keyIn, tableOf, toTargetObject } from './row.js';
import type { MemorySettings } from './settings.js';
import { catchUp, type Store, storeOf, useJournal } from './store.js';
import { write } from './write.js';

const pageSize = 500;

interface Connection {
  readonly store: Store;
  readonly settings: MemorySettings;
}

export function openMemorySession(settings: MemorySettings): ConnectorSession {
  const store = storeOf(settings.store);
  store.objectTypes = settings.objectTypes;
  if (settings.file !== null) useJournal(store, settings.file);
  const connection: Connection = { store, settings };
  return {
    describe: async () => settings.objectTypes,
    check: async (context) => void (await arrive(connection, 'check', context)),
    read: async (objectType, key, context) => {
      await arrive(connection, 'read', context);
      const type = objectTypeOf(settings.objectTypes, objectType);
      const table = tableOf(store.tables, objectType);
      const found = keyIn(table, type, key);
      const row = found === undefined ? undefined : table.get(found);
      return found === undefined || row === undefined ? null : toTargetObject(type, found, row);
    },
    list: (objectType, context) => listPages(connection, objectTypeOf(settings.objectTypes, objectType), context),
    apply: (delta, context) => applyOne(connection, delta, context.idempotencyKey, context),
    applyMany: (deltas, context) => applyAll(connection, deltas, context),
    changes: (objectType, cookie, context) =>
      listChanges(connection, objectTypeOf(settings.objectTypes, objectType), cookie, context),
    close: async () => undefined,
  };
}

/** The way to the store: latency, password, planned fault. Answers a fault that acts later. */
async function arrive(
  { store, settings }: Connection,
  call: CallKind,
  context: CallContext,
): Promise<MemoryFault | null> {
  if (settings.latencyMs > 0) await delay(settings.latencyMs, undefined, { signal: context.signal });
  if (store.password !== null && store.password !== settings.password) throw wrongPassword(store.name);
  const fault = store.faults.length === 0 ? null : takeFault(store.faults, call);
  if (fault !== null) await sufferBefore(fault, store.name, context.signal);
  catchUp(store);
  return fault;
}

async function* listPages(
  connection: Connection,
  type: ObjectTypeDescription,
  context: CallContext,
): AsyncGenerator<ListPage> {
  const fault = await arrive(connection, 'listing', context);
  const rows = [...tableOf(connection.store.tables, type.name)];
  for (let from = 0; from < rows.length; from += pageSize) {
    yield { objects: rows.slice(from, from + pageSize).map(([key, row]) => toTargetObject(type, key, row)) };
    if (fault?.kind === 'brokenListing') throw lostAnswer(connection.store.name);
  }
}

async function* listChanges(
  connection: Connection,
  type: ObjectTypeDescription,
  cookie: string | null,
  context: CallContext,
): AsyncGenerator<ChangePage> {
  await arrive(connection, 'changes', context);
  yield* changePages(connection.store.tables, connection.store.changes, type, cookie);
}

async function applyOne(
  connection: Connection,
  delta: Delta,
  idempotencyKey: string,
  context: CallContext,
): Promise<ApplyOutcome> {
  const { store, settings } = connection;
  try {
    const fault = await arrive(connection, 'write', context);
    const outcome = write(store, settings, delta, idempotencyKey);
    if (settings.haltAfterWrite !== null && outcome.kind === 'applied')
      await haltAfterWrite(store, settings.haltAfterWrite, delta, idempotencyKey);
    return fault?.kind === 'unknownAfterWrite' ? outcomeOf(lostAnswer(store.name), true) : outcome;
  } catch (error) {
    // Every fault that throws does so before the effect.
    return outcomeOf(error, false);
  }
}

/** A store that is away or wants fewer calls is not asked again: what is left was not sent, and ends as the one before. */
async function applyAll(
  connection: Connection,
  changes: readonly { readonly delta: Delta; readonly idempotencyKey: string }[],
  context: CallContext,
): Promise<readonly ApplyOutcome[]> {
  const outcomes: ApplyOutcome[] = [];
  for (const { delta, idempotencyKey } of changes) {
    const before = outcomes.at(-1);
    const isOver = before?.kind === 'throttled' || before?.kind === 'unreachable';
    outcomes.push(isOver ? before : await applyOne(connection, delta, idempotencyKey, context));
  }
  return outcomes;
}
