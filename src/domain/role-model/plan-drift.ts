// What moved between a plan and now: whose inputs or outcome are others than the plan remembers, and the words for it.
import type { ThresholdViolation } from '../job.js';
import type { PlannedChange } from './plan.js';
import type { PlanInput } from './plan-input.js';

/** People who are named; the rest is counted. */
export const namedAtMost = 20;

export interface MovedIdentity {
  readonly identityId: string;
  /** As it is shown to people; the row id of one who is gone. */
  readonly displayName: string;
  /** Accounts whose change is another one, or was not planned: `crm-account camille.roy`. Empty where only what it was computed from moved. */
  readonly accounts: readonly string[];
}

export interface PlanDrift {
  /** At most `namedAtMost`. */
  readonly moved: readonly MovedIdentity[];
  readonly movedCount: number;
  readonly identityCount: number;
  /** The version in force now, when it is not the plan's. */
  readonly configurationVersion: number | null;
  /** Limits that carrying the plan out would pass now. */
  readonly violations: readonly ThresholdViolation[];
}

export const hasMoved = ({ movedCount, configurationVersion }: PlanDrift): boolean =>
  movedCount > 0 || configurationVersion !== null;

/** An identity the plan does not know has moved only when there is something to write for it. */
export const isMoved = (remembered: PlanInput | undefined, now: PlanInput): boolean =>
  remembered === undefined ? now.isChanged : remembered.digest !== now.digest;

/** Accounts with another change than before, by type and key. */
export function movedAccounts(before: readonly PlannedChange[], now: readonly PlannedChange[]): readonly string[] {
  const [old, present] = [textsOf(before), textsOf(now)];
  const names = new Set([...old.keys(), ...present.keys()]);
  return [...names].filter((name) => old.get(name) !== present.get(name)).sort();
}

const textsOf = (changes: readonly PlannedChange[]): ReadonlyMap<string, string> =>
  new Map(
    changes.map(({ resourceType, resourceKey, kind, delta }) => [
      `${resourceType} ${resourceKey}`,
      canonical([kind, delta]),
    ]),
  );

/** A stored document comes back with its keys in another order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** One sentence: how many moved, and who. */
export function driftText({ moved, movedCount, identityCount, configurationVersion }: PlanDrift): string {
  if (configurationVersion !== null)
    return `The configuration is another one since the plan was made: version ${configurationVersion} is in force.`;
  const names = moved.map(movedText).join(', ');
  const rest = movedCount - moved.length;
  return `${movedCount} of ${identityCount} people moved since the plan was made: ${names}${rest > 0 ? ` and ${rest} more` : ''}.`;
}

export const movedText = ({ displayName, accounts }: MovedIdentity): string =>
  accounts.length === 0 ? displayName : `${displayName} (${accounts.join(', ')})`;
