// Time, ids, digests and chance of the running process: what tests replace by their own.
import { hash } from 'node:crypto';
import { v7 } from 'uuid';
import type { Environment } from '../steps/ports/clock.js';

/** `timeZone`: IANA name, the company's. `now`: the clock of the process, or one that a story moves. */
export const processEnvironment = (timeZone: string, now: () => Date = () => new Date()): Environment => ({
  now,
  timeZone,
  newId: () => v7(),
  // 128 bits of SHA-256: equality of content, not a signature. In one call it takes half the time.
  digest: (text) => hash('sha256', text, 'hex').slice(0, 32),
  random: Math.random,
});
