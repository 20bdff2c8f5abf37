// A session on a memory store: the contract's operations, with the faults a test planned.
// Owns the order fault → effect → answer; what a delta does to a row is in row.ts.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ApplyOutcome,
  type CallContext,
  type ConnectorSession,
  type Delta,
  deltaRefusal,
  effectOf,
  type ListPage,
  type ObjectTypeDescription,
  objectTypeOf,
  outcomeOf,
  refusal,
  withoutKey,
} from '@joinery/connector-kit';
import { type CallKind, lostAnswer, type MemoryFault, sufferBefore, takeFault, wrongPassword } from './fault.js';
import { haltAfterWrite } from './halt.js';
import { tableOf, toTargetObject } from './row.js';
import type { MemorySettings } from './settings.js';
import { catchUp, record, type Store, storeOf, useJournal } from './store.js';

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
      const row = tableOf(store.tables, objectType).get(key);
      return row === undefined ? null : toTargetObject(type, key, row);
    },
    list: (objectType, context) => listPages(connection, objectTypeOf(settings.objectTypes, objectType), context),
    apply: (delta, context) => applyOne(connection, delta, context.idempotencyKey, context),
    applyMany: async (deltas, context) => {
      const outcomes: ApplyOutcome[] = [];
      for (const { delta, idempotencyKey } of deltas)
        outcomes.push(await applyOne(connection, delta, idempotencyKey, context));
      return outcomes;
    },
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

async function applyOne(
  connection: Connection,
  delta: Delta,
  idempotencyKey: string,
  context: CallContext,
): Promise<ApplyOutcome> {
  const { store, settings } = connection;
  try {
    const fault = await arrive(connection, 'write', context);
    const outcome = effect(connection, delta, idempotencyKey);
    if (settings.haltAfterWrite !== null && outcome.kind === 'applied')
      await haltAfterWrite(store, settings.haltAfterWrite, delta, idempotencyKey);
    return fault?.kind === 'unknownAfterWrite' ? outcomeOf(lostAnswer(store.name), true) : outcome;
  } catch (error) {
    // Every fault that throws does so before the effect.
    return outcomeOf(error, false);
  }
}

function effect({ store, settings }: Connection, delta: Delta, idempotencyKey: string): ApplyOutcome {
  if (store.answered.has(idempotencyKey))
    return remember(store, delta, idempotencyKey, { kind: 'alreadySo', key: delta.key });
  const type = objectTypeOf(settings.objectTypes, delta.objectType);
  const problem = deltaRefusal(delta, type);
  if (problem !== null) return remember(store, delta, idempotencyKey, { kind: 'refused', failure: problem });
  const stranger = settings.checkLinks ? unknownMember(store, settings, delta) : null;
  if (stranger !== null)
    return remember(
      store,
      delta,
      idempotencyKey,
      refusal(delta, 'CONSTRAINT_VIOLATION', `there is no row ${JSON.stringify(stranger)} to link to`),
    );
  return remember(
    store,
    delta,
    idempotencyKey,
    effectOf(tableOf(store.tables, delta.objectType).get(delta.key) ?? null, withoutKey(delta, type)).outcome,
  );
}

function remember(store: Store, delta: Delta, idempotencyKey: string, outcome: ApplyOutcome): ApplyOutcome {
  record(store, { idempotencyKey, delta, outcome: outcome.kind, pid: process.pid, at: Date.now() });
  return outcome;
}

function unknownMember(store: Store, settings: MemorySettings, delta: Delta): string | null {
  const { links } = objectTypeOf(settings.objectTypes, delta.objectType);
  for (const link of links) {
    const members = tableOf(store.tables, link.targetObjectType);
    const unknown = delta.add[link.name]?.find((member) => !members.has(member));
    if (unknown !== undefined) return unknown;
  }
  return null;
}
