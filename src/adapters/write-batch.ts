// Writes that wait for a place on their connection, sent together where its session can take several (`applyMany`).
// Owns who goes with whom, and that each gets its own outcome; places are call-gate.ts', sessions connector-session.ts'.
// No two writes of a batch are of one row, and what depends on another write is sent only once that one is committed: within
// a batch the order is free.
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ApplyOutcome,
  callContext,
  ConnectorError,
  type ConnectorSession,
  type Delta,
  failureOf,
  outcomeOf,
} from '@joinery/connector-kit';
import type { ConnectionDefinition, EntityTypeDefinition } from '../domain/configuration.js';
import type { TargetWrite } from '../steps/ports/connector.js';
import type { CallGate } from './call-gate.js';
import { type LentSession, retireIfLost, type SessionCache } from './connector-session.js';
import { toDelta } from './property-mapping.js';

/** Most writes of one batch. A package may send them one after the other, so each brings the time it would have had alone. */
const mostTogether = 50;

/** A write and what it is sent with. */
export interface PlacedWrite {
  readonly write: TargetWrite;
  readonly type: EntityTypeDefinition;
  readonly definition: ConnectionDefinition;
  /** Calls its connection may have at once. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** The writes of one connection. */
export interface WriteQueue {
  /** Throws what kept the write from being sent: why there is no session, why there is no delta, why it was aborted. */
  apply(placed: PlacedWrite): Promise<ApplyOutcome>;
}

interface Waiting extends PlacedWrite {
  readonly answer: (outcome: ApplyOutcome) => void;
  readonly fail: (reason: unknown) => void;
  /** From now on the call answers an abort. */
  readonly depart: () => void;
}

interface Sending extends Waiting {
  readonly delta: Delta;
}

interface Queue {
  readonly gate: CallGate;
  readonly lend: SessionCache['lend'];
  readonly waiting: Waiting[];
  /** Places whose writes are not chosen yet. */
  choosing: number;
  /** Writes whose call has not ended. */
  underWay: number;
}

export function writeQueue(gate: CallGate, lend: SessionCache['lend']): WriteQueue {
  const queue: Queue = { gate, lend, waiting: [], choosing: 0, underWay: 0 };
  return { apply: (placed) => enqueue(queue, placed) };
}

async function enqueue(queue: Queue, placed: PlacedWrite): Promise<ApplyOutcome> {
  const { signal, definition, limit } = placed;
  signal.throwIfAborted();
  return new Promise((answer, fail) => {
    const onAbort = (): void => {
      const place = queue.waiting.indexOf(waiting);
      if (place >= 0) queue.waiting.splice(place, 1);
      fail(signal.reason);
    };
    const depart = (): void => signal.removeEventListener('abort', onAbort);
    const waiting: Waiting = { ...placed, answer, fail, depart };
    signal.addEventListener('abort', onAbort, { once: true });
    queue.waiting.push(waiting);
    // A place for every write, and for none in particular: whoever waits longest goes, so nobody is left without one.
    void queue.gate.pass(limit, () => sendSome(queue, definition, limit));
  });
}

/** With a place in hand. Never rejects: whatever it takes out of the queue is answered. */
async function sendSome(queue: Queue, definition: ConnectionDefinition, limit: number): Promise<void> {
  if (countOf(queue, definition) === 0) return;
  queue.choosing += 1;
  // Only here: what was borrowed before the wait may be worn out by the time of the call.
  const open = await queue.lend(definition).catch((error: unknown) => {
    for (const waiting of taken(queue, definition, 1)) waiting.fail(error);
    return null;
  });
  const chosen = open === null ? [] : await choose(queue, open, definition, limit);
  queue.choosing -= 1;
  if (open === null) return;
  queue.underWay += chosen.length;
  try {
    await send(open, chosen, definition);
  } finally {
    queue.underWay -= chosen.length;
    open.giveBack();
  }
}

/** Those of one definition only: after a change of the configuration nobody is sent over a session of another one's settings. */
const countOf = ({ waiting }: Queue, definition: ConnectionDefinition): number =>
  waiting.filter((candidate) => candidate.definition === definition).length;

function taken({ waiting }: Queue, definition: ConnectionDefinition, count: number): readonly Waiting[] {
  const some = waiting.filter((candidate) => candidate.definition === definition).slice(0, count);
  for (const one of some) {
    one.depart();
    waiting.splice(waiting.indexOf(one), 1);
  }
  return some;
}

async function choose(
  queue: Queue,
  { session }: LentSession,
  definition: ConnectionDefinition,
  limit: number,
): Promise<readonly Waiting[]> {
  if (session.applyMany === undefined) return taken(queue, definition, 1);
  // One turn, in which the writes of one burst find each other.
  await nextTurn();
  return taken(queue, definition, shareOf(queue, countOf(queue, definition), limit));
}

/**
 * What waits, spread over the free places; and never more than a place's share of all that is in hand. Whoever comes back
 * first would otherwise take everything, and a system that takes one write at a time would have the other places idle.
 */
function shareOf({ gate, choosing, underWay }: Queue, waiting: number, limit: number): number {
  const ofFree = Math.ceil(waiting / (gate.free(limit) + choosing));
  const ofAll = Math.ceil((waiting + underWay) / limit);
  return Math.min(ofFree, ofAll, mostTogether);
}

async function send(
  open: LentSession,
  chosen: readonly Waiting[],
  { deadlineSeconds }: ConnectionDefinition,
): Promise<void> {
  const made = await Promise.all(chosen.map((waiting) => withDelta(open, waiting)));
  const ready = made.filter((sending): sending is Sending => sending !== null && !isStopped(sending));
  const { session } = open;
  if (ready.length > 1 && session.applyMany !== undefined)
    return sendTogether(open, session.applyMany.bind(session), ready, deadlineSeconds * 1_000 * ready.length);
  for (const sending of ready) await sendAlone(open, sending, deadlineSeconds * 1_000);
}

/** Null where there is none: the others go without it. */
async function withDelta(open: LentSession, waiting: Waiting): Promise<Sending | null> {
  const { type, write } = waiting;
  try {
    return { ...waiting, delta: toDelta(type, await open.objectType(type.objectType), write.delta) };
  } catch (error) {
    retireIfLost(open, failureOf(error));
    waiting.fail(error);
    return null;
  }
}

/** Aborted before anything was sent. */
function isStopped({ signal, fail }: Sending): boolean {
  if (signal.aborted) fail(signal.reason);
  return signal.aborted;
}

async function sendAlone(
  open: LentSession,
  { delta, write, signal, answer, fail }: Sending,
  ms: number,
): Promise<void> {
  try {
    const context = { ...callContext(ms, signal), idempotencyKey: write.idempotencyKey };
    answer(noted(open, await open.session.apply(delta, context)));
  } catch (error) {
    retireIfLost(open, failureOf(error));
    fail(error);
  }
}

type ApplyMany = NonNullable<ConnectorSession['applyMany']>;

async function sendTogether(
  open: LentSession,
  applyMany: ApplyMany,
  batch: readonly Sending[],
  ms: number,
): Promise<void> {
  const end = commonEnd(batch);
  const outcomes = await outcomesOf(applyMany, batch, callContext(ms, end.signal));
  end.forget();
  for (const [n, { answer }] of batch.entries()) answer(noted(open, outcomes[n] ?? miscounted(batch, outcomes)));
}

/** As many outcomes as writes; where the package answers otherwise, nobody knows what was applied. */
async function outcomesOf(
  applyMany: ApplyMany,
  batch: readonly Sending[],
  context: ReturnType<typeof callContext>,
): Promise<readonly ApplyOutcome[]> {
  const deltas = batch.map(({ delta, write }) => ({ delta, idempotencyKey: write.idempotencyKey }));
  try {
    const outcomes = await applyMany(deltas, context);
    return outcomes.length === batch.length ? outcomes : batch.map(() => miscounted(batch, outcomes));
  } catch (error) {
    return batch.map(() => outcomeOf(error, true));
  }
}

const miscounted = (batch: readonly unknown[], outcomes: readonly unknown[]): ApplyOutcome => ({
  kind: 'unknown',
  failure: {
    code: 'OUTCOME_UNKNOWN',
    message: `The connector package answered ${outcomes.length} outcomes for ${batch.length} changes sent together.`,
    hint: 'Tell the author of the package.',
  },
});

function noted(open: LentSession, outcome: ApplyOutcome): ApplyOutcome {
  if ('failure' in outcome) retireIfLost(open, outcome.failure);
  return outcome;
}

/**
 * Whoever is aborted is answered at once, and ends the call for all: a change that somebody else may carry out by now (its
 * lease was lost) must not be sent late. The others are told what the package knows of theirs, and are read back.
 */
function commonEnd(batch: readonly Sending[]): { readonly signal: AbortSignal; readonly forget: () => void } {
  const controller = new AbortController();
  const watches = batch.map(({ signal, write, answer }) => {
    const onAbort = (): void => {
      answer(outcomeOf(abandoned(write), true));
      controller.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
  return { signal: controller.signal, forget: () => watches.forEach((forget) => forget()) };
}

const abandoned = ({ delta }: TargetWrite): ConnectorError =>
  new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not wait for what becomes of ${delta.key}: the caller stopped the call.`,
  });
