// The days around today, cut where something begins or is over: who holds what on each stretch, and whether a rule counts today.
// Owns time offsets and what goes out ahead of time. A model without either has one stretch: today. Words: docs/role-model.md.
import { addDays, isCalendarDay, positionIn } from '../calendar.js';
import type { TimeOffset } from '../configuration.js';
import { contextsOf } from './context.js';
import type { IdentitySnapshot, Period } from './evaluation.js';
import { heldRoles, isApproved, namesOf } from './held-role.js';
import type { CompiledModel, ExpressionInput } from './model.js';
import { type Ahead, reachOf } from './reach.js';
import type { Conditioned } from './rule-index.js';
import { type ParametrisedRoles, withParameters } from './role-parameter.js';
import { seenBy, type Setting, settingOf } from './setting.js';

/** Days on which nothing changes by date, within the period of the identity. */
export interface Scene extends Stretch {
  readonly held: ParametrisedRoles;
  readonly names: ReadonlySet<string>;
  readonly setting: Setting;
}

interface Stretch {
  /** The day that stands for all: today where it is among them. */
  readonly day: string;
  /** Null: it began, or ends, further away than any rule looks. */
  readonly first: string | null;
  readonly last: string | null;
}

export interface Timeline {
  readonly today: string;
  /** Null outside the period of the identity. */
  readonly present: Scene | null;
  /** In the order of days; null where the identity is not there. */
  readonly scenes: readonly (Scene | null)[];
  readonly ahead: Ahead;
}

export interface TimelineInput {
  readonly snapshot: IdentitySnapshot;
  readonly model: CompiledModel;
  readonly period: Period;
  readonly today: string;
  readonly ahead: Ahead;
}

export function timelineOf(input: TimelineInput): Timeline {
  const { today, ahead, snapshot, model } = input;
  if (snapshot.isRemoved) return { today, present: null, scenes: [], ahead };
  const { days } = reachOf(model);
  const stretches = days === 0 ? [onlyToday(today)] : stretchesOf(changesOf(input, addDays(today, -days)), today, days);
  const scenes = stretches.map((stretch) => sceneOn(input, stretch));
  return { today, present: scenes.find((scene) => scene?.day === today) ?? null, scenes, ahead };
}

const onlyToday = (today: string): Stretch => ({ day: today, first: null, last: null });

/** Days on which something begins, and those after something is over; earlier ones than `since` may be left out. */
export function changesOf(
  { snapshot, model, period }: Pick<TimelineInput, 'snapshot' | 'model' | 'period'>,
  since: string,
): readonly string[] {
  const periods = [period, ...contextsOf(snapshot, model).all, ...snapshot.decisions.filter(isApproved)];
  return periods.flatMap(({ startDate, endDate }) => [
    // A source may hold anything as a date; what is no day never comes.
    ...(startDate !== null && startDate >= since && isCalendarDay(startDate) ? [startDate] : []),
    ...(endDate !== null && endDate >= since && isCalendarDay(endDate) ? [addDays(endDate, 1)] : []),
  ]);
}

function stretchesOf(changes: readonly string[], today: string, days: number): readonly Stretch[] {
  const [from, until] = [addDays(today, -days), addDays(today, days)];
  const cuts = [...new Set(changes)].filter((day) => day > from && day <= until).sort();
  return [null, ...cuts].map((first, index): Stretch => {
    const next = cuts[index];
    const last = next === undefined ? null : addDays(next, -1);
    const isPast = last !== null && last < today;
    const isComing = first !== null && first > today;
    return { first, last, day: isPast ? last : isComing ? first : today };
  });
}

function sceneOn({ snapshot, model, period }: TimelineInput, stretch: Stretch): Scene | null {
  const { day } = stretch;
  if (positionIn(day, period.startDate, period.endDate) !== 'within') return null;
  const contexts = contextsOf(snapshot, model);
  const held = withParameters(heldRoles(snapshot, model, day), model);
  const roles = namesOf(held.roles);
  const setting = settingOf({ person: snapshot.attributes, roles, today: day }, contexts, day);
  return { ...stretch, held, names: effectiveNames(roles, held), setting };
}

