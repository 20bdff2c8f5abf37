// Front door of the CSV package: files of people, accounts and lists as a managed system.
import { defineConnector } from '@joinery/connector-kit';
import { openCsvSession } from './session.js';
import { csvSettings, csvSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'csv',
  version: '0.1.0',
  displayName: 'CSV file',
  capabilities: [
    'TEST',
    'DISCOVER_SCHEMA',
    'EXPORT_COMPLETE',
    'EXPORT_INCREMENTAL',
    'READ_ONE',
    'CREATE',
    'UPDATE',
    'DELETE',
  ],
  settingsSchema: csvSettingsSchema,
  serial: 'connection',
  open: async (settings) => openCsvSession(csvSettings(settings)),
});
