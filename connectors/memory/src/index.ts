// Front door of the memory package: a managed system inside the process, for tests and benchmarks.
import { defineConnector } from '@joinery/connector-kit';
import { openMemorySession } from './session.js';
import { memorySettings, memorySettingsSchema } from './settings.js';

export type { MemoryFault } from './fault.js';
export type { HaltMarker } from './halt.js';
export { type LedgerEntry, readLedger } from './journal.js';
export { type MemoryTarget, memoryTarget } from './store.js';

export default defineConnector({
  name: 'memory',
  version: '0.1.0',
  displayName: 'Memory',
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
  settingsSchema: memorySettingsSchema,
  open: async (settings) => openMemorySession(memorySettings(settings)),
});
