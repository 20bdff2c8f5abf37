// Instants as the directory writes them: filetimes (100 ns since 1601) and generalised times. ISO 8601 outside.

/** Milliseconds between 1601 and 1970. */
const epochMs = 11_644_473_600_000n;
const ticksPerMs = 10_000n;
/** Both mean «never» in accountExpires and the like. */
const never: ReadonlySet<string> = new Set(['0', '9223372036854775807']);

/** What is written for «never». */
export const neverFiletime = '9223372036854775807';

/** ISO 8601, or null for «never». */
export function isoOfFiletime(text: string): string | null {
  if (never.has(text)) return null;
  const ms = Number(BigInt(text) / ticksPerMs - epochMs);
  // What lies beyond the dates of JavaScript means «never» to people, too.
  return Math.abs(ms) > 8.64e15 ? null : new Date(ms).toISOString();
}

export function filetimeOfIso(iso: string): string {
  return String((BigInt(Date.parse(iso)) + epochMs) * ticksPerMs);
}

/** `20261130184217.0Z` → ISO 8601; null when it is something else. */
export function isoOfGeneralizedTime(text: string): string | null {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text);
  if (found === null) return null;
  const [, year, month, day, hour, minute, second] = found;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}

export function generalizedTimeOfIso(iso: string): string {
  return `${new Date(Date.parse(iso)).toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}.0Z`;
}
