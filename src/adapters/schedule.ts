// Reads cron texts with croner, and puts them into words with cronstrue.
import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import type { ScheduleReader } from '../steps/ports/schedule.js';

export const scheduleReader: ScheduleReader = {
  next: (schedule, timeZone, from) => new Cron(schedule, { timezone: timeZone }).nextRun(from),
  words: (schedule) => cronstrue.toString(schedule, { use24HourTimeFormat: true, verbose: false }),
};
