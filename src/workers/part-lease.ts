// Holds the lease of a part while it is computed.
import type { PartClaim, TaskPartStore } from '../steps/ports/task-part.js';

const renewEveryMs = 5_000;

/** `signal` is aborted when the lease is lost or this process stops. */
export async function holdPart<T>(
  parts: Pick<TaskPartStore, 'renew'>,
  claim: PartClaim,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  // A renewal that cannot be asked is asked again; the database ends the lease by itself.
  const renew = () =>
    parts.renew(claim).then(
      (isHeld) => (isHeld ? undefined : lost.abort()),
      () => undefined,
    );
  const renewal = setInterval(() => void renew(), renewEveryMs);
  try {
    return await work(AbortSignal.any([lost.signal, stop]));
  } finally {
    clearInterval(renewal);
  }
}
