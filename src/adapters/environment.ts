// Time, ids, digests and chance of the running process: what tests replace by their own.
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { Environment } from '../steps/ports/clock.js';

export const processEnvironment: Environment = {
  now: () => new Date(),
  newId: () => v7(),
  // 128 bits of SHA-256: equality of content, not a signature.
  digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 32),
  random: Math.random,
};
