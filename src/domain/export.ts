// Lists written to a file for somebody: what can be exported, as what, and who may have it.
// Owns subjects, their columns and the rules; reading pages and writing lines are steps/write-export.ts'.
import type { Actor } from './actor.js';
import { may } from './permission.js';
import { type Decision, granted, refused } from './refusal.js';

export const exportFormats = ['CSV', 'XLSX', 'JSONL', 'PDF'] as const;
export type ExportFormat = (typeof exportFormats)[number];
/** Formats that are written here; the others are for people who have a spreadsheet to make them of a CSV. */
export const writtenFormats = ['CSV', 'JSONL'] as const satisfies readonly ExportFormat[];
export type WrittenFormat = (typeof writtenFormats)[number];

/** Subject → its columns, in the order of the file. `id` and `__typename` let programs fetch what a line is about. */
export const exportColumns = {
  ASSIGNMENTS: [
    '__typename',
    'id',
    'identity',
    'identityName',
    'subject',
    'workflowState',
    'provisioningState',
    'startDate',
    'endDate',
    'isAutomatic',
    'updatedAt',
  ],
  PROVISIONING_ORDERS: [
    '__typename',
    'id',
    'number',
    'kind',
    'state',
    'mode',
    'resourceType',
    'resourceKey',
    'connection',
    'identity',
    'identityName',
    'errorCode',
    'errorMessage',
    'createdAt',
    'executedAt',
    'verifiedAt',
  ],
  JOB_EXECUTION: [
    '__typename',
    'id',
    'number',
    'job',
    'state',
    'trigger',
    'launchedBy',
    'warningCount',
    'errorCount',
    'queuedAt',
    'startedAt',
    'finishedAt',
  ],
  RECONCILIATION: [
    '__typename',
    'id',
    'kind',
    'groupKey',
    'identity',
    'identityName',
    'resourceType',
    'resourceKey',
    'role',
    'property',
    'currentValue',
    'expectedValue',
    'suggestion',
    'confidencePercent',
    'foundAt',
  ],
  AUDIT: ['__typename', 'id', 'at', 'actor', 'action', 'subject', 'before', 'after'],
} as const;
export type ExportSubject = keyof typeof exportColumns;

/** Column → value; absent columns are empty. */
export type ExportRow = Readonly<Record<string, unknown>>;

export interface ExportWish {
  readonly subject: ExportSubject;
  readonly format: ExportFormat;
}

export function checkExport(actor: Actor, { subject, format }: ExportWish): Decision<WrittenFormat> {
  const permit = may(actor, 'export.create');
  if (!permit.ok) return permit;
  const isRead = subject === 'AUDIT' ? may(actor, 'audit.read') : permit;
  if (!isRead.ok) return isRead;
  const written = writtenFormats.find((known) => known === format);
  if (written !== undefined) return granted(written);
  return refused({
    code: 'INVALID',
    rule: 'export.format',
    field: ['input', 'format'],
    message: `A list cannot be written as ${format} here.`,
    hint: 'Ask for CSV, which every spreadsheet opens, or JSONL for programs.',
  });
}
