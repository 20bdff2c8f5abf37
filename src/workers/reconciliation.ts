// What follows a computation within its task: roles deduced and computed, what has no reason listed, what waited for too
// long decided by rule. Owns the order of these steps; each of them is its step's.
import { addCounters, type TaskResult, type TaskRun } from '../domain/job.js';
import { type AutomatePorts, automateReconciliation } from '../steps/automate-reconciliation.js';
import { type ComputePorts, computeRoleModel } from '../steps/compute-role-model.js';
import { deduceRoles, type DeducePorts, listConcerned } from '../steps/deduce-roles.js';
import { type FindPorts, findUnexplained } from '../steps/find-unexplained.js';
import type { FindingScope } from '../steps/ports/reconciliation-finding.js';
import type { ComputeScope } from '../steps/ports/role-model.js';
import type { TaskContext } from '../steps/ports/task.js';

export interface ReconciliationPorts extends ComputePorts, DeducePorts, FindPorts, AutomatePorts {}

/** Asked before a computation, whose end takes the marks away. */
export async function findingScope(ports: ReconciliationPorts, scope: ComputeScope): Promise<FindingScope> {
  switch (scope.kind) {
    case 'all':
    case 'bucket':
      return { kind: 'all' };
    case 'identities':
      return { kind: 'changed', identityIds: scope.ids };
    case 'dirty':
      return { kind: 'changed', identityIds: await listConcerned(ports) };
    default:
      return scope satisfies never;
  }
}

/** The result of the task: that of its computation, with what follows from what was found. */
export async function reconcileFound(
  ports: ReconciliationPorts,
  { executionId }: Pick<TaskRun, 'executionId'>,
  context: TaskContext,
  { scope, result }: { readonly scope: FindingScope; readonly result: TaskResult },
): Promise<TaskResult> {
  const { signal } = context;
  const deduced = await deduceRoles(ports, { scope, executionId, signal });
  const compute = (about: ComputeScope) => computeRoleModel(ports, { scope: about, executionId, signal });
  const computed = deduced.length === 0 ? result : joined(result, await compute({ kind: 'identities', ids: deduced }));
  const found = await findUnexplained(ports, { scope, signal });
  const { decided } = await automateReconciliation(ports);
  say(context, { ...found, deduced: deduced.length, decided });
  if (decided === 0) return computed;
  // Held against everybody, like any incremental run: what too many would lose waits for a person in the next one.
  const after = await compute({ kind: 'dirty' });
  return after.state === 'BLOCKED'
    ? { ...computed, state: 'WARNING', warnings: [...computed.warnings, tooMuch] }
    : joined(computed, after);
}

const tooMuch =
  'What automation rules decided was not computed: too many people would lose something. The next run shows it.';

function say(context: TaskContext, counts: Readonly<Record<keyof typeof sentences, number>>): void {
  for (const [name, sentence] of Object.entries(sentences) as readonly [keyof typeof sentences, string][])
    if (counts[name] > 0) context.log('INFO', `${counts[name]} ${sentence}`);
}

const sentences = {
  deduced: 'people have roles that were deduced from what their accounts hold.',
  opened: 'new things without a reason wait for a decision.',
  closed: 'things that waited for a decision were closed: their cause has gone.',
  decided: 'things were decided by automation rules.',
} as const;

/** What was computed again counts once more as written, not as read. */
function joined(a: TaskResult, b: TaskResult): TaskResult {
  const states = [a.state, b.state];
  const state = (['BLOCKED', 'ERRORED', 'WARNING'] as const).find((each) => states.includes(each)) ?? 'COMPLETED';
  return {
    ...a,
    state,
    counters: addCounters(a.counters, { ...b.counters, read: 0, skipped: 0 }),
    violations: [...a.violations, ...b.violations],
    warnings: [...a.warnings, ...b.warnings],
  };
}
