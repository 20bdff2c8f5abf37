// Front door of the Active Directory package: users, groups and organisational units of a domain as a managed system.
import { defineConnector } from '@joinery/connector-kit';
import { openAdSession } from './session.js';
import { adSettings, adSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'active-directory',
  version: '0.1.0',
  displayName: 'Active Directory',
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
  settingsSchema: adSettingsSchema,
  open: async (settings) => openAdSession(adSettings(settings)),
});
