// Gives committed events their places, in one process at a time. Readers wait for places, so this looks often.
import type { EventSequencer, Leadership } from '../steps/ports/outbox.js';
import type { WorkerLog } from './log.js';
import { pause, runUntilStopped, type Stoppable } from './stoppable.js';

export interface SequencerPorts {
  readonly sequencers: Leadership<EventSequencer>;
  readonly log: WorkerLog;
}

const batchSize = 1_000;
/** Also the time in which commits gather: each look costs a commit of its own. */
const lookAgainMs = { soon: 20, later: 50 } as const;
const looksSoon = 100;

export function startSequencer(ports: SequencerPorts): Stoppable {
  const onFault = (fault: unknown): void =>
    ports.log.error({ err: fault }, 'The sequencer failed; nobody hears of events until it leads again');
  return runUntilStopped((signal) => ports.sequencers.lead(signal, sequence, onFault));
}

async function sequence(events: EventSequencer, signal: AbortSignal): Promise<void> {
  let emptyLooks = 0;
  while (!signal.aborted) {
    const placed = await events.sequence(batchSize);
    emptyLooks = placed > 0 ? 0 : emptyLooks + 1;
    if (placed < batchSize) await pause(emptyLooks < looksSoon ? lookAgainMs.soon : lookAgainMs.later, signal);
  }
}
