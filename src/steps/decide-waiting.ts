// Rules decide what nobody decided in time: steps over their date are declined, and automation rules do what they say.
// Runs with the sweep, by the clock of the database. Owns the order; which rule decides is domain/automation.ts'.
import { decideByRule, type ReviewedRequest } from '../domain/approval.js';
import { approvalDays } from '../domain/approver.js';
import { automationOfRole } from '../domain/automation.js';
import type { AutomationRule } from '../domain/configuration.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import type { ModelSource } from './ports/model.js';
import type { AutomatedRole, LoadedRequest, RequestStore, RuleCommit, WaitingStep } from './ports/request.js';

export interface DecideWaitingPorts {
  readonly requests: RequestStore;
  readonly models: ModelSource;
}

/** Answers how many decisions were made. */
export async function decideWaiting(ports: DecideWaitingPorts): Promise<number> {
  const model = await ports.models.current();
  const steps = await ports.requests.waitingSteps(automatedRoles(model, 'PENDING_APPROVAL'));
  const ages = lazily(() => ports.requests.automationAges());
  let count = 0;
  for (const step of steps) {
    const verdict = await verdictOn(step, model, ages);
    if (verdict !== null && (await carryOut(ports, model, step, verdict))) count += 1;
  }
  return count + (await decideProlonged(ports, model, ages));
}

type Verdict = Pick<RuleCommit, 'rule' | 'decision' | 'comment'>;
type Ages = () => Promise<ReadonlyMap<string, number>>;

/** Asked once a run, and only when something has waited long enough: the answer reads all versions of the configuration. */
function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null;
  return () => {
    known ??= load();
    return known;
  };
}

const automatedRoles = (
  { roles, configuration }: CompiledModel,
  state: 'PENDING_APPROVAL' | 'PROLONGED',
): readonly AutomatedRole[] =>
  configuration.automationRules.length === 0
    ? []
    : [...roles.values()].flatMap((role) => {
        const rule = automationOfRole(configuration, state, role);
        return rule === null ? [] : [{ role: role.identifier, afterSeconds: secondsOf(rule) }];
      });

const secondsOf = ({ afterHours }: AutomationRule): number => afterHours * 3_600;

async function verdictOn(
  step: WaitingStep,
  { roles, configuration }: CompiledModel,
  ages: Ages,
): Promise<Verdict | null> {
  const role = roles.get(step.role);
  if (step.isExpired) return expired(role?.approvalDays ?? null);
  // A risk is accepted by a person or not at all.
  if (role === undefined || step.kind === 'RISK') return null;
  const rule = automationOfRole(configuration, 'PENDING_APPROVAL', role);
  return rule !== null && (await isDue(rule, step.waitedSeconds, ages)) ? automated(rule) : null;
}

/** Nobody is judged by the time before the rule: it counts from the day the rule was applied. */
async function isDue(rule: AutomationRule, waitedSeconds: number, ages: Ages): Promise<boolean> {
  const needed = secondsOf(rule);
  if (waitedSeconds < needed) return false;
  return ((await ages()).get(rule.identifier) ?? waitedSeconds) >= needed;
}

const expired = (days: number | null): Verdict => ({
  rule: 'approval.expired',
  decision: 'DECLINED',
  comment: `Declined for want of a decision: nobody decided${days === null ? ' in time' : ` within ${days} ${days === 1 ? 'day' : 'days'}`}.`,
});

const automated = ({ identifier, decision, afterHours }: AutomationRule): Verdict => ({
  rule: `rule:${identifier}`,
  decision: decision === 'APPROVE' ? 'APPROVED' : 'DECLINED',
  comment: `${decision === 'APPROVE' ? 'Approved' : 'Declined'} by the rule ${identifier}: nobody decided within ${afterHours} hours.`,
});

async function carryOut(
  { requests }: DecideWaitingPorts,
  model: CompiledModel,
  { requestId, approvalId }: WaitingStep,
  verdict: Verdict,
): Promise<boolean> {
  const request = await requests.load(requestId);
  const step = request?.approvals.find(({ id, decision }) => id === approvalId && decision !== 'APPROVED');
  if (request === null || step === undefined || !isWaiting(request, step.itemId)) return false;
  return requests.decideByRule({
    ...verdict,
    request,
    outcome: decideByRule(request, [{ ...step, decidedByRule: verdict.rule }], verdict.decision),
    days: approvalDays(model),
    rolesWithEffects: rolesWithEffects(request, model),
  });
}

const isWaiting = ({ items }: ReviewedRequest, itemId: string): boolean =>
  items.some(({ id, state }) => id === itemId && state === 'PENDING_APPROVAL');

const rolesWithEffects = ({ items }: LoadedRequest, model: CompiledModel): readonly string[] =>
  items.map(({ role }) => role).filter((role) => hasEffects(model, role));

async function decideProlonged({ requests }: DecideWaitingPorts, model: CompiledModel, ages: Ages): Promise<number> {
  const automatic = automatedRoles(model, 'PROLONGED');
  if (automatic.length === 0) return 0;
  let count = 0;
  for (const prolonged of await requests.prolongedRoles(automatic)) {
    const role = model.roles.get(prolonged.role);
    const rule = role === undefined ? null : automationOfRole(model.configuration, 'PROLONGED', role);
    if (rule === null || !(await isDue(rule, prolonged.waitedSeconds, ages))) continue;
    const decision = rule.decision === 'APPROVE' ? 'APPROVED' : 'DECLINED';
    if (await requests.settleProlonged(prolonged, decision, `rule:${rule.identifier}`)) count += 1;
  }
  return count;
}
