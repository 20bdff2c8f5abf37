// One limit on a count of changes: an absolute figure, a percentage of what was there, and the floor below which a percentage means nothing.
// Owns the arithmetic of domain.md §8; which counts are held against which figures is synchronization.ts' and order.ts'.

export interface CountLimit {
  /** More than this many is too many; null = off. */
  readonly absolute: number | null;
  /** More than this percentage of the base is too many; null = off. */
  readonly percent: number | null;
  /** The percentage counts only for more changes than this. */
  readonly percentFloor: number;
}

/** The limit that a count would pass: the figure it is measured in, and its value in that measure. */
export interface Exceeded {
  readonly measure: 'absolute' | 'percent';
  readonly limit: number;
  readonly actual: number;
}

/** Null while the count is let through. With nothing there before (`base` 0) any count above the floor passes every percentage. */
export function exceededLimit(count: number, base: number, limit: CountLimit): Exceeded | null {
  if (limit.absolute !== null && count > limit.absolute)
    return { measure: 'absolute', limit: limit.absolute, actual: count };
  if (limit.percent === null || count <= limit.percentFloor || count * 100 <= limit.percent * base) return null;
  return { measure: 'percent', limit: limit.percent, actual: base === 0 ? 100 : Math.ceil((count * 100) / base) };
}
