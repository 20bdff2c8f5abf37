// /livez: the process answers. /readyz: it can do its work, check by check; 503 when it cannot, and while it is ending.
import type { RequestHandler } from 'express';

/** Resolves with a word for people, or throws. What it throws is not shown. */
export type ReadinessCheck = () => Promise<string>;

export interface Readiness {
  /** Without these nobody can be answered, e.g. database. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  /** Told beside them, and no reason to send nobody here: people are answered without. */
  readonly reported?: Readonly<Record<string, ReadinessCheck>>;
  readonly isDraining: () => boolean;
}

interface CheckAnswer {
  readonly ok: boolean;
  readonly detail: string;
}

const checkWithinMs = 2_000;

export const livez: RequestHandler = (_request, response) => void response.json({ status: 'alive' });

export function readyz({ checks, reported = {}, isDraining }: Readiness): RequestHandler {
  return async (_request, response) => {
    const [needed, told] = await Promise.all([answersOf(checks), answersOf(reported)]);
    const isReady = areFine(needed) && !isDraining();
    response.status(isReady ? 200 : 503).json({
      status: isDraining() ? 'draining' : !isReady ? 'not ready' : areFine(told) ? 'ready' : 'degraded',
      checks: { ...needed, ...told },
    });
  };
}

type Answers = Readonly<Record<string, CheckAnswer>>;

const answersOf = async (checks: Readonly<Record<string, ReadinessCheck>>): Promise<Answers> =>
  Object.fromEntries(
    await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await answerOf(check)] as const)),
  );

const areFine = (answers: Answers): boolean => Object.values(answers).every(({ ok }) => ok);

async function answerOf(check: ReadinessCheck): Promise<CheckAnswer> {
  const { promise, resolve } = within(checkWithinMs);
  const detail = await Promise.race([check().catch(() => null), promise]);
  resolve(undefined);
  if (detail === undefined) return { ok: false, detail: `no answer within ${checkWithinMs} ms` };
  return detail === null ? { ok: false, detail: 'failed' } : { ok: true, detail };
}

function within(milliseconds: number): {
  readonly promise: Promise<undefined>;
  readonly resolve: (value: undefined) => void;
} {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((settle) => {
    const timer = setTimeout(() => settle(undefined), milliseconds);
    resolve = (value) => {
      clearTimeout(timer);
      settle(value);
    };
  });
  return { promise, resolve };
}
