// Front door of the script package: any system for which somebody can write an executable.
import { defineConnector } from '@joinery/connector-kit';
import { openScriptSession } from './session.js';
import { scriptSettings, scriptSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'script',
  version: '0.1.0',
  displayName: 'Scripts',
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
    'IDEMPOTENT_WRITES',
  ],
  settingsSchema: scriptSettingsSchema,
  open: async (settings) => openScriptSession(scriptSettings(settings)),
});
