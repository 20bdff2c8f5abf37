// Which roles an identity holds, and every reason why: composite roles first, then single roles.
// Owns deny, priority, inference and decisions of people; what a role leads to is expected-account.ts'.
import type { CalculatedRole } from '../assignment.js';
import { positionIn } from '../calendar.js';
import { foundStates, heldStates } from '../workflow-state.js';
import { type IdentitySnapshot, type RoleDecision, type RuleFailure, reasonText } from './evaluation.js';
import { contextsOf } from './context.js';
import type { CompiledModel } from './model.js';
import { type RulesOfRole, ruleIndex } from './rule-index.js';
import { seenBy, type Setting, settingOf } from './setting.js';

export interface HeldRoles {
  readonly roles: readonly CalculatedRole[];
  /** Roles whose rule failed, with the failure. */
  readonly failures: ReadonlyMap<string, RuleFailure>;
  /** Role → its parameters, of roles that have some: as asked for, else as the first rule says that gives it. */
  readonly parameters: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** On that day: it lies in the identity's period. */
export function heldRoles(snapshot: IdentitySnapshot, model: CompiledModel, day: string): HeldRoles {
  const index = ruleIndex(model);
  const denied = deniedRoles(snapshot.decisions);
  const approved = approvedRoles(snapshot.decisions, model, denied, day);
  const contexts = contextsOf(snapshot, model);
  const settingWith = (roles: readonly string[]): Setting =>
    settingOf({ person: snapshot.attributes, roles, today: day }, contexts, day);

  const fromComposites = ruled(index.compositeRules, settingWith(namesOf(approved)), snapshot, denied);
  const composites = [...approved, ...fromComposites.roles].filter(({ role }) => model.singleRolesOf.has(role));
  const inferred = inferredRoles(composites, model, denied);

  const known = namesOf([...approved, ...composites, ...inferred]);
  const fromSingles = ruled(index.singleRules, settingWith(known), snapshot, denied);
  const notForbidden = inferred.filter(({ role }) => !fromSingles.forbidden.has(role));
  return {
    roles: byRole([...approved, ...fromComposites.roles, ...notForbidden], fromSingles.roles),
    failures: new Map([...fromComposites.failures, ...fromSingles.failures]),
    parameters: parametersOf(snapshot.decisions, model, day, [...fromComposites.parameters, ...fromSingles.parameters]),
  };
}

const noParameters: HeldRoles['parameters'] = new Map();

function parametersOf(
  decisions: readonly RoleDecision[],
  model: CompiledModel,
  day: string,
  ruled: readonly (readonly [string, Readonly<Record<string, string>>])[],
): HeldRoles['parameters'] {
  const asked = decisions.flatMap((row) =>
    row.parameters !== null && isEffective(row, day) && model.roles.has(row.role)
      ? [[row.role, row.parameters] as const]
      : [],
  );
  return asked.length + ruled.length === 0 ? noParameters : new Map([...ruled.toReversed(), ...asked]);
}

const nothingDenied: ReadonlySet<string> = new Set();

function deniedRoles(decisions: readonly RoleDecision[]): ReadonlySet<string> {
  if (decisions.length === 0) return nothingDenied;
  return new Set(decisions.filter((decision) => decision.isDenied).map(({ role }) => role));
}

/** By a row of their own and within its dates: approved, found and not decided yet, or in grace. A person's approval stands above a rule that denies. */
const approvedRoles = (
  decisions: readonly RoleDecision[],
  model: CompiledModel,
  denied: ReadonlySet<string>,
  today: string,
): readonly CalculatedRole[] =>
  decisions
    .filter((decision) => isEffective(decision, today) && model.roles.has(decision.role) && !denied.has(decision.role))
    .map((decision) => ({ role: decision.role, reason: reasonOfRow(decision) }));

function reasonOfRow({ workflowState, requestItemId, role }: RoleDecision): CalculatedRole['reason'] {
  if (workflowState === 'PROLONGED') return { kind: 'grace', cause: role };
  if ((foundStates as readonly string[]).includes(workflowState)) return { kind: 'found', cause: role };
  return requestItemId === null ? { kind: 'decision', cause: role } : { kind: 'request', cause: requestItemId };
}

export const isApproved = (decision: RoleDecision): boolean =>
  (heldStates as readonly string[]).includes(decision.workflowState);

export const isEffective = (decision: RoleDecision, today: string): boolean =>
  isApproved(decision) && positionIn(today, decision.startDate, decision.endDate) === 'within';

interface Ruled {
  readonly roles: readonly CalculatedRole[];
  /** Roles that a rule takes away. */
  readonly forbidden: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, RuleFailure>;
  /** Role → parameters, as the rules that give it say; the first counts. */
  readonly parameters: readonly (readonly [string, Readonly<Record<string, string>>])[];
}

function ruled(
  rulesOfRoles: readonly RulesOfRole[],
  setting: Setting,
  snapshot: IdentitySnapshot,
  denied: ReadonlySet<string>,
): Ruled {
  const roles: CalculatedRole[] = [];
  const forbidden = new Set<string>();
  const failures = new Map<string, RuleFailure>();
  const parameters: (readonly [string, Readonly<Record<string, string>>])[] = [];
  for (const own of rulesOfRoles) {
    if (denied.has(own.role)) continue;
    const verdict = verdictOn(own, setting);
    if (verdict === nothingGiven) continue;
    roles.push(...(verdict.failure === null ? verdict.given : keptRoles(own, snapshot)));
    if (verdict.parameters !== null) parameters.push([own.role, verdict.parameters]);
    if (verdict.isForbidden) forbidden.add(own.role);
    if (verdict.failure !== null) failures.set(own.role, verdict.failure);
  }
  return { roles, forbidden, failures, parameters };
}

interface Verdict {
  readonly given: readonly CalculatedRole[];
  readonly isForbidden: boolean;
  readonly failure: RuleFailure | null;
  /** Null: the role has none, or is not given. */
  readonly parameters: Readonly<Record<string, string>> | null;
}

/** The first rule that applies decides; every further rule that gives the role is one more reason, down to the first denial. */
function verdictOn({ rules }: RulesOfRole, setting: Setting): Verdict {
  let given: CalculatedRole[] | null = null;
  let parameters: Verdict['parameters'] = null;
  for (const rule of rules) {
    try {
      const seen = rule.needsContext ? seenBy(rule, setting) : rule.applies(setting.input) ? setting.input : null;
      if (seen === null) continue;
      if (rule.isDenied) return { ...nothingGiven, given: given ?? [], isForbidden: given === null, parameters };
      if (given === null) parameters = rule.parametersIn(seen);
    } catch (error) {
      if (given !== null) break;
      return { ...nothingGiven, failure: failureOf(rule.identifier, error) };
    }
    if (given === null) given = [rule.grant];
    else given.push(rule.grant);
  }
  return given === null ? nothingGiven : { given, isForbidden: false, failure: null, parameters };
}

// One object for all: most rules say nothing of most people.
const nothingGiven: Verdict = { given: [], isForbidden: false, failure: null, parameters: null };

/** A rule of ours that fails must neither give nor take: what the role's rules gave before stays. */
function keptRoles({ role, rules }: RulesOfRole, snapshot: IdentitySnapshot): readonly CalculatedRole[] {
  const own = new Set(rules.map(({ identifier }) => identifier));
  return snapshot.storedRoles.filter(
    (stored) => stored.role === role && stored.reason.kind === 'rule' && own.has(stored.reason.cause),
  );
}

const inferredRoles = (
  composites: readonly CalculatedRole[],
  model: CompiledModel,
  denied: ReadonlySet<string>,
): readonly CalculatedRole[] =>
  namesOf(composites).flatMap((composite) =>
    (model.singleRolesOf.get(composite) ?? [])
      .filter((role) => !denied.has(role))
      .map((role): CalculatedRole => ({ role, reason: { kind: 'role', cause: composite } })),
  );

export const failureOf = (rule: string, error: unknown): RuleFailure => ({
  rule,
  message: error instanceof Error ? error.message : 'The rule failed.',
});

/** Sorted, each once. `roles` may come in any order. */
export function namesOf(roles: readonly CalculatedRole[]): readonly string[] {
  const names: string[] = [];
  let isSorted = true;
  for (const { role } of roles) {
    const last = names.at(-1);
    if (role === last) continue;
    if (last !== undefined && role < last) isSorted = false;
    names.push(role);
  }
  return isSorted ? names : [...new Set(names)].sort();
}

/** Rules come sorted by role; what people and bundles give is sorted in. Within a role: requests, bundles, then rules by priority. */
function byRole(others: readonly CalculatedRole[], ruled: readonly CalculatedRole[]): readonly CalculatedRole[] {
  if (others.length === 0) return ruled;
  const given = [...others].sort((a, b) => (reasonText(a.reason) < reasonText(b.reason) ? -1 : 1));
  return [...given, ...ruled].sort((a, b) => (a.role < b.role ? -1 : a.role > b.role ? 1 : 0));
}
