// Somebody concerned reminds of a request that waits; once a day for each request. A job does the same for all at once.
import type { Actor } from '../domain/actor.js';
import { completedTask, noCounters, type TaskResult } from '../domain/job.js';
import { isAllowed, may } from '../domain/permission.js';
import { type Decision, granted, type Refusal, refused } from '../domain/refusal.js';
import { remindThing, requestThing } from '../domain/request-access.js';
import type { ModelSource } from './ports/model.js';
import type { LoadedRequest, RequestStore } from './ports/request.js';

export interface RemindPorts {
  readonly requests: RequestStore;
  readonly models: ModelSource;
}

/** `requestId`: row id; null when the id given is no request's. Answers the row id of the request. */
export async function remindRequest(
  { requests, models }: RemindPorts,
  actor: Actor,
  requestId: string | null,
): Promise<Decision<string>> {
  const model = await models.current();
  const request = requestId === null ? null : await requests.load(requestId);
  if (request === null || !isAllowed(actor, 'request.read', requestThing(actor, request, request.beneficiary, model)))
    return refused(unknown);
  const permit = may(actor, 'request.remind', remindThing(actor, request, request.beneficiary));
  if (!permit.ok) return refused(...permit.refusals.map((refusal) => ({ ...refusal, field: ['id'] })));
  if (request.state !== 'PENDING_APPROVAL') return refused(notWaiting(request));
  if (request.isReminded || !(await requests.remind(request, actor))) return refused(quiet(request));
  return granted(request.id);
}

/** The task SEND_NOTIFICATIONS: reminders go to the event feed; carrying them on by mail is a reader's business. */
export async function remindApprovers({ requests }: Pick<RemindPorts, 'requests'>): Promise<TaskResult> {
  const count = await requests.remindAll();
  return { ...completedTask, counters: { ...noCounters, updated: count } };
}

const notWaiting = ({ number, state }: LoadedRequest): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'request.remind-waiting',
  field: ['id'],
  message: `${number} is ${state}; it waits for nobody's decision.`,
  hint: 'Load it again.',
});

const quiet = ({ number, remindedAt }: LoadedRequest): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'request.remind-once-a-day',
  field: ['id'],
  message: `${number} was reminded of ${remindedAt === null ? 'a moment ago' : `at ${remindedAt.toISOString()}`}; once a day is enough.`,
  hint:
    remindedAt === null
      ? 'Try again tomorrow.'
      : `Try again after ${new Date(remindedAt.getTime() + 86_400_000).toISOString()}.`,
});

const unknown: Refusal = {
  code: 'NOT_FOUND',
  rule: 'request.known',
  field: ['id'],
  message: 'There is no such request that you may see.',
  hint: 'Take the id from the query assignmentRequests.',
};
