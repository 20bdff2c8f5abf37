// Several requests as one change: when the server refuses a later one, the earlier ones are taken back.
// Owns the promise that a refused delta changes nothing, and the honest answer where that cannot be kept.
import { ConnectorError } from '@joinery/connector-kit';
import { isLdapResult, ldapError } from '@joinery/ldap-client';

export interface Step {
  /** Whether anything was changed. */
  run(): Promise<boolean>;
  /** Makes it as it was before; null when that cannot be done. */
  readonly undo: (() => Promise<void>) | null;
}

/** Carries out the steps in order; whether anything was changed. A refusal is thrown after everything was taken back. */
export async function runSteps(steps: readonly Step[], operation: string): Promise<boolean> {
  const done: Step[] = [];
  for (const step of steps) {
    try {
      if (await step.run()) done.push(step);
    } catch (error) {
      // No answer leaves open what was applied; the engine reads back.
      if (isLdapResult(error)) await takeBack(done, error, operation);
      throw error;
    }
  }
  return done.length > 0;
}

async function takeBack(done: readonly Step[], refusal: Error, operation: string): Promise<void> {
  try {
    for (const { undo } of done.toReversed()) {
      if (undo === null) throw refusal;
      await undo();
    }
  } catch (error) {
    const { message } = ldapError(refusal, operation);
    throw new ConnectorError(
      { code: 'OUTCOME_UNKNOWN', message: `A part was changed and could not be taken back. ${message}` },
      { cause: error },
    );
  }
}
