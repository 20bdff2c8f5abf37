// What a cron text means: for people, and next.

export interface ScheduleReader {
  /** The first moment after `from`, in that time zone (IANA name); null when there is none any more. */
  next(schedule: string, timeZone: string, from: Date): Date | null;
  /** In words, e.g. `At 02:00`. */
  words(schedule: string): string;
}
