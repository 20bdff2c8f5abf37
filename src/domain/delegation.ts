// Deciding in somebody's place, from a day to a day: when it may be arranged, when it holds, and for whom it counts.
// A delegate never hands on what was delegated to them: only their own candidacies can be delegated.
import { addDays, isCalendarDay, periodLength, positionIn } from './calendar.js';
import { isSamePerson, type NaturalPeople } from './four-eyes.js';
import { toGlobalId } from './global-id.js';
import { absenceOf, type Person } from './person.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';

export interface Delegation {
  readonly id: string;
  /** Row ids of identities. */
  readonly delegatorId: string;
  readonly delegateId: string;
  /** Calendar days; the end date is the last day. */
  readonly startDate: string;
  readonly endDate: string;
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

export const longestDelegation = 366;

export const isInForce = ({ startDate, endDate, revokedAt }: Delegation, today: string): boolean =>
  revokedAt === null && positionIn(today, startDate, endDate) === 'within';

export interface AskedDelegation {
  readonly delegator: Person;
  readonly delegate: Person;
  readonly startDate: string;
  readonly endDate: string;
  readonly reason: string | null;
  /** The maker, and the person who answers for them where the maker is a program. Row ids. */
  readonly makers: readonly string[];
  readonly samePeople: NaturalPeople;
  /** Of the delegator, in force now or later. */
  readonly present: readonly Delegation[];
  readonly today: string;
}

export function checkDelegation(asked: AskedDelegation): Decision<AskedDelegation> {
  const refusal = checkParties(asked) ?? checkPeriod(asked) ?? checkOverlap(asked);
  return refusal === null ? granted(asked) : refused(refusal);
}

function checkParties({ delegator, delegate, makers, samePeople, today }: AskedDelegation): Refusal | null {
  if (isSamePerson(samePeople, delegator.id, delegate.id)) {
    return {
      code: 'INVALID',
      rule: 'delegation.to-another-person',
      field: ['input', 'delegateId'],
      message: `${delegator.displayName} and ${delegate.displayName} are the same person; nothing would be delegated.`,
      hint: 'Choose somebody else.',
    };
  }
  const isOwn = makers.some((maker) => isSamePerson(samePeople, maker, delegator.id));
  if (!isOwn && makers.some((maker) => isSamePerson(samePeople, maker, delegate.id))) {
    return {
      code: 'SELF_APPROVAL_FORBIDDEN',
      rule: 'delegation.not-to-the-maker',
      field: ['input', 'delegateId'],
      message: `Nobody makes themselves the delegate of somebody else: ${delegate.displayName} would decide for ${delegator.displayName} by their own word.`,
      hint: `Let ${delegator.displayName} or another administrator arrange it.`,
    };
  }
  const absence = absenceOf(delegate, today);
  if (absence === null) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'delegation.delegate-active',
    field: ['input', 'delegateId'],
    subjectId: toGlobalId('Identity', delegate.id),
    message: `${delegate.displayName} cannot decide for ${delegator.displayName}: ${delegate.identifier} ${absence}.`,
    hint: 'Choose somebody who is active.',
  };
}

function checkPeriod({ startDate, endDate, today }: AskedDelegation): Refusal | null {
  const wrong = [startDate, endDate].find((day) => !isCalendarDay(day));
  if (wrong !== undefined)
    return period(
      'INVALID',
      'startDate',
      `«${wrong.slice(0, 40)}» is not a day of the calendar.`,
      'Write it as 2031-05-01.',
    );
  if (endDate < startDate)
    return period(
      'DATE_ORDER',
      'endDate',
      `The end, ${endDate}, is before the start, ${startDate}.`,
      'The end date is the last day.',
    );
  if (startDate < today)
    return period('OUT_OF_RANGE', 'startDate', `${startDate} is over: today is ${today}.`, 'Begin today or later.');
  if (periodLength(startDate, endDate) <= longestDelegation) return null;
  return period(
    'OUT_OF_RANGE',
    'endDate',
    `A delegation from ${startDate} to ${endDate} is longer than ${longestDelegation} days.`,
    `Give an end date not later than ${addDays(startDate, longestDelegation - 1)}; it can be made again.`,
  );
}

const period = (
  code: 'INVALID' | 'DATE_ORDER' | 'OUT_OF_RANGE',
  field: 'startDate' | 'endDate',
  message: string,
  hint: string,
): Refusal => ({ code, rule: 'delegation.period', field: ['input', field], message, hint });

function checkOverlap({ delegator, delegate, startDate, endDate, present }: AskedDelegation): Refusal | null {
  const other = present.find(
    (one) =>
      one.revokedAt === null && one.delegateId === delegate.id && one.startDate <= endDate && one.endDate >= startDate,
  );
  if (other === undefined) return null;
  return {
    code: 'DUPLICATE',
    rule: 'delegation.once',
    field: ['input', 'delegateId'],
    subjectId: toGlobalId('Delegation', other.id),
    message: `${delegate.displayName} decides for ${delegator.displayName} from ${other.startDate} to ${other.endDate} already.`,
    hint: 'Revoke that one first, or choose other days.',
  };
}

/** To arrange or to end one: whose decisions they are. */
export const delegationThing = (delegatorId: string): { readonly owners: readonly string[] } => ({
  owners: [delegatorId],
});
