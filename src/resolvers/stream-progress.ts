// Progress on its way to a stream: held back, the newest of each key, until it may be shown again. Four a second are
// enough for eyes; changes of state are never held back, but progress keeps its distance from them.
import type { Place } from './stream-cursor.js';

const everyMs = 250;

export interface HeldProgress<Item> {
  readonly held: Map<string, Item>;
  /** When anything of a key was last shown, in milliseconds since 1970; forgotten once it holds nothing back. */
  readonly shownAt: Map<string, number>;
}

export const noProgress = <Item>(): HeldProgress<Item> => ({ held: new Map(), shownAt: new Map() });

/** Takes progress out of the items; what is not progress passes, and makes held progress of its key pointless. */
export function passing<Item>(
  progress: HeldProgress<Item>,
  items: readonly Item[],
  sort: (item: Item) => { readonly key: string; readonly isProgress: boolean },
): readonly Item[] {
  return items.filter((item) => {
    const { key, isProgress } = sort(item);
    if (isProgress) progress.held.set(key, item);
    else {
      progress.held.delete(key);
      progress.shownAt.set(key, Date.now());
    }
    return !isProgress;
  });
}

/** Those whose time has come, with the place as their own: everything up to there was shown before them. */
export function due<Item extends { readonly place: Place }>(
  { held, shownAt }: HeldProgress<Item>,
  place: Place,
): readonly Item[] {
  const now = Date.now();
  const ready = [...held].filter(([key]) => now >= (shownAt.get(key) ?? 0) + everyMs);
  for (const [key, at] of shownAt) if (now >= at + everyMs) shownAt.delete(key);
  for (const [key] of ready) {
    held.delete(key);
    shownAt.set(key, now);
  }
  return ready.map(([, item]) => ({ ...item, place }));
}

/** The signal, which also ends a wait when the next progress is due. */
export function alarm<Item>({ held, shownAt }: HeldProgress<Item>, signal: AbortSignal): AbortSignal {
  if (held.size === 0) return signal;
  const next = Math.min(...[...held.keys()].map((key) => (shownAt.get(key) ?? 0) + everyMs));
  return AbortSignal.any([signal, AbortSignal.timeout(Math.max(next - Date.now(), 1))]);
}
