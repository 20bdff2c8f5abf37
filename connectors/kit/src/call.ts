// Makes every call end by its deadline, also when a library never answers.
// Owns deadlines, aborts and what an interrupted write means; leaves retries to the engine.
import { types } from 'node:util';
import type { ApplyOutcome, CallContext, ConnectorFailure } from './contract.js';
import { ConnectorError, failureClasses } from './failure.js';

/** How long a throttled call waits when the target did not say, in milliseconds. */
const defaultRetryAfterMs = 1_000;

/** A context that ends after `timeoutMs`, or when the given signal is aborted. */
export function callContext(timeoutMs: number, signal: AbortSignal = new AbortController().signal): CallContext {
  return { signal, deadline: Date.now() + timeoutMs };
}

/**
 * Runs one call and rejects with TIMEOUT at the deadline, or when the caller aborts, whatever the call does.
 * The call's own signal is aborted at that instant; with `graceMs` it gets that long to answer by itself.
 */
export async function runCall<T>(
  context: CallContext,
  operation: string,
  call: (signal: AbortSignal) => Promise<T>,
  graceMs = 0,
): Promise<T> {
  if (context.signal.aborted) throw stopped(operation);
  const remainingMs = context.deadline - Date.now();
  if (remainingMs <= 0) throw overdue(operation);
  const controller = new AbortController();
  const end = endOfCall(context, operation, remainingMs, graceMs, controller);
  try {
    return await Promise.race([call(controller.signal), end.reached]);
  } finally {
    end.forget();
  }
}

/** Tells `runWrite` that from now on the target may have applied the change. */
export type MarkSent = () => void;

/**
 * Runs one write and answers an outcome in every case: what is thrown before `markSent` was surely not applied,
 * an interruption after it is `unknown`.
 */
export async function runWrite(
  context: CallContext,
  operation: string,
  write: (signal: AbortSignal, markSent: MarkSent) => Promise<ApplyOutcome>,
): Promise<ApplyOutcome> {
  let wasSent = false;
  const markSent = (): void => {
    wasSent = true;
  };
  try {
    return await runCall(context, operation, (signal) => write(signal, markSent));
  } catch (error) {
    return outcomeOf(error, wasSent);
  }
}

/** The failure an error stands for; anything but a `ConnectorError` is a bug of the package. */
export function failureOf(error: unknown): ConnectorFailure {
  if (error instanceof ConnectorError) return error.failure;
  if (isAbort(error))
    return error.cause instanceof ConnectorError ? error.cause.failure : stopped('finish the call').failure;
  // Errors of Node itself come from another realm where tests run in a sandbox: `instanceof Error` misses them.
  const reason = types.isNativeError(error)
    ? `${error.name}: ${error.message}`
    : 'something that is not an error was thrown';
  return {
    code: 'CONNECTOR_BUG',
    message: `The connector package failed unexpectedly: ${reason}`,
    hint: 'Tell the author of the package.',
  };
}

// What Node's own functions throw when the signal they were given is aborted; the cause is why it was.
function isAbort(error: unknown): error is Error {
  return types.isNativeError(error) && error.name === 'AbortError';
}

/** The outcome of a write that threw. `wasSent`: the target may already have received the change. */
export function outcomeOf(error: unknown, wasSent: boolean): ApplyOutcome {
  const failure = failureOf(error);
  if (wasSent && !isAnswer(error, failure)) return { kind: 'unknown', failure: unknownFailure(failure) };
  const failureClass = failureClasses[failure.code];
  switch (failureClass) {
    case 'connection':
    case 'transient':
      return { kind: 'unreachable', failure };
    case 'throttled':
      return { kind: 'throttled', failure, retryAfterMs: failure.retryAfterMs ?? defaultRetryAfterMs };
    case 'unknown':
      return { kind: 'unknown', failure };
    case 'permanent':
      return { kind: 'refused', failure };
    default:
      return failureClass satisfies never;
  }
}

// A typed refusal is the target's answer, so the change was not applied; a lost connection or a crash is none.
function isAnswer(error: unknown, failure: ConnectorFailure): boolean {
  const failureClass = failureClasses[failure.code];
  return error instanceof ConnectorError && (failureClass === 'permanent' || failureClass === 'throttled');
}

function unknownFailure(failure: ConnectorFailure): ConnectorFailure {
  return {
    ...failure,
    code: 'OUTCOME_UNKNOWN',
    message: `The change was sent, but no answer came: ${failure.message}`,
  };
}

interface EndOfCall {
  readonly reached: Promise<never>;
  readonly forget: () => void;
}

function endOfCall(
  context: CallContext,
  operation: string,
  remainingMs: number,
  graceMs: number,
  inner: AbortController,
): EndOfCall {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  const reached = new Promise<never>((_resolve, reject) => {
    const give = (error: ConnectorError): void => {
      clearTimeout(timer);
      inner.abort(error);
      if (graceMs === 0) return reject(error);
      timer = setTimeout(() => reject(error), graceMs);
    };
    onAbort = () => give(stopped(operation));
    // Timers hold at most 2^31-1 ms; a later deadline is as good as none.
    timer = setTimeout(() => give(overdue(operation)), Math.min(remainingMs, 2_147_483_647));
  });
  context.signal.addEventListener('abort', onAbort, { once: true });
  const forget = (): void => {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', onAbort);
  };
  return { reached, forget };
}

function overdue(operation: string): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not ${operation}: no answer by the deadline of the call.`,
    hint: 'Check whether the managed system is slow, or allow the call more time.',
  });
}

function stopped(operation: string): ConnectorError {
  return new ConnectorError({ code: 'TIMEOUT', message: `Could not ${operation}: the caller stopped the call.` });
}
