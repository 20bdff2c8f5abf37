// All migrations in their order. Each is written once and never edited after a release.
import { Foundation1700000000001 } from './0001-foundation.js';
import { Connection1700000000002 } from './0002-connection.js';
import { Ticket1700000000003 } from './0003-ticket.js';

export const migrations = [Foundation1700000000001, Connection1700000000002, Ticket1700000000003] as const;