/** Roles that give something: all but those that rules give without a parameter they need. */
const effectiveNames = (roles: readonly string[], { withoutEffects }: ParametrisedRoles): ReadonlySet<string> =>
  new Set(withoutEffects.size === 0 ? roles : roles.filter((role) => !withoutEffects.has(role)));

/** A rule about accounts. */
export type TimedRule = Pick<Conditioned<unknown>, 'applies' | 'context' | 'needsContext' | 'needsParameters'> & {
  readonly role: string | null;
};

/** `aheadDays`: what begins within so many days counts already. */
export interface Timing {
  readonly offset: TimeOffset | null;
  readonly aheadDays: number;
}

/** What the rule sees where it counts today; null when it does not. Throws what expressions throw. */
export function seenToday(rule: TimedRule, timeline: Timeline, { offset, aheadDays }: Timing): ExpressionInput | null {
  if (offset === null && aheadDays === 0) return timeline.present === null ? null : seenIn(rule, timeline.present);
  for (const run of runsOf(rule, timeline)) {
    if (isToday(timeline.today, windowOf(run, offset ?? unmoved, aheadDays))) return run.seen;
  }
  return null;
}

const unmoved: TimeOffset = { mode: 'AROUND', before: 0, after: 0 };

/** On the days of the scene. */
export function seenIn(rule: TimedRule, { names, setting, held }: Scene): ExpressionInput | null {
  if (rule.role !== null && !names.has(rule.role)) return null;
  if (!rule.needsParameters && !rule.needsContext) return rule.applies(setting.input) ? setting.input : null;
  if (!rule.needsParameters) return seenBy(rule, setting);
  if (rule.role !== null && held.withoutParameters.has(rule.role)) return null;
  const parameters = (rule.role === null ? undefined : held.parameters.get(rule.role)) ?? noParameters;
  return seenBy(rule, setting, (input) => ({ ...input, parameters }));
}
const noParameters: Readonly<Record<string, string>> = {};

/** Days one after the other on which a rule applies. */
interface Run {
  readonly first: string | null;
  readonly last: string | null;
  /** Of the day nearest to today. */
  readonly seen: ExpressionInput;
  readonly day: string;
}

function runsOf(rule: TimedRule, { scenes, today }: Timeline): readonly Run[] {
  const runs: Run[] = [];
  let isOpen = false;
  for (const scene of scenes) {
    const seen = scene === null ? null : seenIn(rule, scene);
    if (scene === null || seen === null) {
      isOpen = false;
      continue;
    }
    const { first, last, day } = scene;
    const before = isOpen ? runs.pop() : undefined;
    const isNearer = before === undefined || day <= today;
    runs.push({
      first: before === undefined ? first : before.first,
      last,
      ...(isNearer ? { seen, day } : { seen: before.seen, day: before.day }),
    });
    isOpen = true;
  }
  return runs;
}

function windowOf({ first, last }: Run, { mode, before, after }: TimeOffset, aheadDays: number): Period | null {
  const moved = (day: string | null, days: number): string | null => (day === null ? null : addDays(day, days));
  const earlier = before - aheadDays;
  switch (mode) {
    case 'AROUND':
      return { startDate: moved(first, earlier), endDate: moved(last, after) };
    case 'BEFORE':
      return first === null ? null : { startDate: moved(first, earlier), endDate: moved(first, after) };
    case 'AFTER':
      return last === null ? null : { startDate: moved(last, earlier), endDate: moved(last, after) };
    default:
      return mode satisfies never;
  }
}

const isToday = (today: string, window: Period | null): boolean =>
  window !== null && positionIn(today, window.startDate, window.endDate) === 'within';
