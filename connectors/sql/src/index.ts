// Front door of the SQL package: tables of a database, and its accounts, as a managed system.
import { defineConnector } from '@joinery/connector-kit';
import { openSqlSession } from './session.js';
import { sqlSettings } from './settings.js';
import { sqlSettingsSchema } from './settings-schema.js';

export default defineConnector({
  name: 'sql',
  version: '0.1.0',
  displayName: 'SQL database (PostgreSQL, MySQL, MariaDB, SQLite)',
  capabilities: [
    'TEST',
    'DISCOVER_SCHEMA',
    'EXPORT_COMPLETE',
    'EXPORT_INCREMENTAL',
    'READ_ONE',
    'CREATE',
    'UPDATE',
    'DELETE',
    'DISABLE',
    'RESET_PASSWORD',
  ],
  settingsSchema: sqlSettingsSchema,
  open: async (settings) => openSqlSession(sqlSettings(settings)),
});
