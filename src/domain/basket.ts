// What may be asked for: every item of a new request against the roles, the dates and what the person holds already.
// Owns the refusals of a request before anybody decides it; denials are basket-denial.ts', who decides is approval.ts's.
import type { BasketInput, CheckedItem, Holding, RequestedItem } from './basket-item.js';
import { itemField } from './item-field.js';
import { checkAllowance, checkDenial, denied } from './basket-denial.js';
import { checkParameters, isSameParameters, type Parameters } from './parameter.js';
import { checkPeriod } from './period.js';
import type { RoleDefinition } from './configuration.js';
import { absenceOf, type Person } from './person.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';
import type { RequestWarning } from './request.js';
import { effectiveStates } from './workflow-state.js';
import { toGlobalId } from './global-id.js';

export const mostItems = 100;
export const longestText = 2_000;

/** All refusals at once, so that a person corrects a basket in one go. */
export function checkBasket(input: BasketInput): Decision<readonly CheckedItem[]> {
  const whole = [
    ...checkBeneficiary(input.beneficiary, input.today),
    ...checkSize(input.items),
    ...checkText(input.justification, 'justification'),
  ];
  if (input.items.length > mostItems) return refused(...whole);
  const results = input.items.map((item, index) => checkItem(input, item, index));
  const refusals = [...whole, ...results.flatMap((result) => (result.ok ? [] : result.refusals))];
  if (refusals.length > 0) return refused(...refusals);
  return granted(results.flatMap((result) => (result.ok ? [result.value] : [])));
}

function checkBeneficiary(person: Person, today: string): readonly Refusal[] {
  const absence = absenceOf(person, today);
  if (absence === null) return [];
  return [
    {
      code: 'STATE_CONFLICT',
      rule: 'request.beneficiary-active',
      field: ['input', 'beneficiaryId'],
      subjectId: toGlobalId('Identity', person.id),
      message: `Nothing can be requested for ${person.displayName}: ${person.identifier} ${absence}.`,
      hint: 'Choose somebody who is active today.',
    },
  ];
}

function checkSize(items: readonly RequestedItem[]): readonly Refusal[] {
  if (items.length === 0) {
    return [
      {
        code: 'BLANK',
        rule: 'request.items',
        field: ['input', 'items'],
        message: 'The request asks for nothing.',
        hint: 'Add at least one item.',
      },
    ];
  }
  if (items.length <= mostItems) return [];
  return [
    {
      code: 'LIMIT_EXCEEDED',
      rule: 'request.items',
      field: ['input', 'items'],
      message: `The request has ${items.length} items; at most ${mostItems} are decided together.`,
      hint: 'Make several requests.',
    },
  ];
}

/** Also for comments and reasons, which have the same length. */
export function checkText(text: string | null, field: string): readonly Refusal[] {
  if (text === null || text.length <= longestText) return [];
  return [
    {
      code: 'TOO_LONG',
      rule: 'request.text',
      field: ['input', field],
      message: `The ${field} has ${text.length} characters; at most ${longestText} are kept.`,
      hint: 'Shorten it, or link to a longer text.',
    },
  ];
}

function checkItem(input: BasketInput, item: RequestedItem, index: number): Decision<CheckedItem> {
  const refuse = (refusal: Omit<Refusal, 'field'>, field: string): Decision<never> =>
    refused({ ...refusal, field: itemField(index, field) });
  const role = item.role === null ? undefined : input.roles.get(item.role);
  if (role === undefined) {
    return refuse(
      {
        code: 'NOT_FOUND',
        rule: 'request.role-known',
        message: `Item ${index + 1} asks for a role that does not exist.`,
        hint: 'Take the id of a role from the query roles.',
      },
      'roleId',
    );
  }
  const earlier = input.items.findIndex((other) => other.role === item.role);
  if (earlier !== index) {
    return refuse(
      {
        code: 'DUPLICATE',
        rule: 'request.role-once',
        message: `Items ${earlier + 1} and ${index + 1} are about the same role, ${role.displayName}.`,
        hint: 'Keep one of them.',
      },
      'roleId',
    );
  }
  const bundle = checkBundle(input, item, role);
  return bundle === null ? checkAction(input, item, role, index) : refuse(bundle, 'roleId');
}

/** A bundle gives its parts: asking for both, or for one without the other, cannot be decided item by item. */
function checkBundle(input: BasketInput, item: RequestedItem, role: RoleDefinition): Omit<Refusal, 'field'> | null {
  if (item.action === 'UPDATE' || item.action === 'ALLOW') return null;
  const at = input.items.findIndex(
    (other) =>
      other.action === 'ADD' && other.role !== null && input.singleRolesOf.get(other.role)?.includes(role.identifier),
  );
  const composite = input.items[at]?.role;
  if (composite === undefined || composite === null) return null;
  const name = input.roles.get(composite)?.displayName ?? composite;
  return {
    code: 'DUPLICATE',
    rule: 'request.part-of-composite',
    message: `${role.displayName} is a part of ${name}, which item ${at + 1} asks for.`,
    hint: `Keep one of them: ${name} gives ${role.displayName}.`,
  };
}

