// The reasons of a role or an account as paths: from attributes, requests and findings over rules to what is held.
// Owns steps and their words; what they add up to is explanation.ts', who the people in them are is the resolver's.
import type { CalculatedRole, RoleReason } from '../assignment.js';
import type { NodeType } from '../global-id.js';
import { askedRules, type Condition, conditionsOf, valueRead } from './condition.js';
import type { LoadedIdentity } from './computation.js';
import type { CompiledModel } from './model.js';
import { parametersFor, settingOfAccount, settingOfRole } from './near-miss.js';
import type { Setting } from './setting.js';

export const stepKinds = [
  'ATTRIBUTE',
  'RULE',
  'COMPOSITE_ROLE',
  'SINGLE_ROLE',
  'REQUEST',
  'APPROVAL',
  'RESOURCE_TYPE',
  'NAVIGATION',
  'SYNCHRONIZATION',
  'EXCEPTION',
] as const;
export type StepKind = (typeof stepKinds)[number];

export interface PathStep {
  readonly kind: StepKind;
  readonly label: string;
  /** What the step is about. */
  readonly node: { readonly type: NodeType; readonly local: string } | null;
  readonly conditions: readonly Condition[];
  /** Row id of the person who decided. */
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly comment: string | null;
}

export interface Path {
  readonly steps: readonly PathStep[];
  /** Calendar days; null = open. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
}

/** What is told of a request, by whoever may read it. */
export interface RequestStory {
  readonly requestId: string;
  readonly number: string;
  readonly requestedBy: string | null;
  readonly requestedAt: Date;
  readonly justification: string | null;
  readonly approvals: readonly {
    readonly decidedBy: string | null;
    readonly decidedAt: Date | null;
    readonly comment: string | null;
    readonly step: number;
  }[];
}

/** What the row of a role says beyond its states: who decided, and where it was found. */
export interface RowStory {
  /** Row id of a person; null: nobody, or a rule. */
  readonly decidedBy: string | null;
  /** Identifier of the automation rule that decided. */
  readonly decidedByRule: string | null;
  readonly comment: string | null;
  /** Row id of the resource that shows the role. */
  readonly foundResource: string | null;
  readonly madeAt: Date;
  readonly changedAt: Date;
}

export interface ExplanationInput {
  readonly model: CompiledModel;
  readonly identity: LoadedIdentity;
  readonly isDirty: boolean;
  readonly today: string;
  /** By request item. */
  readonly requests: ReadonlyMap<string, RequestStory>;
  /** By role. Left out: not known. */
  readonly rows?: ReadonlyMap<string, RowStory>;
  /** Display names of those who denied a role, by row id. Left out: they are not named. */
  readonly names?: ReadonlyMap<string, string>;
}

export const nameOfRole = (model: CompiledModel, role: string): string => model.roles.get(role)?.displayName ?? role;

export const step = (kind: StepKind, label: string, node: PathStep['node'] = null): PathStep => ({
  kind,
  label,
  node,
  conditions: [],
  decidedBy: null,
  decidedAt: null,
  comment: null,
});

export function pathsOfRole(
  input: ExplanationInput,
  role: string,
  seen: ReadonlySet<string> = new Set(),
): readonly Path[] {
  if (seen.has(role)) return [];
  const reasons = input.identity.stored.roles
    .filter((each: CalculatedRole) => each.role === role)
    .map(({ reason }) => reason);
  const known = reasons.length > 0 ? reasons : reasonsOfRow(input, role);
  return known.flatMap((reason) => pathsOfReason(input, role, reason, new Set([...seen, role])));
}

/** Asked for, not held: the request is all there is to tell. */
function reasonsOfRow({ identity }: ExplanationInput, role: string): readonly RoleReason[] {
  const row = identity.snapshot.decisions.find((each) => each.role === role);
  if (row === undefined) return reasonsOfOffer(identity, role);
  return row.requestItemId === null ? [] : [{ kind: 'request', cause: row.requestItemId }];
}

/** Offered by a rule: that is how it could be had. */
const reasonsOfOffer = ({ stored }: ExplanationInput['identity'], role: string): readonly RoleReason[] =>
  (stored.suggestions ?? [])
    .filter((each) => each.role === role)
    .map(({ rule }): RoleReason => ({ kind: 'rule', cause: rule }));

function pathsOfReason(
  input: ExplanationInput,
  role: string,
  reason: RoleReason,
  seen: ReadonlySet<string>,
): readonly Path[] {
  const end = roleStep(input.model, role);
  switch (reason.kind) {
    case 'rule': {
      const setting = settingOfRole(input, role);
      const steps = [...ruleSteps(input, reason.cause, setting), end];
      return [{ steps, ...periodOfRule(input, reason.cause, setting) }];
    }
    case 'role':
      return pathsOfRole(input, reason.cause, seen).map((path) => ({ ...path, steps: [...path.steps, end] }));
    case 'request': {
      const row = input.identity.snapshot.decisions.find((each) => each.role === role);
      return [
        {
          steps: [...requestSteps(input, reason.cause), end],
          validFrom: row?.startDate ?? null,
          validUntil: row?.endDate ?? null,
        },
      ];
    }
    case 'found':
    case 'grace':
    case 'decision':
      return [rowPath(input, role, reason.kind, end)];
    case 'missing':
      // It stands beside what gives the role, and gives nothing itself.
      return [];
    default:
      return reason.kind satisfies never;
  }
}

const roleStep = (model: CompiledModel, role: string): PathStep =>
  step(model.singleRolesOf.has(role) ? 'COMPOSITE_ROLE' : 'SINGLE_ROLE', nameOfRole(model, role), {
    type: 'SingleRole',
    local: role,
  });

/** Found, in grace, or decided by a person: told from the row, with who and when. */
function rowPath(
  { model, identity, rows }: ExplanationInput,
  role: string,
  kind: 'found' | 'grace' | 'decision',
  end: PathStep,
): Path {
  const row = identity.snapshot.decisions.find((each) => each.role === role);
  const story = rows?.get(role) ?? null;
  const resource = story?.foundResource ?? null;
  const told: PathStep = {
    ...step(kind === 'found' ? 'SYNCHRONIZATION' : 'EXCEPTION', rowLabel(model, kind, row?.endDate ?? null, story)),
    node: resource === null ? null : { type: 'Resource', local: resource },
    decidedBy: story?.decidedBy ?? null,
    decidedAt: (kind === 'decision' ? story?.changedAt : story?.madeAt) ?? null,
    comment: story?.comment ?? null,
  };
  return { steps: [told, end], validFrom: row?.startDate ?? null, validUntil: row?.endDate ?? null };
}

function rowLabel(
  { ruleText }: CompiledModel,
  kind: 'found' | 'grace' | 'decision',
  endDate: string | null,
  story: RowStory | null,
): string {
  const rule = story?.decidedByRule ?? null;
  switch (kind) {
    case 'found':
      return 'found in the managed system';
    case 'grace':
      return `kept for a while after the rules changed${endDate === null ? '' : `, until ${endDate}`}`;
    case 'decision':
      return rule === null ? 'kept by a person' : `kept by ${ruleText.get(rule)?.summary ?? rule}`;
    default:
      return kind satisfies never;
  }
}

/** From the first day of a context in which the rule applies to the last: of those of today. */
function periodOfRule({ model }: ExplanationInput, rule: string, { inContexts }: Setting): Omit<Path, 'steps'> {
  const asked = askedRules(model).get(rule);
  const open = { validFrom: null, validUntil: null };
  if (asked === undefined || (asked.context.length === 0 && asked.condition?.variables.has('context') !== true))
    return open;
  const met = inContexts.filter((place) =>
    conditionsOf(asked, { input: place.input, inContexts: [place], problem: null }).every((one) => one.isSatisfied),
  );
  const starts = met.flatMap(({ context }) => context.startDate ?? []);
  const ends = met.flatMap(({ context }) => context.endDate ?? []);
  return {
    validFrom: starts.length < met.length ? null : starts.reduce<string | null>(earlier, null),
    validUntil: ends.length < met.length ? null : ends.reduce<string | null>(later, null),
  };
}

const earlier = (known: string | null, day: string): string => (known === null || day < known ? day : known);
const later = (known: string | null, day: string): string => (known === null || day > known ? day : known);

/** The attributes a rule looks at, as they are, and the rule with each of its conditions. */
export function ruleSteps(input: ExplanationInput, rule: string, setting: Setting): readonly PathStep[] {
  const { model, identity } = input;
  const text = model.ruleText.get(rule);
  const attributes = (text?.reads ?? []).map((property) =>
    step(
      'ATTRIBUTE',
      `${nameOfProperty(model, property)} = ${String(identity.snapshot.attributes[property] ?? 'nothing')}`,
    ),
  );
  return [
    ...attributes,
    {
      ...step('RULE', text?.summary ?? `a rule that is no longer configured (${rule})`, { type: 'Rule', local: rule }),
      conditions: ruleConditions(input, rule, setting),
    },
  ];
}

function ruleConditions(input: ExplanationInput, rule: string, setting: Setting): readonly Condition[] {
  const asked = askedRules(input.model).get(rule);
  if (asked === undefined) return [];
  const parameters = parametersFor(input, asked);
  const conditions = conditionsOf(asked, setting, parameters);
  const value = asked.valueExpression ?? null;
  if (value === null) return conditions;
  const seen = parameters === null ? setting.input : { ...setting.input, parameters };
  return [...conditions, { expression: value.text, actualValue: valueRead(value, seen), isSatisfied: true }];
}

const nameOfProperty = ({ identityType }: CompiledModel, property: string): string =>
  identityType.properties.find(({ identifier }) => identifier === property)?.displayName ?? property;

function requestSteps({ requests }: ExplanationInput, itemId: string): readonly PathStep[] {
  const story = requests.get(itemId);
  if (story === undefined) return [step('REQUEST', 'approved on request')];
  const node = { type: 'AssignmentRequest', local: story.requestId } as const;
  const decided = story.approvals.map(
    (approval): PathStep => ({
      ...step('APPROVAL', `approval ${approval.step}`, null),
      decidedBy: approval.decidedBy,
      decidedAt: approval.decidedAt,
      comment: approval.comment,
    }),
  );
  return [
    {
      ...step('REQUEST', `request ${story.number}`, node),
      decidedBy: story.requestedBy,
      decidedAt: story.requestedAt,
      comment: story.justification,
    },
    ...decided,
  ];
}

/** The rule that was applied, and every other that follows from roles held alone. */
function rulesOfAccount(
  { model, identity }: ExplanationInput,
  resourceType: string,
  applied: string,
): readonly string[] {
  const held = new Set(identity.stored.roles.map(({ role }) => role));
  const others = (model.resourceTypes.get(resourceType)?.typeRules ?? []).filter(
    (rule) => rule.role !== null && held.has(rule.role) && rule.condition === null,
  );
  return [...new Set([applied, ...others.map(({ identifier }) => identifier)])];
}

function pathsOfAccount(input: ExplanationInput, resourceType: string, rule: string): readonly Path[] {
  const type = input.model.resourceTypes.get(resourceType);
  const role = type?.typeRules.find(({ identifier }) => identifier === rule)?.role ?? null;
  const setting = settingOfAccount(input);
  const end = [
    ...ruleSteps(input, rule, setting),
    step('RESOURCE_TYPE', type?.definition.displayName ?? resourceType, { type: 'ResourceType', local: resourceType }),
  ];
  if (role === null) return [{ steps: end, ...periodOfRule(input, rule, setting) }];
  return pathsOfRole(input, role).map((path) => ({ ...path, steps: [...path.steps, ...end] }));
}

/** Every independent reason of an account that is due. */
export const pathsOfDueAccount = (input: ExplanationInput, resourceType: string, applied: string): readonly Path[] =>
  rulesOfAccount(input, resourceType, applied).flatMap((rule) => pathsOfAccount(input, resourceType, rule));
