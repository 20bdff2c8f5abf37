// Decides by rule what has waited for too long: roles and values that were found and that nobody has decided.
// Owns asking the automation rules; which of them decides is domain/automation.ts', effects are the store's.
import { automationOfRole, automationOfType } from '../domain/automation.js';
import type { AutomationRule } from '../domain/configuration.js';
import type { ReconciliationDecision } from '../domain/reconciliation.js';
import type { OpenItem } from '../domain/reconciliation-decision.js';
import type { CompiledModel } from '../domain/role-model/model.js';
import { hasEffects } from '../domain/role-model/role-state.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';
import type { ReconciliationFinder, WaitingItem } from './ports/reconciliation-finding.js';
import type { DecidedItem, ReconciliationStore } from './ports/reconciliation-item.js';

export interface AutomatePorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly reconciliationFinder: ReconciliationFinder;
  readonly reconciliation: ReconciliationStore;
}

export interface AutomationResult {
  readonly decided: number;
  /** Row ids of the people concerned: they have to be computed again. */
  readonly identityIds: readonly string[];
}

const decidesFound = ({ workflowState }: AutomationRule): boolean =>
  workflowState === 'NON_CONFORMING' || workflowState === 'PRE_EXISTING';

export async function automateReconciliation(ports: AutomatePorts): Promise<AutomationResult> {
  const model = await ports.models.current();
  if (!model.configuration.automationRules.some(decidesFound)) return { decided: 0, identityIds: [] };
  const due = (await ports.reconciliationFinder.waiting()).flatMap((waiting) => dueDecision(waiting, model) ?? []);
  const decided: DecidedItem[] = [];
  for (const rule of new Set(due.map((each) => each.rule))) {
    const items = due.filter((each) => each.rule === rule).map(({ item, decision }) => ({ item, decision }));
    const gone = await ports.reconciliation.decide({
      items,
      decidedBy: `rule:${rule.identifier}`,
      actor: null,
      postponedUntil: null,
      rolesWithEffects: [...model.roles.keys()].filter((role) => hasEffects(model, role)),
      newId: ports.environment.newId,
      reviewedTypes: [],
      multipleTypes: [],
      links: [],
    });
    // Somebody decided at the same moment: the next run takes the rest.
    if (gone.length === 0) decided.push(...items);
  }
  return { decided: decided.length, identityIds: [...new Set(decided.flatMap(({ item }) => item.identityId ?? []))] };
}

interface DueDecision extends DecidedItem {
  readonly rule: AutomationRule;
}

function dueDecision({ item, waitedHours }: WaitingItem, model: CompiledModel): DueDecision | null {
  const rule = ruleFor(item, model);
  if (rule === null || waitedHours < rule.afterHours) return null;
  const comment = `Decided by the automation rule ${rule.identifier} after ${rule.afterHours} hours.`;
  return { item, rule, decision: { decision: decisionOf(rule, item), comment, ownerId: null, until: null } };
}

function ruleFor({ kind, role, resourceType, isPreExisting }: OpenItem, model: CompiledModel): AutomationRule | null {
  const state = isPreExisting ? 'PRE_EXISTING' : 'NON_CONFORMING';
  if (kind === 'ROLE') {
    const known = model.roles.get(role ?? '');
    return known === undefined ? null : automationOfRole(model.configuration, state, known);
  }
  const type = model.resourceTypes.get(resourceType ?? '');
  return type === undefined ? null : automationOfType(model.configuration, state, type.definition);
}

function decisionOf({ decision }: AutomationRule, { kind, targetKey }: OpenItem): ReconciliationDecision {
  if (decision === 'APPROVE') return 'KEEP';
  return kind === 'PROPERTY' && targetKey === null ? 'CORRECT' : 'REMOVE';
}
