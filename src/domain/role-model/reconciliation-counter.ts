// What a computation did to one identity, in numbers for its task.
import { type Counters, noCounters } from '../job.js';
import { isUnchanged, type Reconciliation } from './reconcile.js';

/** Counts assignments: roles and accounts. */
export function countersOf(result: Reconciliation): Counters {
  const created = result.changes.filter(({ previousWorkflowState }) => previousWorkflowState === null).length;
  const deleted = result.changes.filter(({ workflowState }) => workflowState === 'INACTIVE').length;
  return {
    ...noCounters,
    created,
    deleted,
    updated: result.changes.length - created - deleted,
    skipped: isUnchanged(result) ? 1 : 0,
    errored: result.failures.length,
  };
}
