// The dialect of an engine, and a connection to its database. Owns the table of engines.
import type { Access, Dialect } from './dialect.js';
import { mysql } from './mysql/dialect.js';
import { postgresql } from './postgresql/dialect.js';
import type { SqlSettings } from './settings.js';
import { sqlite } from './sqlite/dialect.js';

const dialects: Readonly<Record<SqlSettings['engine'], Dialect>> = { postgresql, mysql, sqlite };

/** Opens nothing yet: connections are made when they are needed. */
export function accessOf(settings: SqlSettings): Access {
  const dialect = dialects[settings.engine];
  return { dialect, database: dialect.open(settings) };
}
