// Connections to a directory, lent for one call each and thrown away when a call was interrupted or the server was lost.
// Owns how many there are and which are still good; what is done on them is the caller's.
import { PresenceFilter } from 'ldapts';
import type { LdapAddress } from './address.js';
import { clientOf, type LdapClient } from './client.js';
import { isLdapTransport, transportError } from './result.js';
import { openWire, type Wire } from './wire.js';

/** How long an unused connection is kept, in milliseconds. */
const idleMs = 30_000;
/** A connection unused for longer is asked for a sign of life first: firewalls forget silent ones without a word. */
const trustedMs = 5_000;

/** A connection lent for one call. Aborting the call closes it. */
export interface LdapLoan {
  readonly client: LdapClient;
  /** `whole`: no answer is outstanding on it; else it is closed. Giving back twice does nothing. */
  giveBack(state: 'whole' | 'broken'): void;
}

export interface LdapPool {
  lend(signal: AbortSignal): Promise<LdapLoan>;
  /** Closes everything; calls under way fail. */
  close(): void;
}

interface Line {
  readonly wire: Wire;
  readonly client: LdapClient;
  usedAt: number;
  timer: NodeJS.Timeout | undefined;
}

interface PoolState {
  readonly address: LdapAddress;
  /** Unused lines, the one used last at the end. */
  readonly idle: Line[];
  readonly lines: Set<Line>;
  /** Lines and openings under way. */
  places: number;
  readonly waiting: Set<() => void>;
  isClosed: boolean;
}

/** Connects to nothing yet. */
export function openLdapPool(address: LdapAddress): LdapPool {
  const state: PoolState = { address, idle: [], lines: new Set(), places: 0, waiting: new Set(), isClosed: false };
  return { lend: (signal) => lend(state, signal), close: () => closePool(state) };
}

/** Lends a connection for the time of a function; it stays good when the function ends or the server itself refuses. */
export async function withLdapClient<T>(
  pool: LdapPool,
  signal: AbortSignal,
  use: (client: LdapClient) => Promise<T>,
): Promise<T> {
  const loan = await pool.lend(signal);
  try {
    const result = await use(loan.client);
    loan.giveBack('whole');
    return result;
  } catch (error) {
    loan.giveBack(isLdapTransport(error) ? 'broken' : 'whole');
    throw error;
  }
}

async function lend(state: PoolState, signal: AbortSignal): Promise<LdapLoan> {
  for (;;) {
    signal.throwIfAborted();
    if (state.isClosed) throw transportError('exchange', 'the session is closed');
    const idle = state.idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.timer);
      if (await isAlive(idle, signal)) return loanOf(state, idle, signal);
      continue;
    }
    if (state.places < state.address.maxConnections) return loanOf(state, await openLine(state, signal), signal);
    await untilPlace(state, signal);
    // Woken and stopped at the same instant: the place goes to the next one.
    if (signal.aborted) wakeOne(state);
  }
}

async function isAlive({ wire, client, usedAt }: Line, signal: AbortSignal): Promise<boolean> {
  if (!wire.isOpen() || Date.now() - usedAt < trustedMs) return wire.isOpen();
  wire.hold(true);
  const onAbort = (): void => wire.destroy();
  const timer = setTimeout(onAbort, 2_000);
  signal.addEventListener('abort', onAbort, { once: true });
  const filter = new PresenceFilter({ attribute: 'objectClass' });
  // Any answer is a sign of life, a refusal too; a lost connection has ended itself.
  await client.search({ base: '', scope: 'base', filter, attributes: ['1.1'] }).catch(() => undefined);
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  return wire.isOpen();
}

async function openLine(state: PoolState, signal: AbortSignal): Promise<Line> {
  state.places += 1;
  try {
    const wire = await openWire(state.address, signal);
    const line: Line = { wire, client: clientOf(wire), usedAt: Date.now(), timer: undefined };
    state.lines.add(line);
    wire.onEnd(() => forget(state, line));
    if (state.isClosed) wire.destroy();
    return line;
  } catch (error) {
    freePlace(state);
    throw error;
  }
}

function forget(state: PoolState, line: Line): void {
  clearTimeout(line.timer);
  state.lines.delete(line);
  const index = state.idle.indexOf(line);
  if (index >= 0) state.idle.splice(index, 1);
  freePlace(state);
}

function freePlace(state: PoolState): void {
  state.places -= 1;
  wakeOne(state);
}

function wakeOne(state: PoolState): void {
  const [first] = state.waiting;
  if (first === undefined) return;
  state.waiting.delete(first);
  first();
}

async function untilPlace(state: PoolState, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      state.waiting.delete(wake);
      resolve();
    };
    state.waiting.add(wake);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function loanOf(state: PoolState, line: Line, signal: AbortSignal): LdapLoan {
  let isReturned = false;
  const giveBack = (how: 'whole' | 'broken'): void => {
    if (isReturned) return;
    isReturned = true;
    signal.removeEventListener('abort', onAbort);
    if (how === 'broken' || state.isClosed) return line.wire.destroy();
    rest(state, line);
  };
  const onAbort = (): void => giveBack('broken');
  line.wire.hold(true);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) giveBack('broken');
  signal.throwIfAborted();
  return { client: line.client, giveBack };
}

function rest(state: PoolState, line: Line): void {
  if (!line.wire.isOpen()) return;
  line.usedAt = Date.now();
  line.wire.hold(false);
  line.timer = setTimeout(() => line.wire.close(), idleMs);
  line.timer.unref();
  state.idle.push(line);
  wakeOne(state);
}

function closePool(state: PoolState): void {
  state.isClosed = true;
  for (let line = state.idle.pop(); line !== undefined; line = state.idle.pop()) line.wire.close();
  for (const line of state.lines) line.wire.destroy();
  while (state.waiting.size > 0) wakeOne(state);
}
