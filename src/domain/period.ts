// The dates of an item: real days, in order, not over, not longer than the role allows, and not beyond the person's last day.
import type { BasketInput, CheckedItem, RequestedItem } from './basket-item.js';
import { itemField } from './item-field.js';
import { addDays, isCalendarDay, periodLength } from './calendar.js';
import type { RoleDefinition } from './configuration.js';
import type { Person } from './person.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';

/** `presentStart`: of a change, where the first day may lie in the past; left out: something new. */
export function checkPeriod(
  item: Pick<RequestedItem, 'startDate' | 'endDate'>,
  role: RoleDefinition,
  { today, beneficiary }: Pick<BasketInput, 'today' | 'beneficiary'>,
  index: number,
  presentStart: string | null = null,
): Decision<Pick<CheckedItem, 'startDate' | 'endDate' | 'adjustments'>> {
  const { startDate } = item;
  const refusal =
    checkDays(startDate, item.endDate, index) ??
    checkOrder(startDate, item.endDate, index) ??
    checkPast(startDate === presentStart ? null : startDate, item.endDate, today, index) ??
    checkLeaving(startDate, beneficiary, index);
  if (refusal !== null) return refused(refusal);
  const { endDate, adjustments } = adjusted(startDate ?? today, item.endDate, role, beneficiary);
  const tooLong = checkLength(startDate ?? today, endDate, role, index);
  return tooLong === null ? granted({ startDate, endDate, adjustments }) : refused(tooLong);
}

/** Without an end the longest time the role allows; never beyond the last day of the person. Nothing of it in silence. */
function adjusted(
  start: string,
  asked: string | null,
  role: RoleDefinition,
  { displayName, endDate: lastDay }: Person,
): { readonly endDate: string | null; readonly adjustments: readonly string[] } {
  const most = role.maxDurationDays;
  const longest = asked === null && most !== null ? addDays(start, most - 1) : asked;
  if (longest !== null && lastDay !== null && longest > lastDay) {
    return {
      endDate: lastDay,
      adjustments: [`${role.displayName} ends on ${lastDay} instead of ${longest}: ${displayName} leaves on that day.`],
    };
  }
  if (longest === asked) return { endDate: asked, adjustments: [] };
  return {
    endDate: longest,
    adjustments: [`${role.displayName} ends on ${longest}: it is given for at most ${most} days.`],
  };
}

function checkLeaving(startDate: string | null, { displayName, endDate }: Person, index: number): Refusal | null {
  if (startDate === null || endDate === null || startDate <= endDate) return null;
  return {
    code: 'OUT_OF_RANGE',
    rule: 'request.before-leaving',
    field: itemField(index, 'startDate'),
    message: `The start, ${startDate}, is after the last day of ${displayName}, ${endDate}.`,
    hint: 'Give an earlier day, or leave the start date out to begin at once.',
  };
}

function checkDays(startDate: string | null, endDate: string | null, index: number): Refusal | null {
  const wrong = [
    ['startDate', startDate],
    ['endDate', endDate],
  ] as const;
  for (const [field, day] of wrong) {
    if (day !== null && !isCalendarDay(day)) {
      return {
        code: 'INVALID',
        rule: 'request.day',
        field: itemField(index, field),
        message: `«${day.slice(0, 40)}» is not a day of the calendar.`,
        hint: 'Write it as 2031-05-01.',
      };
    }
  }
  return null;
}

function checkOrder(startDate: string | null, endDate: string | null, index: number): Refusal | null {
  if (startDate === null || endDate === null || startDate <= endDate) return null;
  return {
    code: 'DATE_ORDER',
    rule: 'request.date-order',
    field: itemField(index, 'endDate'),
    message: `The end, ${endDate}, is before the start, ${startDate}.`,
    hint: 'Give an end date that is the start date or later; it is the last day.',
  };
}

function checkPast(startDate: string | null, endDate: string | null, today: string, index: number): Refusal | null {
  if (startDate !== null && startDate < today) return past('startDate', startDate, today, index);
  return endDate !== null && endDate < today ? past('endDate', endDate, today, index) : null;
}

const past = (field: 'startDate' | 'endDate', day: string, today: string, index: number): Refusal => ({
  code: 'OUT_OF_RANGE',
  rule: 'request.not-in-the-past',
  field: itemField(index, field),
  message: `${day} is over: today is ${today}.`,
  hint: field === 'startDate' ? 'Leave the start date out to begin at once.' : 'Give a later day.',
});

function checkLength(start: string, endDate: string | null, role: RoleDefinition, index: number): Refusal | null {
  const most = role.maxDurationDays;
  if (most === null) return null;
  if (endDate === null || periodLength(start, endDate) <= most) return null;
  return {
    code: 'OUT_OF_RANGE',
    rule: 'request.max-duration',
    field: itemField(index, 'endDate'),
    message: `${role.displayName} was asked for ${periodLength(start, endDate)} days; it is given for at most ${most} days.`,
    hint: `Give an end date not later than ${addDays(start, most - 1)}; the role can be prolonged later.`,
  };
}
