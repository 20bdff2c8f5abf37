// Front door of the internal package: resources that Joinery itself owns, as a managed system.
import { defineConnector } from '@joinery/connector-kit';
import { openInternalSession } from './session.js';
import { internalSettings, internalSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'internal',
  version: '0.1.0',
  displayName: 'Joinery itself',
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
  settingsSchema: internalSettingsSchema,
  open: async (settings, host) => openInternalSession(internalSettings(settings), host),
});
