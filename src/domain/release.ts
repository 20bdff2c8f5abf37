// Letting go on what a threshold stopped: who may, what proves that they looked, and which executions can be run again.
// Owns the rules of the second person; what was held back is found by the store, and done by the tasks themselves.
import { type Actor, actorReference } from './actor.js';
import { toGlobalId } from './global-id.js';
import type { JobExecutionState } from './job.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';

/** What one blocked task holds back, as a text that changes with every change of it. */
export interface HeldPart {
  readonly kind: 'SYNCHRONIZE' | 'COMPUTE_ROLE_MODEL' | 'GENERATE_PROVISIONING_ORDERS';
  readonly digest: string;
}

export interface BlockedExecution {
  readonly id: string;
  /** As people say it, e.g. `EXE-12`. */
  readonly number: string;
  readonly state: JobExecutionState;
  /** `actorReference` of who launched it. */
  readonly launchedBy: string;
  /** Row ids of identities that are the same natural person as, or answer for, whoever launched it. */
  readonly launchers: readonly string[];
  readonly parts: readonly HeldPart[];
  /** Of the plan that shows what the computation would do; null = it has none. */
  readonly planDigest: string | null;
}

/** The proof that exactly this was looked at. A computation alone is proven by the digest of its plan. */
export function releaseDigest(
  { parts, planDigest }: Pick<BlockedExecution, 'parts' | 'planDigest'>,
  digest: (text: string) => string,
): string {
  const isPlanAlone = parts.length === 1 && parts[0]?.kind === 'COMPUTE_ROLE_MODEL';
  if (isPlanAlone && planDigest !== null) return planDigest;
  return digest(parts.map(({ kind, digest: part }) => `${kind}=${part}`).join('\n'));
}

export interface Release {
  readonly seenDigest: string;
  readonly comment: string;
}

/** `present`: the digest of what is held back now. */
export function decideRelease(
  actor: Actor,
  execution: BlockedExecution,
  { seenDigest, comment }: Release,
  present: string,
): Decision<string> {
  const refusal = checkReleaser(actor, execution) ?? checkComment(comment);
  if (refusal !== null) return refused(refusal);
  if (seenDigest === present) return granted(actorReference(actor));
  return refused({
    code: 'STALE_VERSION',
    rule: 'execution.release-as-seen',
    field: ['planDigest'],
    message: `What ${execution.number} holds back is not what was looked at: its digest is another one.`,
    hint: 'Look at its changes again and resume with JobExecution.releaseDigest of that moment.',
    subjectId: toGlobalId('JobExecution', execution.id),
  });
}

/** Against this person's releasing it, whatever was looked at. */
export const checkReleaser = (actor: Actor, execution: BlockedExecution): Refusal | null =>
  checkBlocked(execution) ?? checkSecondPerson(actor, execution);

export function decideDecline(actor: Actor, execution: BlockedExecution, comment: string): Decision<string> {
  const refusal = checkBlocked(execution) ?? checkComment(comment);
  return refusal === null ? granted(actorReference(actor)) : refused(refusal);
}

function checkBlocked({ id, number, state }: BlockedExecution): Refusal | null {
  if (state === 'BLOCKED') return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'execution.blocked',
    field: ['id'],
    message: `${number} is ${state}: no threshold holds anything of it back.`,
    hint: 'Only an execution in state BLOCKED can be resumed or declined.',
    subjectId: toGlobalId('JobExecution', id),
  };
}

/** Whoever caused it does not release it, under any of their names. */
function checkSecondPerson(actor: Actor, { id, number, launchedBy, launchers }: BlockedExecution): Refusal | null {
  const subjectId = toGlobalId('JobExecution', id);
  if (actor.kind !== 'identity') {
    return {
      code: 'FORBIDDEN',
      rule: 'execution.released-by-a-person',
      message: `${actor.displayName} is not a person; only a person who has looked can release ${number}.`,
      subjectId,
    };
  }
  if (actorReference(actor) !== launchedBy && !launchers.includes(actor.identityId)) return null;
  return {
    code: 'SELF_APPROVAL_FORBIDDEN',
    rule: 'execution.not-the-launcher',
    message: `${number} was launched by ${actor.displayName}, who therefore cannot release it.`,
    hint: 'Have another operator or administrator look at its changes and resume it.',
    subjectId,
  };
}

function checkComment(comment: string): Refusal | null {
  if (comment.trim() !== '') return null;
  return {
    code: 'COMMENT_REQUIRED',
    rule: 'execution.release-comment',
    field: ['comment'],
    message: 'A blocked execution was to be decided without a comment.',
    hint: 'Say in the comment what was looked at, and why it is right or wrong.',
  };
}

const retryable: readonly JobExecutionState[] = ['ERRORED', 'WARNING', 'ABORTED'];
export const isRetryable = (state: JobExecutionState): boolean => retryable.includes(state);

export function checkRetry({ id, number, state }: Pick<BlockedExecution, 'id' | 'number' | 'state'>): Refusal | null {
  if (isRetryable(state)) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'execution.retryable',
    field: ['id'],
    message: `${number} is ${state}: there is nothing of it to run again.`,
    hint: state === 'BLOCKED' ? 'Resume it, or decline it.' : 'Launch the job instead.',
    subjectId: toGlobalId('JobExecution', id),
  };
}

/** The tasks to run again: those that failed or were skipped, and all that come after the first of them. */
export function tasksToRetry<Task extends { readonly state: JobExecutionState; readonly level: number }>(
  tasks: readonly Task[],
  from: 'FAILED_TASKS' | 'START',
): readonly Task[] {
  if (from === 'START') return tasks;
  const failed = tasks.filter(({ state }) => isRetryable(state));
  const level = Math.min(...failed.map((task) => task.level));
  return tasks.filter((task) => task.level > level || failed.includes(task));
}
