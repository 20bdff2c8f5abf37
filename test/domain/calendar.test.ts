// Days in time zones and periods, at their edges.
import { describe, expect, test } from '@jest/globals';
import { addDays, calendarDay, isCalendarDay, periodLength, positionIn } from '../../src/domain/calendar.js';

describe('calendarDay', () => {
  test.each([
    ['2031-05-01T22:30:00Z', 'Europe/Paris', '2031-05-02'],
    ['2031-05-01T22:30:00Z', 'UTC', '2031-05-01'],
    ['2031-05-01T03:30:00Z', 'America/New_York', '2031-04-30'],
    ['2031-12-31T11:00:00Z', 'Pacific/Kiritimati', '2032-01-01'],
  ])('%s in %s is %s', (instant, zone, day) => {
    expect(calendarDay(new Date(instant), zone)).toBe(day);
  });
});

test.each([
  ['2031-02-28', true],
  ['2031-02-30', false],
  ['2032-02-29', true],
  ['2031-2-3', false],
  ['soon', false],
])('%s exists: %s', (day, exists) => {
  expect(isCalendarDay(day)).toBe(exists);
});

test('adds days over the end of a month and a change of clocks', () => {
  expect(addDays('2031-03-29', 3)).toBe('2031-04-01');
  expect(addDays('2031-01-01', -1)).toBe('2030-12-31');
});

test('counts both ends of a period', () => {
  expect(periodLength('2031-05-01', '2031-05-01')).toBe(1);
  expect(periodLength('2031-05-01', '2031-05-31')).toBe(31);
});

test.each([
  ['2031-05-01', '2031-05-01', '2031-05-01', 'within'],
  ['2031-05-02', '2031-05-01', '2031-05-01', 'after'],
  ['2031-04-30', '2031-05-01', null, 'before'],
  ['2031-04-30', null, null, 'within'],
])('%s in %s to %s is %s', (day, start, end, expected) => {
  expect(positionIn(day, start, end)).toBe(expected);
});
