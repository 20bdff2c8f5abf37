// Front door of the LDIF package: exports of a directory as a source, change records as a way to write to one.
import { defineConnector } from '@joinery/connector-kit';
import { openLdifSession } from './session.js';
import { ldifSettings } from './settings.js';
import { ldifSettingsSchema } from './settings-schema.js';

export default defineConnector({
  name: 'ldif',
  version: '0.1.0',
  displayName: 'LDIF file',
  capabilities: [
    'TEST',
    'EXPORT_COMPLETE',
    'EXPORT_INCREMENTAL',
    'READ_ONE',
    'CREATE',
    'UPDATE',
    'DELETE',
    'IDEMPOTENT_WRITES',
  ],
  settingsSchema: ldifSettingsSchema,
  serial: 'connection',
  open: async (settings) => openLdifSession(ldifSettings(settings)),
});
