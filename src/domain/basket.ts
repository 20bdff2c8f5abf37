// What may be asked for: every item of a new request against the roles, the dates and what the person holds already.
// Owns the refusals of a request before anybody decides it; who decides is approval.ts's.
import { type BasketInput, type CheckedItem, type Holding, itemField, type RequestedItem } from './basket-item.js';
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
  if (item.parameters !== null && item.parameters !== undefined) {
    return refuse(
      {
        code: 'INVALID',
        rule: 'request.parameters',
        message: `${role.displayName} has no parameters.`,
        hint: 'Leave parameters out.',
      },
      'parameters',
    );
  }
  return checkAction(input, item, role, index);
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
      return conclude(
        checkAddition(holding, role, input.beneficiary),
        checkPeriod(item, role, input.today, index),
        role,
        index,
        warningsOf(holding, role),
      );
    case 'UPDATE':
      return conclude(
        checkChange(holding, role, item, input.beneficiary),
        checkPeriod(changed(item, holding), role, input.today, index, holding),
        role,
        index,
        warningsOf(null, role),
      );
    case 'REMOVE':
      return conclude(
        checkRemoval(holding, role, item, input.beneficiary),
        granted({ action: 'REMOVE', startDate: null, endDate: null }),
        role,
        index,
        [],
      );
    case 'DENY':
    case 'ALLOW':
      return refused({
        code: 'INVALID',
        rule: 'request.action',
        field: itemField(index, 'action'),
        message: `${item.action} (of an assignment that a rule gives) cannot be requested in this version.`,
        hint: 'Change the rule, or what it reads about the person.',
      });
    default:
      return item.action satisfies never;
  }
}

/** A change without a start keeps the present one. */
const changed = (item: RequestedItem, holding: Holding): RequestedItem => ({
  ...item,
  startDate: item.startDate ?? holding.assignment?.startDate ?? null,
});

function conclude(
  refusal: Refusal | null,
  period: Decision<Pick<CheckedItem, 'action' | 'startDate' | 'endDate'>>,
  role: RoleDefinition,
  index: number,
  warnings: readonly RequestWarning[],
): Decision<CheckedItem> {
  if (refusal !== null) return refused({ ...refusal, field: itemField(index, 'roleId') });
  if (!period.ok) return period;
  return granted({ ...period.value, role, warnings });
}

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

function checkChange(holding: Holding, role: RoleDefinition, item: RequestedItem, person: Person): Refusal | null {
  if (!role.isRequestable) return notRequestable(role);
  if (!isEffective(holding)) {
    return {
      code: 'STATE_CONFLICT',
      rule: 'request.change-of-requested',
      message: `${person.displayName} does not have ${role.displayName} by a request, so it has no dates to change.`,
      hint: 'Ask with the action ADD.',
    };
  }
  const { startDate, endDate } = changed(item, holding);
  if (startDate !== holding.assignment?.startDate || endDate !== holding.assignment.endDate) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'request.change-something',
    message: `${role.displayName} has these dates already.`,
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
      'Change the rule, or what it reads about the person.',
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