function checkAction(
  input: BasketInput,
  item: RequestedItem,
  role: RoleDefinition,
  index: number,
): Decision<CheckedItem> {
  const holding = input.holdings.get(role.identifier) ?? {
    role: role.identifier,
    reasons: [],
    assignment: null,
    open: null,
  };
  const waiting = checkOpen(holding, role, input.beneficiary);
  if (waiting !== null) return refused({ ...waiting, field: itemField(index, 'roleId') });
  switch (item.action) {
    case 'ADD':
      return checkGain(input, item, role, index, holding);
    case 'UPDATE':
      return checkUpdate(input, item, role, index, holding);
    case 'REMOVE':
      return withoutDates(checkRemoval(holding, role, item, input.beneficiary), item, role, index);
    case 'DENY':
      return withoutDates(checkDenial(holding, role, item, input.beneficiary), item, role, index);
    case 'ALLOW':
      return withoutDates(checkAllowance(holding, role, item, input.beneficiary), item, role, index);
    default:
      return item.action satisfies never;
  }
}

function checkGain(
  input: BasketInput,
  item: RequestedItem,
  role: RoleDefinition,
  index: number,
  holding: Holding,
): Decision<CheckedItem> {
  const refusal = checkAddition(holding, role, input.beneficiary);
  if (refusal !== null) return refused({ ...refusal, field: itemField(index, 'roleId') });
  const period = checkPeriod(item, role, input, index);
  const parameters = checkParameters(item.parameters, role, null, input.knownValues, index);
  const warnings = warningsOf(holding, role);
  return both(period, parameters, { action: 'ADD', role, warnings, takesApproval: true });
}

/** Dates and parameters left out stay as they are. */
function checkUpdate(
  input: BasketInput,
  item: RequestedItem,
  role: RoleDefinition,
  index: number,
  holding: Holding,
): Decision<CheckedItem> {
  const present = holding.assignment;
  const asked = changed(item, holding);
  const period = checkPeriod(asked, role, input, index, present?.startDate ?? null);
  const parameters = checkParameters(item.parameters, role, present?.parameters ?? null, input.knownValues, index);
  const refusal = checkChange(holding, role, asked, parameters, input.beneficiary);
  if (refusal !== null) return refused({ ...refusal, field: itemField(index, 'roleId') });
  const takesApproval = !(role.prolongationWithoutApproval && isProlongation(holding, period, parameters));
  return both(period, parameters, { action: 'UPDATE', role, warnings: warningsOf(null, role), takesApproval });
}

type Period = Pick<CheckedItem, 'startDate' | 'endDate' | 'adjustments'>;

function both(
  period: Decision<Period>,
  parameters: Decision<Parameters | null>,
  rest: Pick<CheckedItem, 'action' | 'role' | 'warnings' | 'takesApproval'>,
): Decision<CheckedItem> {
  if (period.ok && parameters.ok) return granted({ ...rest, ...period.value, parameters: parameters.value });
  return refused(...[period, parameters].flatMap((one) => (one.ok ? [] : one.refusals)));
}

/** Only a later end: the start and the parameters stay. */
function isProlongation(
  { assignment }: Holding,
  period: Decision<Period>,
  parameters: Decision<Parameters | null>,
): boolean {
  if (assignment === null || assignment.endDate === null || !period.ok || !parameters.ok) return false;
  const { startDate, endDate } = period.value;
  return (
    startDate === assignment.startDate &&
    isSameParameters(parameters.value, assignment.parameters) &&
    (endDate === null || endDate > assignment.endDate)
  );
}

/** Removals, denials and their ends take effect when they are approved. */
function withoutDates(
  refusal: Refusal | null,
  item: RequestedItem,
  role: RoleDefinition,
  index: number,
): Decision<CheckedItem> {
  const wrong = item.parameters === null || item.parameters === undefined ? refusal : (refusal ?? noParameters(item));
  if (wrong !== null)
    return refused({ ...wrong, field: itemField(index, wrong === refusal ? 'roleId' : 'parameters') });
  return granted({
    action: item.action,
    role,
    startDate: null,
    endDate: null,
    parameters: null,
    warnings: [],
    adjustments: [],
    takesApproval: true,
  });
}

const noParameters = ({ action }: RequestedItem): Refusal => ({
  code: 'INVALID',
  rule: 'request.parameters',
  message: `Parameters were given with the action ${action}.`,
  hint: 'Leave parameters out.',
});

/** A change without a start keeps the present one. */
const changed = (item: RequestedItem, holding: Holding): RequestedItem => ({
  ...item,
  startDate: item.startDate ?? holding.assignment?.startDate ?? null,
});

function checkOpen({ open }: Holding, role: RoleDefinition, person: Person): Refusal | null {
  if (open === null) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'request.one-at-a-time',
    subjectId: toGlobalId('AssignmentRequest', open.requestId),
    message: `${open.number} about ${role.displayName} for ${person.displayName} still waits for a decision.`,
    hint: 'Wait for it, or cancel it first.',
  };
}

