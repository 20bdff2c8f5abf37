// The dates of an item: real days, in order, not over, and not longer than the role allows.
import { type CheckedItem, type Holding, itemField, type RequestedItem } from './basket-item.js';
import { addDays, isCalendarDay, periodLength } from './calendar.js';
import type { RoleDefinition } from './configuration.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';

/** `holding`: for a change, whose present start date may lie in the past. */
export function checkPeriod(
  item: RequestedItem,
  role: RoleDefinition,
  today: string,
  index: number,
  holding?: Holding,
): Decision<Pick<CheckedItem, 'action' | 'startDate' | 'endDate'>> {
  const { startDate, endDate } = item;
  const present = holding?.assignment?.startDate ?? null;
  const refusal =
    checkDays(startDate, endDate, index) ??
    checkOrder(startDate, endDate, index) ??
    checkPast(startDate === present ? null : startDate, endDate, today, index);
  if (refusal !== null) return refused(refusal);
  const tooLong = checkLength(startDate ?? today, endDate, role, index);
  if (tooLong !== null) return refused(tooLong);
  return granted({ action: holding === undefined ? 'ADD' : 'UPDATE', startDate, endDate });
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
  if (endDate !== null && periodLength(start, endDate) <= most) return null;
  const asked = endDate === null ? 'without an end' : `for ${periodLength(start, endDate)} days`;
  return {
    code: 'OUT_OF_RANGE',
    rule: 'request.max-duration',
    field: itemField(index, 'endDate'),
    message: `${role.displayName} was asked for ${asked}; it is given for at most ${most} days.`,
    hint: `Give an end date not later than ${addDays(start, most - 1)}; the role can be prolonged later.`,
  };
}
