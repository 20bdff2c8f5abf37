// The wake-up of everybody who reads the feed: one LISTEN connection a process. Losing it costs latency, nothing else:
// whoever waits looks again after the fallback interval.
import { Client } from 'pg';
import type { FeedBell } from '../steps/ports/feed.js';

export interface BellOptions {
  readonly url: string;
  /** Default 1,000. */
  readonly fallbackMs?: number;
}

interface State {
  readonly options: BellOptions;
  readonly waiting: Set<() => void>;
  announced: bigint;
  client: Client | null;
  isClosed: boolean;
  retry: NodeJS.Timeout | null;
}

const reconnectMs = 1_000;

export async function openFeedBell(options: BellOptions): Promise<FeedBell> {
  const state: State = { options, waiting: new Set(), announced: 0n, client: null, isClosed: false, retry: null };
  await connect(state);
  return {
    wait: (position, signal) => wait(state, position, signal),
    close: async () => {
      state.isClosed = true;
      if (state.retry !== null) clearTimeout(state.retry);
      wakeAll(state);
      await state.client?.end().catch(() => undefined);
    },
  };
}

async function connect(state: State): Promise<void> {
  const client = new Client({ connectionString: state.options.url, application_name: 'joinery-feed', keepAlive: true });
  state.client = client;
  client.on('notification', ({ payload }) => announce(state, payload));
  client.on('error', () => reconnect(state, client));
  client.on('end', () => reconnect(state, client));
  try {
    await client.connect();
    await client.query('listen joinery_event');
  } catch {
    // The fallback interval serves readers until the connection is back.
    reconnect(state, client);
  }
}

function reconnect(state: State, lost: Client): void {
  if (state.isClosed || state.client !== lost) return;
  state.client = null;
  lost.end().catch(() => undefined);
  state.retry = setTimeout(() => void connect(state), reconnectMs);
}

function announce(state: State, payload: string | undefined): void {
  if (payload === undefined || !/^\d{1,18}$/.test(payload)) return;
  const position = BigInt(payload);
  if (position > state.announced) state.announced = position;
  wakeAll(state);
}

function wakeAll({ waiting }: State): void {
  for (const wake of waiting) wake();
}

function wait(state: State, position: bigint, signal: AbortSignal): Promise<void> {
  if (signal.aborted || state.isClosed || state.announced > position) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      state.waiting.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, state.options.fallbackMs ?? 1_000);
    signal.addEventListener('abort', wake, { once: true });
    state.waiting.add(wake);
  });
}
