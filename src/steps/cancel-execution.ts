// Cancels an execution: a queued one ends at once, a running one is asked to stop between two of its acts.
import type { Actor } from '../domain/actor.js';
import { toGlobalId } from '../domain/global-id.js';
import { may } from '../domain/permission.js';
import { type Decision, granted, refused } from '../domain/refusal.js';
import type { JobExecutionStore } from './ports/job-execution.js';

export interface CancelExecutionPorts {
  readonly executions: JobExecutionStore;
}

/** `executionId` null when the id given is no execution's. Answers the row id. */
export async function cancelExecution(
  ports: CancelExecutionPorts,
  actor: Actor,
  executionId: string | null,
): Promise<Decision<string>> {
  const permit = may(actor, 'job.cancel');
  if (!permit.ok) return permit;
  if (executionId === null) return refused(unknown);
  const canceled = await ports.executions.cancel(executionId, actor);
  switch (canceled) {
    case 'canceling':
    case 'aborted':
      return granted(executionId);
    case 'ended':
      return refused({
        code: 'STATE_CONFLICT',
        rule: 'job-execution.under-way',
        field: ['id'],
        message: 'This execution has ended already.',
        subjectId: toGlobalId('JobExecution', executionId),
      });
    case null:
      return refused(unknown);
    default:
      return canceled satisfies never;
  }
}

const unknown = {
  code: 'NOT_FOUND',
  rule: 'job-execution.known',
  field: ['id'],
  message: 'There is no such job execution.',
} as const;
