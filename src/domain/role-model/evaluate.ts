// The heart of the computation: one identity and the model in, what it should have out. Pure.
// Owns the order of evaluation (domain.md §4) and periods; roles are held-role.ts', accounts expected-account.ts'.
import type { CalculatedRole } from '../assignment.js';
import { addDays, isCalendarDay, positionIn } from '../calendar.js';
import { contextText, periodOf } from './context.js';
import { readsDay } from './day-rule.js';
import type { Evaluation, IdentitySnapshot, Period } from './evaluation.js';
import { expectedAccounts } from './expected-account.js';
import { isApproved, isEffective, namesOf } from './held-role.js';
import type { CompiledModel, ExpressionInput } from './model.js';
import { type Ahead, nextChange, nothingAhead, reachOf } from './reach.js';
import { suggestionsFor } from './suggestion.js';
import { changesOf, type Timeline, timelineOf } from './timeline.js';

/** `today`: the calendar day where the identity is. `ahead`: how many days some hours reach from now on. Default: none. */
export function evaluate(
  snapshot: IdentitySnapshot,
  model: CompiledModel,
  today: string,
  ahead: Ahead = nothingAhead,
): Evaluation {
  const period = periodOf(snapshot, model);
  const position = snapshot.isRemoved ? 'after' : positionIn(today, period.startDate, period.endDate);
  const timeline = timelineOf({ snapshot, model, period, today, ahead });
  const { present } = timeline;
  const offered = suggestionsFor(snapshot, model, timeline, period);
  const ended = endedRoles(snapshot, model, period, today);
  const nextDueOn = earlier(nextDay(snapshot, model, period, ended, timeline), offered.nextDueOn);
  const accounts = expectedAccounts(model, timeline);
  const roles = present?.held.roles ?? [];
  return {
    position,
    roles,
    suggestions: offered.suggestions,
    ended,
    accounts,
    failures: present === null ? [] : [...present.held.failures.values()],
    nextDueOn: present !== null && readsDay(model, roles, accounts) ? addDays(today, 1) : nextDueOn,
  };
}

/** What rules about accounts see: the person and all roles held. */
export const inputOf = (
  snapshot: IdentitySnapshot,
  roles: readonly CalculatedRole[],
  today: string,
): ExpressionInput => ({
  person: snapshot.attributes,
  roles: namesOf(roles),
  today,
});

/** An approval ends with the employment. That a source lists somebody no more is no end: it may have forgotten them. */
function endedRoles(
  { decisions }: IdentitySnapshot,
  model: CompiledModel,
  { startDate, endDate }: Period,
  today: string,
): readonly string[] {
  if (decisions.length === 0) return nothingEnded;
  const { tail } = reachOf(model);
  const isOver = (first: string | null, last: string | null): boolean =>
    positionIn(today, first, last !== null && tail > 0 && isCalendarDay(last) ? addDays(last, tail) : last) === 'after';
  return decisions
    .filter((row) => isApproved(row) && (isOver(startDate, endDate) || isOver(row.startDate, row.endDate)))
    .map(({ role }) => role)
    .sort();
}
const nothingEnded: readonly string[] = [];

/** The first coming day on which dates alone may change the result. What is over has no dates any more. */
function nextDay(
  snapshot: IdentitySnapshot,
  model: CompiledModel,
  period: Period,
  ended: readonly string[],
  { today, ahead }: Timeline,
): string | null {
  const decisions = snapshot.decisions.filter(({ role }) => !ended.includes(role));
  const about = snapshot.isRemoved ? { ...snapshot, decisions, positions: [] } : { ...snapshot, decisions };
  const reach = reachOf(model);
  const since = reach.days === 0 ? today : addDays(today, -reach.days);
  return nextChange(changesOf({ snapshot: about, model, period }, since), reach, today, ahead);
}

const earlier = (one: string | null, other: string | null): string | null =>
  one === null || (other !== null && other < one) ? other : one;

/** Changes with everything that an evaluation of that day reads but the day itself. `content` is the hash of the identity's row. */
export function inputText(
  snapshot: IdentitySnapshot,
  position: Evaluation['position'],
  content: string,
  model: CompiledModel,
  today: string,
): string {
  const { version } = model;
  const context = contextText(snapshot, model);
  const own = context === '' ? content : `${content}+${context}`;
  if (position !== 'within') return `${version}:${own}:${position}`;
  const decisions = snapshot.decisions
    .filter((row) => row.isDenied || isEffective(row, today))
    .map((row) => `${row.role}=${row.isDenied ? 'denied' : (row.requestItemId ?? '')}`);
  return [version, own, ...decisions.sort()].join(':');
}
