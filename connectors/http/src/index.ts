// Front door of the HTTP package: any REST API, described in settings.
import { defineConnector } from '@joinery/connector-kit';
import { openHttpSession } from './session.js';
import { httpSettings, httpSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'http',
  version: '0.1.0',
  displayName: 'REST API',
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
  settingsSchema: httpSettingsSchema,
  open: async (settings) => openHttpSession(httpSettings(settings)),
});
