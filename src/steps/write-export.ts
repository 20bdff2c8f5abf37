// Opens an export for somebody, and writes it page by page in a worker. A worker that takes over begins anew.
// Owns what a line of each subject says; the pages are those of the lists that people see.
import { type Actor, actorReference } from '../domain/actor.js';
import { checkExport, exportColumns, type ExportRow, type ExportSubject, type ExportWish } from '../domain/export.js';
import { toGlobalId } from '../domain/global-id.js';
import { maximumPageSize, type Page, type PageRequest } from '../domain/page.js';
import { isSecretItem } from '../domain/reconciliation.js';
import { type Decision, granted, refused } from '../domain/refusal.js';
import type { AssignmentViews } from './ports/assignment.js';
import type { AuditViews } from './ports/audit-entry.js';
import type { Environment } from './ports/clock.js';
import type { ExportStore, ExportView, ExportWriters } from './ports/export.js';
import type { IdentityViews } from './ports/identity.js';
import type { JobExecutionViews } from './ports/job-view.js';
import { defaultOrderOrder, type OrderViews } from './ports/provisioning-order-view.js';
import type { ModelSource } from './ports/model.js';
import type { ItemView, ReconciliationViews } from './ports/reconciliation-item.js';

export interface OpenExportPorts {
  readonly environment: Environment;
  readonly exports: ExportStore;
}

/** `filter`: the condition of the subject's list. Answers the row id. */
export async function openExport(
  { environment, exports }: OpenExportPorts,
  actor: Actor,
  wish: ExportWish & { readonly filter: ExportView['filter'] },
): Promise<Decision<string>> {
  const decision = checkExport(actor, wish);
  if (!decision.ok) return decision;
  const id = environment.newId();
  const { subject, filter } = wish;
  if (await exports.open({ id, subject, filter, format: decision.value }, actor)) return granted(id);
  return refused({
    code: 'STATE_CONFLICT',
    rule: 'export.one-at-a-time',
    message: `Another export of ${actor.displayName} is still being written.`,
    hint: 'Wait until it is READY; there is one at a time for each caller.',
  });
}

/** Null for whoever did not ask for it. */
export async function readExport(
  { exports }: Pick<OpenExportPorts, 'exports'>,
  actor: Actor,
  id: string,
): Promise<ExportView | null> {
  const found = await exports.load(id);
  return found !== null && found.createdBy === actorReference(actor) ? found : null;
}

export interface WriteExportPorts {
  readonly exports: ExportStore;
  readonly writers: ExportWriters;
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly assignments: AssignmentViews;
  readonly orders: OrderViews;
  readonly jobExecutions: JobExecutionViews;
  readonly reconciliationItems: ReconciliationViews;
  readonly auditEntries: AuditViews;
  readonly identities: IdentityViews;
}

export async function writeExport(ports: WriteExportPorts, id: string): Promise<void> {
  const wish = await ports.exports.load(id);
  if (wish === null || wish.state !== 'COMPUTING') return;
  await ports.exports.begin(id);
  try {
    await ports.exports.close(id, { rowCount: await writeAll(ports, wish) });
  } catch (error) {
    await ports.exports.close(id, { error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

async function writeAll(ports: WriteExportPorts, { id, subject, format, filter }: ExportView): Promise<number> {
  const columns: readonly string[] = exportColumns[subject];
  const writer = ports.writers[format];
  await ports.exports.append(id, 0, writer.header(columns));
  let rowCount = 0;
  let after: PageRequest['after'] = null;
  for (let position = 1; ; position += 1) {
    const page: Page<ExportRow> = await pageOf[subject](ports, filter, { first: maximumPageSize, after });
    await ports.exports.append(id, position, page.rows.map((row) => writer.line(columns, row)).join(''));
    rowCount += page.rows.length;
    if (!page.hasNextPage) return rowCount;
    after = page.keys.at(-1) ?? null;
  }
}

type Source = (ports: WriteExportPorts, filter: ExportView['filter'], page: PageRequest) => Promise<Page<ExportRow>>;

// Only whoever may read all of a subject may export it, so every list is asked for whole.
const pageOf: Readonly<Record<ExportSubject, Source>> = {
  ASSIGNMENTS: async (ports, filter, request) => {
    const page = await ports.assignments.page({ filter, scope: 'all' }, [], request);
    const names = await namesOf(
      ports,
      page.rows.map(({ identityId }) => identityId),
    );
    return rowsOf(page, (view) => ({
      ...view,
      __typename: view.kind === 'role' ? 'RoleAssignment' : 'ResourceTypeAssignment',
      id: toGlobalId(view.kind === 'role' ? 'RoleAssignment' : 'ResourceTypeAssignment', view.id),
      ...names(view.identityId),
      subject: view.kind === 'role' ? view.role : view.resourceType,
    }));
  },
  PROVISIONING_ORDERS: async (ports, filter, request) => {
    const page = await ports.orders.page({ filter, scope: 'all' }, defaultOrderOrder, request);
    const names = await namesOf(
      ports,
      page.rows.flatMap(({ identityId }) => identityId ?? []),
    );
    return rowsOf(page, (view) => ({
      ...view,
      __typename: 'ProvisioningOrder',
      id: toGlobalId('ProvisioningOrder', view.id),
      ...names(view.identityId),
      resourceKey: view.delta.key,
      errorCode: view.error?.code ?? null,
      errorMessage: view.error?.message ?? null,
    }));
  },
  JOB_EXECUTION: async (ports, filter, request) =>
    rowsOf(await ports.jobExecutions.page({ filter, scope: 'all' }, request), (view) => ({
      ...view,
      __typename: 'JobExecution',
      id: toGlobalId('JobExecution', view.id),
      number: `EXE-${view.number}`,
    })),
  RECONCILIATION: async (ports, filter, request) => {
    const day = ports.environment.now().toISOString().slice(0, 10);
    const page = await ports.reconciliationItems.page({ filter, day, canRead: true }, request);
    const names = await namesOf(
      ports,
      page.rows.flatMap(({ identityId }) => identityId ?? []),
    );
    const model = await ports.models.current();
    return rowsOf(page, (view) => ({
      ...view,
      ...valuesOf(view, isSecretItem(model, view)),
      __typename: 'ReconciliationItem',
      id: toGlobalId('ReconciliationItem', view.id),
      ...names(view.identityId),
    }));
  },
  AUDIT: async (ports, filter, request) => {
    const question = { subject: null, actor: null, at: null, ...filter, canRead: true };
    return rowsOf(await ports.auditEntries.page(question, request), (view) => ({
      ...view,
      __typename: 'AuditEvent',
      id: toGlobalId('AuditEvent', view.id),
    }));
  },
};

/** A link is told by the key of what it leads to. */
const valuesOf = ({ currentValue, expectedValue, targetKey }: ItemView, isSecret: boolean): ExportRow =>
  isSecret ? { currentValue: null, expectedValue: null } : { currentValue: currentValue ?? targetKey, expectedValue };

const rowsOf = <View>(page: Page<View>, row: (view: View) => ExportRow): Page<ExportRow> => ({
  ...page,
  rows: page.rows.map(row),
});

async function namesOf({ identities }: WriteExportPorts, ids: readonly string[]) {
  const people = await identities.byIds([...new Set(ids)]);
  return (id: string | null): ExportRow => {
    const person = id === null ? undefined : people.get(id);
    return { identity: person?.identifier ?? null, identityName: person?.displayName ?? null };
  };
}
