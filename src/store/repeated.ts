// Statements that run all the time: parsed and planned once a connection instead of at every call. On partitioned tables
// planning costs more than running. Only for texts that never vary: each one stays prepared on every connection.

const names = new Map<string, string>();

/** Marks the text; answers it unchanged. */
export function repeated(text: string): string {
  if (!names.has(text)) names.set(text, `repeated_${names.size + 1}`);
  return text;
}

/** Null for a text that was not marked. */
export const nameOfRepeated = (text: string): string | null => names.get(text) ?? null;
