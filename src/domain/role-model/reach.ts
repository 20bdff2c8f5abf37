// How far from today a model looks: the offsets of its rules and the hours that orders go out ahead of time.
// Made once per model; a model without either looks at today alone and pays nothing.
import { addDays } from '../calendar.js';
import type { TimeOffset } from '../configuration.js';
import type { CompiledModel } from './model.js';

export interface Reach {
  /** Days on both sides of today on which something may count today; 0 = today alone. */
  readonly days: number;
  /** Days after a day of change on which what follows from it may change; 0 is among them. */
  readonly shifts: readonly number[];
  /** Different `fulfillHoursAheadOfTime`, without 0. */
  readonly hours: readonly number[];
  /** Days after its last one on which an assignment still counts. */
  readonly tail: number;
}

/** How many calendar days the given hours reach from now on. */
export type Ahead = (hours: number) => number;
export const nothingAhead: Ahead = () => 0;

const known = new WeakMap<CompiledModel, Reach>();

export function reachOf(model: CompiledModel): Reach {
  const found = known.get(model);
  if (found !== undefined) return found;
  const made = makeReach(model);
  known.set(model, made);
  return made;
}

function makeReach({ configuration, resourceTypes }: CompiledModel): Reach {
  const offsets = [
    ...configuration.typeRules,
    ...configuration.scalarRules,
    ...configuration.navigationRules,
    ...configuration.queryRules,
  ].flatMap(({ timeOffset }) => (timeOffset === null ? [] : [timeOffset]));
  const hours = [
    ...new Set([...resourceTypes.values()].map(({ definition }) => definition.fulfillHoursAheadOfTime)),
  ].filter((each) => each > 0);
  const shifts = [...new Set([0, ...offsets.flatMap(shiftsOf)])];
  const most = Math.max(...shifts.map(Math.abs)) + Math.max(0, ...hours.map(daysOf));
  return { days: most === 0 ? 0 : most + 1, shifts, hours, tail: Math.max(0, ...offsets.map(tailOf)) };
}

/** A window begins on its first day and is over on the day after its last: counted from a first day, and from the day after a last one. */
const shiftsOf = ({ before, after }: TimeOffset): readonly number[] => [before, before - 1, after, after + 1];

const tailOf = ({ mode, after }: TimeOffset): number => (mode === 'BEFORE' ? 0 : after);

/** Whole calendar days that some hours may reach at most. */
const daysOf = (hours: number): number => Math.ceil(hours / 24);

/** The first coming day on which something may change that follows from these days; today where only the hour has to come. */
export function nextChange(
  changes: readonly string[],
  { shifts, hours }: Reach,
  today: string,
  ahead: Ahead,
): string | null {
  let next: string | null = null;
  const note = (day: string): void => {
    if (next === null || day < next) next = day;
  };
  for (const change of changes) {
    for (const shift of shifts) {
      const day = shift === 0 ? change : addDays(change, shift);
      if (day > today) note(day);
      for (const each of hours) {
        const first = addDays(day, -daysOf(each));
        if (first > today) note(first);
        else if (day > addDays(today, ahead(each))) note(today);
      }
    }
  }
  return next;
}
