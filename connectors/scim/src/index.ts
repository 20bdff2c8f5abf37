// Front door of the SCIM package: users and groups of any service that speaks SCIM 2.0.
import { defineConnector } from '@joinery/connector-kit';
import { openScimSession } from './session.js';
import { scimSettings, scimSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'scim',
  version: '0.1.0',
  displayName: 'SCIM 2.0 service',
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
  settingsSchema: scimSettingsSchema,
  open: async (settings) => openScimSession(scimSettings(settings)),
});
