// Time, ids, digests and chance: parameters of every step, so that a test decides them.
import type { Digest } from '../../domain/resource.js';

export interface Environment {
  readonly now: () => Date;
  /** IANA name: which calendar day it is for people whose source says no zone of its own. */
  readonly timeZone: string;
  /** A fresh UUID version 7: sortable by time of making. */
  readonly newId: () => string;
  readonly digest: Digest;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
}
