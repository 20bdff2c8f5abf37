// Front door of the Excel package: sheets of workbooks as a source of people and lists.
import { defineConnector } from '@joinery/connector-kit';
import { openExcelSession } from './session.js';
import { excelSettings, excelSettingsSchema } from './settings.js';

export default defineConnector({
  name: 'excel',
  version: '0.1.0',
  displayName: 'Excel workbook',
  capabilities: ['TEST', 'DISCOVER_SCHEMA', 'EXPORT_COMPLETE', 'EXPORT_INCREMENTAL', 'READ_ONE'],
  settingsSchema: excelSettingsSchema,
  open: async (settings) => openExcelSession(excelSettings(settings)),
});
