// Front door of the JSON package: each change is one document in a folder, for another program to pick up.
import { defineConnector } from '@joinery/connector-kit';
import { openJsonSession } from './session.js';
import { jsonSettings, jsonSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'json',
  version: '0.1.0',
  displayName: 'JSON documents in a folder',
  capabilities: ['TEST', 'CREATE', 'UPDATE', 'DELETE', 'IDEMPOTENT_WRITES'],
  settingsSchema: jsonSettingsSchema,
  open: async (settings) => openJsonSession(jsonSettings(settings)),
});
