// The answer of the other program: a file of the document's name in the folder of acknowledgements.
// Owns waiting for it and what it means; the form is schema/acknowledgement.schema.json.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApplyOutcome, type ConnectorErrorCode, type Delta, refusal } from '@joinery/connector-kit';

/** How often to look, in milliseconds: the other program may be on another machine, whose changes no folder tells. */
const lookEveryMs = 100;

const refusedCodes: readonly ConnectorErrorCode[] = [
  'FORBIDDEN',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'AMBIGUOUS_MATCH',
  'INVALID_VALUE',
  'CONSTRAINT_VIOLATION',
];

interface Answer {
  readonly outcome: unknown;
  readonly message: unknown;
  readonly code: unknown;
  readonly key: unknown;
}

/** Waits for the answer until the signal is aborted. An answer that is not whole, or not to this document, is none yet. */
export async function acknowledged(
  folder: string,
  name: string,
  id: string,
  delta: Delta,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  for (;;) {
    const answer = await answerIn(folder, name, id);
    const outcome = answer === null ? null : outcomeOfAnswer(answer, delta);
    if (outcome !== null) return outcome;
    await delay(lookEveryMs, undefined, { signal });
  }
}

async function answerIn(folder: string, name: string, id: string): Promise<Answer | null> {
  try {
    const answer: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
    if (typeof answer !== 'object' || answer === null || !('id' in answer) || answer.id !== id) return null;
    return { outcome: undefined, message: undefined, code: undefined, key: undefined, ...answer };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await stat(folder);
    return null;
  }
}

function outcomeOfAnswer({ outcome, message, code, key }: Answer, delta: Delta): ApplyOutcome | null {
  if (outcome === 'applied' || outcome === 'alreadySo')
    return { kind: outcome, key: typeof key === 'string' && key !== '' ? key : delta.key };
  if (outcome !== 'refused') return null;
  const known = refusedCodes.find((candidate) => candidate === code) ?? 'CONSTRAINT_VIOLATION';
  const refused = refusal(delta, known, 'the program that took the document refused it');
  if (!('failure' in refused)) return refused;
  const said = typeof message === 'string' && message !== '' ? { targetMessage: message } : {};
  return { ...refused, failure: { ...refused.failure, ...said } };
}
