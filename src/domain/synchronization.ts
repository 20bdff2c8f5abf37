// What a reading of a managed system may change: the figures of its difference, the thresholds they are held against,
// and what makes a row unusable. Owns the rules of domain.md §6 and §8; computing the difference is SQL's (store/synchronization.ts).
import type { SynchronizationThresholds } from './configuration.js';
import type { ThresholdViolation } from './job.js';
import { isUnstorable, type ResourceContent } from './resource.js';
import { type CountLimit, exceededLimit } from './threshold.js';

/** How many rows and links changed. */
export interface ReadingChanges {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Links of rows that were known before and still are; what comes and goes with a whole row is counted as that row. */
  readonly linksAdded: number;
  readonly linksRemoved: number;
}

export const noChanges: ReadingChanges = { inserted: 0, updated: 0, deleted: 0, linksAdded: 0, linksRemoved: 0 };

/** The difference between a reading and the directory, for one entity type. */
export interface EntityTypeDifference extends ReadingChanges {
  readonly entityType: string;
  /** True until a reading of the type was applied once: nothing was known, so nothing can be lost. */
  readonly isFirstLoad: boolean;
  readonly rowsRead: number;
  readonly rowsBefore: number;
  readonly linksBefore: number;
  /** What of it orders wrote that nobody had seen yet: no surprise, so no threshold counts it. Absent: nothing. */
  readonly own?: ReadingChanges;
}

/** What each name of a limit counts. */
const rowKinds = ['inserted', 'updated', 'deleted'] as const;
const linkKinds = ['linksAdded', 'linksRemoved'] as const;
const limitNames = {
  inserted: 'insert',
  updated: 'update',
  deleted: 'delete',
  linksAdded: 'link-add',
  linksRemoved: 'link-remove',
} as const;

/** Every limit the whole reading of a connector would pass; empty = it may be applied. First loads do not count. */
export function synchronizationViolations(
  connector: string,
  differences: readonly EntityTypeDifference[],
  thresholds: SynchronizationThresholds,
): readonly ThresholdViolation[] {
  const counted = differences.filter((difference) => !difference.isFirstLoad);
  const rowLimit: CountLimit = {
    absolute: thresholds.rows,
    percent: thresholds.percent,
    percentFloor: thresholds.percentFloor,
  };
  const linkLimit: CountLimit = {
    absolute: thresholds.links,
    percent: thresholds.linkPercent,
    percentFloor: thresholds.linkPercentFloor,
  };
  return [
    ...rowKinds.flatMap((kind) =>
      violationsOf(connector, kind, others(counted, kind), sum(counted, 'rowsBefore'), rowLimit),
    ),
    ...linkKinds.flatMap((kind) =>
      violationsOf(connector, kind, others(counted, kind), sum(counted, 'linksBefore'), linkLimit),
    ),
  ];
}

type Figure = keyof ReadingChanges | 'rowsBefore' | 'linksBefore';

const others = (differences: readonly EntityTypeDifference[], kind: keyof ReadingChanges): number =>
  differences.reduce((total, { [kind]: all, own }) => total + all - (own?.[kind] ?? 0), 0);

const sum = (differences: readonly EntityTypeDifference[], figure: Figure): number =>
  differences.reduce((total, difference) => total + difference[figure], 0);

function violationsOf(
  connector: string,
  kind: keyof typeof limitNames,
  count: number,
  base: number,
  limit: CountLimit,
): readonly ThresholdViolation[] {
  const exceeded = exceededLimit(count, base, limit);
  if (exceeded === null) return [];
  const name = `synchronization.${limitNames[kind]}.${exceeded.measure}`;
  return [{ name, limit: exceeded.limit, actual: exceeded.actual, scope: connector, scopeKind: 'connector' }];
}

/** True when applying the reading would write nothing. */
export const isUnchanged = (differences: readonly EntityTypeDifference[]): boolean =>
  differences.every(({ inserted, updated, deleted }) => inserted + updated + deleted === 0);

/** Why a row cannot be taken, as the end of a sentence; null when it can. */
export function contentProblem(content: ResourceContent): string | null {
  if (content.key.trim() === '') return 'has no key';
  if (isUnstorable(content.key)) return 'has a key with characters that are not text';
  const attribute = Object.keys(content.attributes).find((name) => isUnstorable(content.attributes[name]));
  if (attribute !== undefined) return `has characters in "${attribute}" that are not text`;
  const link = Object.keys(content.links).find((name) => content.links[name]?.some(isUnstorable));
  return link === undefined ? null : `has a link in "${link}" with characters that are not text`;
}

/** The first key that a page gives twice; null = each once. */
export function repeatedKey(keys: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return null;
}
