// Calendar and clock of a story: local times of its zone, and lengths that keep to the calendar («one day later» is the
// same time of the next day, also when the clocks change). Moves nothing; clock.ts does.

/** A date and a time of day as YAML writes them: `2027-03-01T09:00`. The time left out is midnight. */
export const localInstant = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** ISO 8601 length: `P1D`, `P2W`, `P1M`, `PT30M`, `P1DT12H`. */
export const duration =
  /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Throws for a text that `localInstant` does not match: the shape of stories has refused it before. */
export function instantOf(local: string, zone: string): Date {
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = localInstant.exec(local) ?? [];
  if (year === undefined) throw new Error(`«${local}» is no local time such as 2027-03-01T09:00.`);
  return atWall(
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)),
    zone,
  );
}

/** `instant` plus the length, by the calendar of the zone. */
export function later(instant: Date, length: string, zone: string): Date {
  const [, years, months, weeks, days, hours, minutes, seconds] = (duration.exec(length) ?? []).map((part) =>
    part === undefined ? 0 : Number(part) || 0,
  );
  const wall = new Date(wallOf(instant, zone));
  wall.setUTCFullYear(
    wall.getUTCFullYear() + (years ?? 0),
    wall.getUTCMonth() + (months ?? 0),
    wall.getUTCDate() + 7 * (weeks ?? 0) + (days ?? 0),
  );
  const time = ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
  const isWholeDays = wall.getTime() !== wallOf(instant, zone);
  return new Date((isWholeDays ? atWall(wall.getTime(), zone).getTime() : instant.getTime()) + time);
}

/** How people of the zone read it: `2027-03-01 09:00`. */
export const shownInstant = (instant: Date, zone: string): string =>
  new Date(wallOf(instant, zone)).toISOString().slice(0, 16).replace('T', ' ');

/** The local time as if it were UTC, in milliseconds. */
function wallOf(instant: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** Twice, because the offset at the first guess may be that of the other side of a clock change. */
function atWall(wall: number, zone: string): Date {
  const guess = new Date(wall - (wallOf(new Date(wall), zone) - wall));
  return new Date(guess.getTime() - (wallOf(guess, zone) - wall));
}
