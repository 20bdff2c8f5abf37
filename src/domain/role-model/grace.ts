// Roles lost because rules were changed, kept for a while to be reviewed; and rows that a rule has made needless again.
// Owns which loss earns grace; ending it is reconcile.ts' like that of any dated row.
import type { CalculatedRole } from '../assignment.js';
import { addDays } from '../calendar.js';
import { foundStates } from '../workflow-state.js';
import { inputText } from './evaluate.js';
import type { Evaluation, IdentitySnapshot, RoleDecision } from './evaluation.js';
import type { CompiledModel } from './model.js';

/** A row that comes to be in PROLONGED. */
export interface ProlongedRole {
  readonly role: string;
  /** The last day. */
  readonly endDate: string;
  /** The rule, or the composite role, that gave it. */
  readonly cause: CalculatedRole['reason'];
}

export interface GraceQuestion {
  readonly snapshot: IdentitySnapshot;
  /** Hash of the identity's row. */
  readonly hash: string;
  /** The last computation: what it read, under which configuration, and the roles it gave; null = there was none. */
  readonly before: {
    readonly inputHash: string;
    readonly configurationVersion: number;
    readonly roles: readonly CalculatedRole[];
  } | null;
  readonly model: CompiledModel;
  readonly today: string;
  readonly evaluateOn: (snapshot: IdentitySnapshot) => Evaluation;
}

export interface Graced {
  readonly evaluation: Evaluation;
  /** With the rows that the evaluation was made with. */
  readonly snapshot: IdentitySnapshot;
  readonly prolonged: readonly ProlongedRole[];
}

/** The evaluation of `question.snapshot`, and what follows from it for the rows. Evaluates again only where rows change. */
export function graced(question: GraceQuestion, evaluation: Evaluation): Graced {
  const explained = withoutExplained(question, evaluation);
  if (!isLossOfRules(question, evaluation)) return explained;
  const { singleRolesOf } = question.model;
  // A bundle that is kept gives its single roles: they need no grace of their own.
  const bundles = prolong(question, explained, (role) => singleRolesOf.has(role));
  return prolong(question, bundles, () => true);
}

/** The rules were changed since the last computation, and nothing that it read of the identity. */
function isLossOfRules({ snapshot, hash, before, model, today }: GraceQuestion, { position }: Evaluation): boolean {
  if (before === null || before.configurationVersion === model.version || position !== 'within') return false;
  return withoutVersion(before.inputHash) === withoutVersion(inputText(snapshot, position, hash, model, today));
}

const withoutVersion = (text: string): string => text.slice(text.indexOf(':'));

/** Found or in grace, and given by a rule or a bundle after all: the row has nothing more to say. */
function withoutExplained({ snapshot, evaluateOn }: GraceQuestion, evaluation: Evaluation): Graced {
  const needless = needlessRows(snapshot.decisions, evaluation);
  if (needless.length === 0) return { evaluation, snapshot, prolonged: [] };
  const kept = { ...snapshot, decisions: snapshot.decisions.filter((row) => !needless.includes(row)) };
  return { evaluation: evaluateOn(kept), snapshot: kept, prolonged: [] };
}

const passingStates: readonly string[] = [...foundStates, 'PROLONGED'];

export function needlessRows(
  decisions: readonly RoleDecision[],
  { roles }: Pick<Evaluation, 'roles'>,
): readonly RoleDecision[] {
  const passing = decisions.filter(({ workflowState }) => passingStates.includes(workflowState));
  if (passing.length === 0) return passing;
  const given = new Set(roles.filter(({ reason }) => isCalculated(reason)).map(({ role }) => role));
  return passing.filter(({ role }) => given.has(role));
}

const isCalculated = ({ kind }: CalculatedRole['reason']): boolean => kind === 'rule' || kind === 'role';

function prolong(
  { before, model, today, evaluateOn }: GraceQuestion,
  { evaluation, snapshot, prolonged }: Graced,
  isMeant: (role: string) => boolean,
): Graced {
  const held = new Set(evaluation.roles.map(({ role }) => role));
  const rows = new Set(snapshot.decisions.map(({ role }) => role));
  const daysOf = (role: string): number => model.roles.get(role)?.gracePeriodDays ?? 0;
  const isLost = (role: string): boolean => isMeant(role) && !held.has(role) && !rows.has(role) && daysOf(role) > 0;
  const lost = (before?.roles ?? []).filter(({ role, reason }) => isCalculated(reason) && isLost(role));
  if (lost.length === 0) return { evaluation, snapshot, prolonged };
  const causes = new Map(lost.map(({ role, reason }) => [role, reason]));
  const added = [...causes].map(([role, cause]) => ({ role, cause, endDate: addDays(today, daysOf(role)) }));
  const next = { ...snapshot, decisions: [...snapshot.decisions, ...added.map((one) => rowOf(snapshot.id, one))] };
  return { evaluation: evaluateOn(next), snapshot: next, prolonged: [...prolonged, ...added] };
}

const rowOf = (identityId: string, { role, endDate }: ProlongedRole): RoleDecision => ({
  identityId,
  role,
  workflowState: 'PROLONGED',
  startDate: null,
  endDate,
  requestItemId: null,
  approvalStep: null,
  approvalStepCount: null,
  parameters: null,
  isDenied: false,
});
