// The words for what a changed configuration says differently, one line a definition, as `joinery plan` prints them.
import { z } from 'zod';

const values = z.record(z.string(), z.unknown()).nullable();
export const configurationChange = z.object({
  kind: z.string(),
  identifier: z.string(),
  change: z.string(),
  before: values,
  after: values,
});
export type ConfigurationChange = z.infer<typeof configurationChange>;

/** `profiles administrator: people + camille.roy`, `resourceTypes crm-account: thresholds.percent 30 → 100`. */
export function changeText({ kind, identifier, change, before, after }: ConfigurationChange): string {
  const name = `${kind} ${identifier}`;
  if (change === 'ADDED') return `${name}: added ${JSON.stringify(after)}`;
  if (change === 'REMOVED') return `${name}: removed`;
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return `${name}: ${keys.map((key) => `${key} ${valueText(before?.[key], after?.[key])}`).join(', ')}`;
}

/** A list of words by what comes and goes, unless only their order is another one; everything else old → new. */
function valueText(before: unknown, after: unknown): string {
  if (isWords(before) && isWords(after)) {
    const parts = [
      ...after.filter((word) => !before.includes(word)).map((word) => `+ ${word}`),
      ...before.filter((word) => !after.includes(word)).map((word) => `- ${word}`),
    ];
    if (parts.length > 0) return parts.join(' ');
  }
  return `${shown(before)} → ${shown(after)}`;
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
