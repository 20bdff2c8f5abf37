// The dialect of an engine, and a connection to its database. Owns the table of engines.
import type { AccountEngine } from './accounts/engine.js';
import type { Access, Dialect } from './dialect.js';
import { mariadbAccounts } from './mysql/account-command.js';
import { mysql } from './mysql/dialect.js';
import { postgresqlAccounts } from './postgresql/account-command.js';
import { postgresql } from './postgresql/dialect.js';
import type { SqlSettings } from './settings.js';
import { sqlite } from './sqlite/dialect.js';

const dialects: Readonly<Record<SqlSettings['engine'], Dialect>> = { postgresql, mysql, sqlite };

/** Opens nothing yet: connections are made when they are needed. */
export function accessOf(settings: SqlSettings): Access {
  const dialect = dialects[settings.engine];
  return { dialect, database: dialect.open(settings) };
}

const accountEngines: Readonly<Record<SqlSettings['engine'], AccountEngine | null>> = {
  postgresql: postgresqlAccounts,
  mysql: mariadbAccounts,
  sqlite: null,
};

/** How the engine deals with its own accounts; null: it has none. */
export function accountEngineOf({ engine }: SqlSettings): AccountEngine | null {
  return accountEngines[engine];
}
