// Settings of a connection as people may see them: what is secret, or kept elsewhere, is said to be there and nothing more.

const hidden = { $secret: true } as const;

/** `secrets` null: nobody knows which are secret, so all texts are hidden. */
export const shownSettings = (
  settings: Readonly<Record<string, unknown>>,
  secrets: readonly string[] | null,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      secrets?.includes(name) === true ? hidden : shown(value, secrets === null),
    ]),
  );

function shown(value: unknown, areTextsHidden: boolean): unknown {
  if (typeof value === 'string') return areTextsHidden ? hidden : value;
  if (Array.isArray(value)) return value.map((item: unknown) => shown(item, areTextsHidden));
  if (!isRecord(value)) return value;
  if ('$file' in value || '$env' in value) return hidden;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner, areTextsHidden)]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Package name of a connection without code: its orders are tickets for people (TRANSMITTED). */
export const manualPackage = 'manual';
