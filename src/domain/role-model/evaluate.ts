// The heart of the computation: one identity and the model in, what it should have out. Pure.
// Owns the order of evaluation (domain.md §4) and periods; roles are held-role.ts', accounts expected-account.ts'.
import type { CalculatedRole } from '../assignment.js';
import { addDays, isCalendarDay, positionIn } from '../calendar.js';
import { personOf } from '../person.js';
import { readsDay } from './day-rule.js';
import type { Evaluation, IdentitySnapshot } from './evaluation.js';
import { expectedAccounts } from './expected-account.js';
import { heldRoles, isApproved, isEffective, namesOf } from './held-role.js';
import type { CompiledModel, ExpressionInput } from './model.js';

/** `today`: the calendar day in the zone of the identity's source. */
export function evaluate(snapshot: IdentitySnapshot, model: CompiledModel, today: string): Evaluation {
  const period = periodOf(snapshot, model);
  const position = snapshot.isRemoved ? 'after' : positionIn(today, period.startDate, period.endDate);
  // What was approved for somebody who has left is over: its dates mean nothing any more.
  const approvals = position === 'after' ? [] : snapshot.decisions.filter(isApproved);
  const nextDueOn = nextDay([period, ...approvals], today);
  if (position !== 'within') return { position, roles: [], accounts: [], failures: [], nextDueOn };
  const { roles, failures } = heldRoles(snapshot, model, today);
  const accounts = expectedAccounts(model, inputOf(snapshot, roles, today), failures);
  return {
    position,
    roles,
    accounts,
    failures: [...failures.values()],
    nextDueOn: readsDay(model, roles, accounts) ? addDays(today, 1) : nextDueOn,
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

interface Period {
  readonly startDate: string | null;
  readonly endDate: string | null;
}

/** First and last day of the identity. */
export function periodOf({ id, key, attributes, isRemoved }: IdentitySnapshot, model: CompiledModel): Period {
  return personOf({ id, key, attributes, isRemoved }, model.identityType);
}

/** The first coming day on which one of the periods begins or is over. */
function nextDay(periods: readonly Period[], today: string): string | null {
  let next: string | null = null;
  for (const { startDate, endDate } of periods) {
    if (startDate !== null && startDate > today && isCalendarDay(startDate)) next = earlier(next, startDate);
    // A source may hold anything as a date; what is no day never comes.
    if (endDate !== null && endDate >= today && isCalendarDay(endDate)) next = earlier(next, addDays(endDate, 1));
  }
  return next;
}

const earlier = (known: string | null, day: string): string => (known === null || day < known ? day : known);

/** Changes with everything that an evaluation of that day reads but the day itself. `content` is the hash of the identity's row. */
export function inputText(
  snapshot: IdentitySnapshot,
  position: Evaluation['position'],
  content: string,
  version: number,
  today: string,
): string {
  if (position !== 'within') return `${version}:${content}:${position}`;
  const decisions = snapshot.decisions
    .filter((row) => row.isDenied || isEffective(row, today))
    .map((row) => `${row.role}=${row.isDenied ? 'denied' : (row.requestItemId ?? '')}`);
  return [version, content, ...decisions.sort()].join(':');
}
