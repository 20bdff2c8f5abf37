// Front door of the POSIX package: users, groups and authorised keys of a Linux host over SSH.
import { defineConnector } from '@joinery/connector-kit';
import { openPosixSession } from './session.js';
import { posixSettings, posixSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'posix',
  version: '0.1.0',
  displayName: 'Linux host over SSH',
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
  settingsSchema: posixSettingsSchema,
  open: async (settings) => openPosixSession(posixSettings(settings)),
});
