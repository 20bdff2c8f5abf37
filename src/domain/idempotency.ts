// Which repeats are the same intent: the form of a key, and the text two equal calls have in common.
import { type Decision, granted, refused } from './refusal.js';

/** Printable ASCII, so that a header and a literal can both carry it. */
const keyForm = /^[\x21-\x7e]{8,128}$/;

export function checkKey(key: string): Decision<string> {
  if (keyForm.test(key)) return granted(key);
  return refused({
    code: 'INVALID',
    rule: 'idempotency.key-form',
    message: 'An idempotency key has 8 to 128 printable characters without blanks.',
    hint: 'A UUID made once per intent does.',
  });
}

export const keyReused = refused({
  code: 'IDEMPOTENCY_KEY_REUSED',
  rule: 'idempotency.one-intent-per-key',
  message: 'This idempotency key was used for another call within the last 24 hours.',
  hint: 'Make a new key for each intent; repeat a key only with the same variables.',
});

export const stillRunning = refused({
  code: 'IDEMPOTENCY_IN_PROGRESS',
  rule: 'idempotency.one-at-a-time',
  message: 'The first call with this idempotency key has not ended yet.',
  hint: 'Repeat the call in a moment: it answers the result of the first.',
});

/** The same for the same call, whatever the order of the input's fields. Input of a digest. */
export const callText = (operation: string, input: unknown): string => JSON.stringify([operation, sorted(input)]);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, sorted(part)]));
}