const isEffective = (holding: Holding): boolean =>
  effectiveStates.some((state) => state === holding.assignment?.workflowState);
const cause = (holding: Holding, kind: 'rule' | 'role'): string | undefined =>
  holding.reasons.find((reason) => reason.kind === kind)?.cause;

function checkAddition(holding: Holding, role: RoleDefinition, person: Person): Refusal | null {
  if (!role.isRequestable) return notRequestable(role);
  if (holding.assignment?.workflowState === 'CANCELLATION') return beingTakenAway(role, person);
  if (holding.assignment?.workflowState === 'DECLINED') return denied(role, person);
  const rule = cause(holding, 'rule');
  if (!isEffective(holding) && rule === undefined) return null;
  return {
    code: 'ALREADY_ASSIGNED',
    rule: 'request.not-held',
    subjectId: toGlobalId('RoleAssignment', `${person.id}:${role.identifier}`),
    message: `${person.displayName} has ${role.displayName} already, ${rule === undefined ? 'by an approved request' : `by the rule ${rule}`}.`,
    hint: rule === undefined ? 'To change its dates, ask with the action UPDATE.' : 'Nothing has to be requested.',
  };
}

const notRequestable = (role: RoleDefinition): Refusal => ({
  code: 'NOT_REQUESTABLE',
  rule: 'request.requestable',
  message: `${role.displayName} cannot be requested.`,
  hint: 'Choose a role that can be requested: roles(filter: { isRequestable: true }).',
  subjectId: toGlobalId('SingleRole', role.identifier),
});

function checkChange(
  holding: Holding,
  role: RoleDefinition,
  { startDate, endDate }: RequestedItem,
  parameters: Decision<Parameters | null>,
  person: Person,
): Refusal | null {
  if (!role.isRequestable) return notRequestable(role);
  if (!isEffective(holding)) {
    return {
      code: 'STATE_CONFLICT',
      rule: 'request.change-of-requested',
      message: `${person.displayName} does not have ${role.displayName} by a request, so it has no dates to change.`,
      hint: 'Ask with the action ADD.',
    };
  }
  if (startDate !== holding.assignment?.startDate || endDate !== holding.assignment.endDate) return null;
  if (!parameters.ok || !isSameParameters(parameters.value, holding.assignment.parameters)) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'request.change-something',
    message: `${role.displayName} has these dates${role.parameters.length === 0 ? '' : ' and parameters'} already.`,
    hint: 'Give other dates.',
  };
}

function checkRemoval(holding: Holding, role: RoleDefinition, item: RequestedItem, person: Person): Refusal | null {
  if (item.startDate !== null || item.endDate !== null) {
    return {
      code: 'INVALID',
      rule: 'request.removal-at-once',
      message: 'A removal takes effect when it is approved; it has no dates.',
      hint: 'To end it later, ask with the action UPDATE and an end date.',
    };
  }
  if (holding.assignment?.workflowState === 'CANCELLATION') return beingTakenAway(role, person);
  const rule = cause(holding, 'rule');
  if (rule !== undefined)
    return notByRequest(
      role,
      person,
      `the rule ${rule} gives it`,
      'Ask for it to be denied (action DENY), or change what the rule reads about the person.',
      'request.remove.given-by-rule',
    );
  if (isEffective(holding)) return null;
  const composite = cause(holding, 'role');
  if (composite !== undefined)
    return notByRequest(
      role,
      person,
      `it is part of ${composite}`,
      `Ask for the removal of ${composite}.`,
      'request.remove.given-by-role',
    );
  return {
    code: 'STATE_CONFLICT',
    rule: 'request.remove.held',
    message: `${person.displayName} does not have ${role.displayName}.`,
    hint: 'Nothing has to be removed.',
  };
}

const notByRequest = (role: RoleDefinition, person: Person, why: string, hint: string, rule: string): Refusal => ({
  code: 'STATE_CONFLICT',
  rule,
  message: `${role.displayName} cannot be taken from ${person.displayName} by a request: ${why}.`,
  hint,
  subjectId: toGlobalId('RoleAssignment', `${person.id}:${role.identifier}`),
});

const beingTakenAway = (role: RoleDefinition, person: Person): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'request.removal-first',
  subjectId: toGlobalId('RoleAssignment', `${person.id}:${role.identifier}`),
  message: `${role.displayName} is being taken from ${person.displayName}.`,
  hint: 'Ask again once that is done.',
});

function warningsOf(holding: Holding | null, role: RoleDefinition): readonly RequestWarning[] {
  const composite = holding === null ? undefined : cause(holding, 'role');
  return [
    ...(role.isPrivileged
      ? [{ kind: 'PRIVILEGED' as const, message: `${role.displayName} gives far-reaching rights.` }]
      : []),
    ...(composite === undefined
      ? []
      : [
          {
            kind: 'ALREADY_HELD_INDIRECTLY' as const,
            message: `${role.displayName} is held already, as a part of ${composite}.`,
          },
        ]),
  ];
}
