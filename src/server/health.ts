// /livez: the process answers. /readyz: it can do its work, check by check; 503 while it is ending.
import type { RequestHandler } from 'express';

/** Resolves with a word for people, or throws. What it throws is not shown. */
export type ReadinessCheck = () => Promise<string>;

export interface Readiness {
  /** e.g. database, migrations, queue. */
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly isDraining: () => boolean;
}

interface CheckAnswer {
  readonly ok: boolean;
  readonly detail: string;
}

const checkWithinMs = 2_000;

export const livez: RequestHandler = (_request, response) => void response.json({ status: 'alive' });

export function readyz({ checks, isDraining }: Readiness): RequestHandler {
  return async (_request, response) => {
    const names = Object.keys(checks);
    const answers = await Promise.all(names.map((name) => answerOf(checks[name])));
    const isReady = answers.every(({ ok }) => ok) && !isDraining();
    response.status(isReady ? 200 : 503).json({
      status: isDraining() ? 'draining' : isReady ? 'ready' : 'not ready',
      checks: Object.fromEntries(names.map((name, index) => [name, answers[index]])),
    });
  };
}

async function answerOf(check: ReadinessCheck | undefined): Promise<CheckAnswer> {
  if (check === undefined) return { ok: false, detail: 'unknown' };
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
