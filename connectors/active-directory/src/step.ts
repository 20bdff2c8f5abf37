// A change is made in steps, each whole by itself; this says what became of it when a later one fails.
// Owns that a change that was made in part is never called refused.
import { ConnectorError } from '@joinery/connector-kit';
import { adError } from './failure.js';

/** One request, or several that can be repeated; answers whether it changed anything. */
export type Step = () => Promise<boolean>;

/** How many steps changed something. When one fails after another has changed something, the outcome is unknown. */
export async function runSteps(steps: readonly Step[], operation: string): Promise<number> {
  let changed = 0;
  for (const step of steps) {
    try {
      changed += (await step()) ? 1 : 0;
    } catch (error) {
      throw changed === 0 ? error : partly(adError(error, operation));
    }
  }
  return changed;
}

function partly({ failure }: ConnectorError): ConnectorError {
  return new ConnectorError({
    ...failure,
    code: 'OUTCOME_UNKNOWN',
    message: `${failure.message} A part of the change had been made before.`,
    hint: failure.hint ?? 'The row is read again and what is missing is sent once more.',
  });
}
