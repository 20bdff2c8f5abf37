// Lets at most so many calls of one connection through at once; the others wait in the order they came.

export interface CallGate {
  /** Runs the call when there is room. */
  pass<T>(limit: number, call: () => Promise<T>): Promise<T>;
  /** Places that nobody has. */
  free(limit: number): number;
}

export function callGate(): CallGate {
  const state: GateState = { inside: 0, waiting: [] };
  return {
    pass: async (limit, call) => {
      await enter(state, limit);
      try {
        return await call();
      } finally {
        leave(state);
      }
    },
    free: (limit) => Math.max(0, limit - state.inside),
  };
}

interface GateState {
  inside: number;
  readonly waiting: (() => void)[];
}

async function enter(state: GateState, limit: number): Promise<void> {
  if (state.inside < limit) {
    state.inside += 1;
    return;
  }
  await new Promise<void>((admit) => void state.waiting.push(admit));
}

/** Whoever leaves hands the place to the next. */
function leave(state: GateState): void {
  const next = state.waiting.shift();
  if (next === undefined) state.inside -= 1;
  else next();
}
