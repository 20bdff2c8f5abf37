// Wraps a package's session so that the promises of the contract hold whatever its libraries do:
// every call ends by its deadline, only ConnectorErrors come out, `apply` answers, no secret is told.
import { failureOf, outcomeOf, runCall } from './call.js';
import type { ApplyOutcome, CallContext, ChangePage, ConnectorSession, ListPage } from './contract.js';
import { ConnectorError } from './failure.js';
import { type Redaction, redactError, redactFailure } from './redaction.js';

/** How long a write may take after its deadline to say itself what became of it, in milliseconds. */
const writeGraceMs = 250;
/** How long closing may take before it is left to itself, in milliseconds. */
const closeTimeoutMs = 5_000;

/** The session with the guards around it; optional operations stay absent when the package has none. */
export function guardSession(session: ConnectorSession, redact: Redaction): ConnectorSession {
  const applyMany = session.applyMany?.bind(session);
  const changes = session.changes?.bind(session);
  return {
    describe: (context) =>
      guardCall(context, 'describe the managed system', redact, (inner) => session.describe(inner)),
    check: (context) => guardCall(context, 'check the connection', redact, (inner) => session.check(inner)),
    read: (objectType, key, context) =>
      guardCall(context, `read ${objectType} ${JSON.stringify(key)}`, redact, (inner) =>
        session.read(objectType, key, inner),
      ),
    list: (objectType, context) =>
      guardPages<ListPage>(context, `list ${objectType}`, redact, (inner) => session.list(objectType, inner)),
    apply: async (delta, context) =>
      guardWrite(context, `${delta.kind} ${delta.objectType} ${JSON.stringify(delta.key)}`, redact, (inner) =>
        session.apply(delta, { ...inner, idempotencyKey: context.idempotencyKey }),
      ),
    ...(applyMany === undefined
      ? {}
      : {
          applyMany: (deltas, context) =>
            guardWrites(deltas.length, context, redact, (inner) => applyMany(deltas, inner)),
        }),
    ...(changes === undefined
      ? {}
      : {
          changes: (objectType, cookie, context) =>
            guardPages<ChangePage>(context, `read changes of ${objectType}`, redact, (inner) =>
              changes(objectType, cookie, inner),
            ),
        }),
    close: () =>
      guardCall(
        { signal: new AbortController().signal, deadline: Date.now() + closeTimeoutMs },
        'close the connection',
        redact,
        () => session.close(),
      ),
  };
}

async function guardCall<T>(
  context: CallContext,
  operation: string,
  redact: Redaction,
  call: (inner: CallContext) => Promise<T>,
): Promise<T> {
  try {
    return await runCall(context, operation, (signal) => call({ signal, deadline: context.deadline }));
  } catch (error) {
    throw redactError(failureOf(error), error, redact);
  }
}

async function guardWrite(
  context: CallContext,
  operation: string,
  redact: Redaction,
  call: (inner: CallContext) => Promise<ApplyOutcome>,
): Promise<ApplyOutcome> {
  let wasStarted = false;
  try {
    const outcome = await runCall(
      context,
      operation,
      (signal) => {
        wasStarted = true;
        return call({ signal, deadline: context.deadline });
      },
      writeGraceMs,
    );
    return redactOutcome(outcome, redact);
  } catch (error) {
    // The package did not say whether it had sent the change: once started, everything but a typed refusal is unknown.
    return redactOutcome(outcomeOf(error, wasStarted), redact);
  }
}

async function guardWrites(
  count: number,
  context: CallContext,
  redact: Redaction,
  call: (inner: CallContext) => Promise<readonly ApplyOutcome[]>,
): Promise<readonly ApplyOutcome[]> {
  let wasStarted = false;
  try {
    const outcomes = await runCall(
      context,
      `apply ${count} changes`,
      (signal) => {
        wasStarted = true;
        return call({ signal, deadline: context.deadline });
      },
      writeGraceMs,
    );
    if (outcomes.length !== count) throw miscounted(outcomes.length, count);
    return outcomes.map((outcome) => redactOutcome(outcome, redact));
  } catch (error) {
    // What stopped the package may be the answer to one of several, and others applied before it: it is nobody's answer.
    const isOpen = wasStarted && count > 1;
    const outcome = redactOutcome(isOpen ? openOutcome(error, count) : outcomeOf(error, wasStarted), redact);
    return Array.from({ length: count }, () => outcome);
  }
}

function openOutcome(error: unknown, count: number): ApplyOutcome {
  const failure = failureOf(error);
  const message = `It is open which of ${count} changes were applied before this: ${failure.message}`;
  return { kind: 'unknown', failure: { ...failure, code: 'OUTCOME_UNKNOWN', message } };
}

function miscounted(given: number, count: number): ConnectorError {
  return new ConnectorError({
    code: 'OUTCOME_UNKNOWN',
    message: `The connector package answered ${given} outcomes to ${count} changes.`,
    hint: 'Tell the author of the package.',
  });
}

async function* guardPages<Page>(
  context: CallContext,
  operation: string,
  redact: Redaction,
  open: (inner: CallContext) => AsyncIterable<Page>,
): AsyncGenerator<Page> {
  const controller = new AbortController();
  const pages = open({ signal: controller.signal, deadline: context.deadline })[Symbol.asyncIterator]();
  let isDone = false;
  try {
    while (!isDone) {
      const next = await guardCall(context, operation, redact, () => pages.next());
      isDone = next.done === true;
      if (next.done !== true) yield next.value;
    }
  } finally {
    controller.abort();
    // Not awaited: a hung package must not hold the caller; its own clean-up runs when it wakes.
    if (!isDone) void Promise.resolve(pages.return?.()).catch(() => undefined);
  }
}

function redactOutcome(outcome: ApplyOutcome, redact: Redaction): ApplyOutcome {
  return 'failure' in outcome ? { ...outcome, failure: redactFailure(outcome.failure, redact) } : outcome;
}
