// All migrations in their order. Each is written once and never edited after a release.
import { Foundation1700000000001 } from './0001-foundation.js';
import { Connection1700000000002 } from './0002-connection.js';
import { Ticket1700000000003 } from './0003-ticket.js';
import { Cookie1700000000004 } from './0004-cookie.js';

export const migrations = [
  Foundation1700000000001,
  Connection1700000000002,
  Ticket1700000000003,
  Cookie1700000000004,
] as const;
