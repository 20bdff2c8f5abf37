// All migrations in their order. Each is written once and never edited after a release.
import { Foundation1700000000001 } from './0001-foundation.js';

export const migrations = [Foundation1700000000001] as const;
