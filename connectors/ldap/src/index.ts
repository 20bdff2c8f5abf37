// Front door of the LDAP package: accounts and groups of a directory as a managed system.
import { defineConnector } from '@joinery/connector-kit';
import { openLdapSession } from './session.js';
import { ldapSettings } from './settings.js';
import { ldapSettingsSchema } from './settings-schema.js';

export default defineConnector({
  name: 'ldap',
  version: '0.1.0',
  displayName: 'LDAP directory',
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
  settingsSchema: ldapSettingsSchema,
  open: async (settings) => openLdapSession(ldapSettings(settings)),
});
