// Exports: the filter is read as the list's own, one step is called, and the file is fetched over HTTP (server/export.ts).
import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLResolveInfo,
  isInputType,
} from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { ExportSubject } from '../domain/export.js';
import { toGlobalId } from '../domain/global-id.js';
import type { AssignmentFilter } from '../schema/assignment.js';
import { Export, ExportCreateInput, ExportCreatePayload } from '../schema/export.js';
import type { DateTimeFilter } from '../schema/filter.js';
import type { JobExecutionFilter } from '../schema/job-execution.js';
import type { ProvisioningOrderFilter } from '../schema/provisioning-order.js';
import type { ReconciliationItemFilter } from '../schema/reconciliation-item.js';
import { toUserErrors } from '../schema/user-error.js';
import type { ExportView } from '../steps/ports/export.js';
import { openExport, readExport } from '../steps/write-export.js';
import { assignmentFilter } from './assignment.js';
import type { RequestContext } from './context.js';
import { badUserInput } from './error.js';
import { executionFilter } from './job-execution-loader.js';
import type { NodeResolvers } from './node-resolver.js';
import { orderFilter } from './provisioning-order.js';
import { itemFilter } from './reconciliation-item.js';

@Resolver()
export class ExportResolver {
  @Mutation(() => ExportCreatePayload, {
    description:
      'Writes a list to a file, for 24 hours; one at a time for each caller. Fetch the node until it is READY.',
  })
  async exportCreate(
    @Arg('input', () => ExportCreateInput, { description: 'Which list, as what.' }) input: ExportCreateInput,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ExportCreatePayload> {
    const { subject, format } = input;
    const filter = conditionOf(subject, input.filter ?? null, info);
    const decision = await openExport(context.ports, context.actor, { subject, format, filter });
    if (!decision.ok)
      return Object.assign(new ExportCreatePayload(), { export: null, userErrors: toUserErrors(decision.refusals) });
    return Object.assign(new ExportCreatePayload(), { export: await find(decision.value, context), userErrors: [] });
  }
}

const filterTypes: Readonly<Record<ExportSubject, string>> = {
  ASSIGNMENTS: 'AssignmentFilter',
  PROVISIONING_ORDERS: 'ProvisioningOrderFilter',
  JOB_EXECUTION: 'JobExecutionFilter',
  RECONCILIATION: 'ReconciliationItemFilter',
  AUDIT: 'DateTimeFilter',
};

/** Held to the type of the list's own filter: an unknown key is an error, not a filter that does nothing. */
function conditionOf(subject: ExportSubject, written: unknown, { schema }: GraphQLResolveInfo): ExportView['filter'] {
  if (written === null) return null;
  const type = schema.getType(filterTypes[subject]);
  if (type === undefined || !isInputType(type)) throw new Error(`The API has no ${filterTypes[subject]}.`);
  switch (subject) {
    case 'ASSIGNMENTS':
      return plain(assignmentFilter(coerced(written, type) as AssignmentFilter));
    case 'PROVISIONING_ORDERS':
      return plain(orderFilter(coerced(written, type) as ProvisioningOrderFilter));
    case 'JOB_EXECUTION':
      return plain(executionFilter(coerced(written, type) as JobExecutionFilter));
    case 'RECONCILIATION':
      return plain(itemFilter(coerced(written, type) as ReconciliationItemFilter));
    case 'AUDIT':
      return plain({ at: coerced(written, type) as DateTimeFilter });
    default:
      return subject satisfies never;
  }
}

const coerced = (written: unknown, type: GraphQLInputType): unknown =>
  coerceInputValue(written, type, (path, _value, error: GraphQLError) => {
    throw badUserInput(`The filter is wrong at ${['input', 'filter', ...path].join('.')}: ${error.message}`);
  });

/** As the row keeps it. */
const plain = (condition: object | null): ExportView['filter'] =>
  condition === null ? null : (JSON.parse(JSON.stringify(condition)) as Readonly<Record<string, unknown>>);

async function find(id: string, { ports, actor }: RequestContext): Promise<Export | null> {
  const view = await readExport(ports, actor, id);
  if (view === null) return null;
  return Object.assign(new Export(), {
    id: toGlobalId('Export', view.id),
    state: view.state,
    format: view.format,
    url: view.state === 'READY' ? `/exports/${view.id}` : null,
    rowCount: view.rowCount,
    expiresAt: view.expiresAt,
  });
}

export const nodeResolvers: NodeResolvers = { exp: find };

/** What the server streams; null when there is none for this caller. */
export async function findFile(ports: RequestContext['ports'], actor: RequestContext['actor'], id: string) {
  const view = await readExport(ports, actor, id);
  if (view === null || view.state !== 'READY') return null;
  const name = `${view.subject.toLowerCase().replaceAll('_', '-')}.${view.format.toLowerCase()}`;
  return { format: view.format, name, content: ports.exports.content(id) };
}
