// A session on workbooks: the contract's operations; there is nothing to write.
// Owns which sheet a call concerns; reading is beside it.
import {
  type ChangePage,
  ConnectorError,
  type ConnectorSession,
  fileChangesByComparison,
  refusal,
} from '@joinery/connector-kit';
import { fileError } from './failure.js';
import { checkTable, describeTable, listRows, readRow } from './listing.js';
import type { ExcelSettings, ExcelTable } from './settings.js';

export function openExcelSession(settings: ExcelSettings): ConnectorSession {
  return {
    describe: async ({ signal }) => {
      const types = [];
      // One after the other: each workbook is in memory while it is read.
      for (const table of settings.tables) types.push(await describeTable(table, settings, signal));
      return types;
    },
    check: async ({ signal }) => {
      for (const table of settings.tables) await checkTable(table, settings, signal);
    },
    read: async (objectType, key, { signal }) => readRow(tableOf(settings, objectType), settings, key, signal),
    list: (objectType, { signal }) => listRows(tableOf(settings, objectType), settings, signal),
    changes: (objectType, cookie, { signal }) => listChanges(settings, objectType, cookie, signal),
    apply: async (delta) => refusal(delta, 'CAPABILITY_MISSING', 'workbooks are only read'),
    close: async () => undefined,
  };
}

function tableOf(settings: ExcelSettings, objectType: string): ExcelTable {
  const table = settings.tables.find((candidate) => candidate.objectType === objectType);
  if (table !== undefined) return table;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The settings name no sheet for the object type "${objectType}".`,
    hint: `Known object types: ${settings.tables.map((known) => known.objectType).join(', ')}.`,
  });
}

async function* listChanges(
  settings: ExcelSettings,
  objectType: string,
  cookie: string | null,
  signal: AbortSignal,
): AsyncGenerator<ChangePage> {
  const table = tableOf(settings, objectType);
  const list = (): ReturnType<typeof listRows> => listRows(table, settings, signal);
  try {
    yield* fileChangesByComparison({ path: table.path, objectType, meaning: table, list }, cookie);
  } catch (error) {
    throw fileError(error, table.path);
  }
}
