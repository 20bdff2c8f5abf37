// Hands the conformance suite of the kit to Jest. `npm test` leaves the slow cases to `npm run conformance`
// (JOINERY_CONFORMANCE=full), which runs all of them.
import { describe, test } from '@jest/globals';
import { conformanceCases, type ConformanceTarget } from '@joinery/connector-kit';

const isFull = process.env.JOINERY_CONFORMANCE === 'full';

/** A slow case puts thousands of rows into a real system first; this only ends a hang. */
const slowTimeoutMs = 600_000;

/** Declares one test for each case; what cannot apply is skipped with its reason in the name, where the report finds it. */
export function describeConformance(title: string, target: ConformanceTarget): void {
  describe(title, () => {
    for (const { name, skipped, isSlow, run } of conformanceCases(target)) {
      if (skipped !== undefined) test.skip(`${name} (skipped: ${skipped})`, run);
      else if (isSlow !== true) test(name, run);
      else if (isFull) test(name, run, slowTimeoutMs);
    }
  });
}
