// Rows as CSV and as JSON lines. A cell that a spreadsheet would take for a formula is told to be text.
import { stringify } from 'csv-stringify/sync';
import type { ExportWriters } from '../steps/ports/export.js';

export const exportWriters: ExportWriters = {
  CSV: {
    // The mark tells spreadsheets that the text is UTF-8.
    header: (columns) => `\ufeff${stringify([[...columns]])}`,
    line: (columns, row) => stringify([columns.map((column) => cellOf(row[column]))]),
  },
  JSONL: {
    header: () => '',
    line: (columns, row) =>
      `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))}\n`,
  },
};

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string') return JSON.stringify(value);
  // Names and comments come from outside: https://owasp.org/www-community/attacks/CSV_Injection
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}
