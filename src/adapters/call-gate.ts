// Lets at most so many calls of one connection through at once; of those that wait, the more urgent goes first, and among
// equals the one that came first. A worker has many orders in hand, and a leaver's must not stand behind all of them.

export interface CallGate {
  /**
   * Runs the call when there is room; a lower `lane` goes first. A call whose signal is aborted while it waits is not made: the
   * abort is thrown.
   */
  pass<T>(limit: number, turn: Turn, call: () => Promise<T>): Promise<T>;
}

export interface Turn {
  readonly lane: number;
  readonly signal: AbortSignal | null;
}

export function callGate(): CallGate {
  const state: GateState = { inside: 0, waiting: [] };
  return {
    pass: async (limit, turn, call) => {
      await enter(state, limit, turn);
      try {
        return await call();
      } finally {
        leave(state);
      }
    },
  };
}

interface Waiting {
  readonly lane: number;
  readonly admit: () => void;
}

interface GateState {
  inside: number;
  /** In the order in which they go. */
  readonly waiting: Waiting[];
}

async function enter(state: GateState, limit: number, { lane, signal }: Turn): Promise<void> {
  signal?.throwIfAborted();
  if (state.inside < limit) {
    state.inside += 1;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      const place = state.waiting.indexOf(waiting);
      if (place >= 0) state.waiting.splice(place, 1);
      reject(signal?.reason);
    };
    const admit = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const waiting: Waiting = { lane, admit };
    signal?.addEventListener('abort', onAbort, { once: true });
    const behind = state.waiting.findIndex((other) => other.lane > lane);
    state.waiting.splice(behind < 0 ? state.waiting.length : behind, 0, waiting);
  });
}

/** Whoever leaves hands the place to the next. */
function leave(state: GateState): void {
  const next = state.waiting.shift();
  if (next === undefined) state.inside -= 1;
  else next.admit();
}
