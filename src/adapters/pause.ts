// Waiting, for steps that look again after a moment.
import { setTimeout as delay } from 'node:timers/promises';

export async function pauseFor(milliseconds: number): Promise<void> {
  await delay(milliseconds);
}
