// What is said to a script and what it may answer: one JSON document in, one out, or one a line in listings.
// Owns the words and the parsing; docs: README.md «The protocol».
import {
  type ConnectorErrorCode,
  ConnectorError,
  cookieRefused,
  type Delta,
  failureClasses,
} from '@joinery/connector-kit';
import type { Readable } from 'node:stream';
import type { RunningScript, ScriptEnd } from './process.js';
import type { Operation, ScriptSettings } from './settings.js';

/** What a call is about, besides the settings. */
export interface Question {
  readonly operation: Operation;
  readonly objectType?: string;
  readonly key?: string;
  readonly cookie?: string | null;
  readonly delta?: Delta;
  readonly idempotencyKey?: string;
}

const protocol = 'joinery-script-1';

/** The document on standard input. */
export function inputOf(question: Question, settings: ScriptSettings, deadlineMs: number): string {
  const secret = settings.secret === null ? {} : { secret: settings.secret };
  const given = { ...settings.parameters, ...secret };
  return `${JSON.stringify({ protocol, ...question, deadlineMs: Math.max(0, Math.round(deadlineMs)), settings: given })}\n`;
}

/** The whole answer of a script that ended well, as the value it stands for; nothing is null. */
export async function answerOf(script: RunningScript, question: Question, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of script.output as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      script.stop();
      throw broken(question, `its answer is longer than ${maxBytes} bytes`, await script.ended);
    }
    chunks.push(chunk);
  }
  const end = await script.ended;
  const answer = parsed(Buffer.concat(chunks));
  if (end.exitCode !== 0) throw failureOfEnd(question, end, answer);
  if (answer === undefined) throw broken(question, 'its answer is no whole JSON document', end);
  return answer;
}

/** The lines of a script that ended well, each parsed, as fast as they are taken. */
export async function* linesOf(script: RunningScript, question: Question, maxBytes: number): AsyncGenerator {
  let last: unknown;
  let isDone = false;
  try {
    for await (const { line, isWhole } of rawLines(script.output, maxBytes)) {
      if (line.length > maxBytes)
        throw broken(question, `a line is longer than ${maxBytes} bytes`, await ending(script));
      const value = isWhole ? parsed(line) : undefined;
      if (value === null) continue;
      if (isError(value)) {
        last = value;
        continue;
      }
      if (value === undefined)
        throw broken(question, 'a line of its answer is no whole JSON document', await ending(script));
      yield value;
    }
    const end = await script.ended;
    isDone = true;
    if (end.exitCode !== 0 || last !== undefined) throw failureOfEnd(question, end, last);
  } finally {
    if (!isDone) script.stop();
  }
}

async function ending(script: RunningScript): Promise<ScriptEnd> {
  script.stop();
  return script.ended;
}

async function* rawLines(
  output: Readable,
  maxBytes: number,
): AsyncGenerator<{ readonly line: Buffer; readonly isWhole: boolean }> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of output as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      yield { line: Buffer.concat([...rest, chunk.subarray(from, at)]), isWhole: true };
      [rest, size, from] = [[], 0, at + 1];
    }
    rest.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > maxBytes) break;
  }
  if (size > 0) yield { line: Buffer.concat(rest), isWhole: false };
}

/** The value of a JSON text; null for blank, undefined for what is none. */
function parsed(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isError = (value: unknown): boolean => isRecord(value) && isRecord(value.error);

/** A failure the script itself told: what it says of a write counts. */
export class ToldFailure extends ConnectorError {}

const refusedCookieCode = 'COOKIE_REFUSED';
const isCode = (code: unknown): code is ConnectorErrorCode =>
  typeof code === 'string' && Object.hasOwn(failureClasses, code);

function failureOfEnd(question: Question, end: ScriptEnd, answer: unknown): ConnectorError {
  if (!isRecord(answer) || !isRecord(answer.error)) return broken(question, endText(end), end);
  const { code, message, hint, targetCode, targetMessage, retryAfterMs } = answer.error;
  if (code === refusedCookieCode) return cookieRefused(typeof message === 'string' ? message : 'the script refused it');
  if (!isCode(code)) return broken(question, `it failed with the unknown code ${JSON.stringify(code)}`, end);
  const said = typeof targetMessage === 'string' ? targetMessage : end.said;
  return new ToldFailure({
    code,
    message: typeof message === 'string' && message !== '' ? message : `The script could not ${purposeOf(question)}.`,
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof targetCode === 'string' ? { targetCode } : {}),
    ...(said === '' ? {} : { targetMessage: said }),
    ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {}),
  });
}

const endText = ({ exitCode, signal }: ScriptEnd): string =>
  exitCode === null ? `it was ended by ${signal ?? 'a signal'}` : `it ended with exit code ${exitCode} and no error`;

/**
 * A script that did not keep to the protocol. What a write did is then unknown; of a reading nothing is taken, and it may
 * go well another time.
 */
export function broken(question: Question, problem: string, end: ScriptEnd | null): ConnectorError {
  const code = question.delta === undefined ? 'UNREACHABLE' : 'OUTCOME_UNKNOWN';
  return new ConnectorError({
    code,
    message: `Could not ${purposeOf(question)}: the script broke off or gave no answer, because ${problem}.`,
    hint: 'Look at what the script says on standard error; run it by hand with the same input.',
    ...(end === null ? {} : { targetCode: end.exitCode === null ? (end.signal ?? 'signal') : `exit ${end.exitCode}` }),
    ...(end === null || end.said === '' ? {} : { targetMessage: end.said }),
  });
}

export function purposeOf({ operation, objectType, key, delta }: Question): string {
  const row = delta?.key ?? key;
  const words = [operation === 'apply' ? (delta?.kind ?? operation) : operation, objectType ?? 'the managed system'];
  return [...words, ...(row === undefined ? [] : [JSON.stringify(row)])].join(' ');
}
