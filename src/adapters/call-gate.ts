// Lets at most so many calls of one connection through at once; the others wait in the order they came.

export interface CallGate {
  /** Runs the call when there is room. A call whose signal is aborted while it waits is not made: the abort is thrown. */
  pass<T>(limit: number, signal: AbortSignal | null, call: () => Promise<T>): Promise<T>;
}

export function callGate(): CallGate {
  const state: GateState = { inside: 0, waiting: [] };
  return {
    pass: async (limit, signal, call) => {
      await enter(state, limit, signal);
      try {
        return await call();
      } finally {
        leave(state);
      }
    },
  };
}

interface GateState {
  inside: number;
  readonly waiting: (() => void)[];
}

async function enter(state: GateState, limit: number, signal: AbortSignal | null): Promise<void> {
  signal?.throwIfAborted();
  if (state.inside < limit) {
    state.inside += 1;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      const place = state.waiting.indexOf(admit);
      if (place >= 0) state.waiting.splice(place, 1);
      reject(signal?.reason);
    };
    const admit = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    state.waiting.push(admit);
  });
}

/** Whoever leaves hands the place to the next. */
function leave(state: GateState): void {
  const next = state.waiting.shift();
  if (next === undefined) state.inside -= 1;
  else next();
}
