// Denying one person what rules give to everybody like them, and allowing it again: when either may be asked for.
import { type Holding, type RequestedItem } from './basket-item.js';
import type { RoleDefinition } from './configuration.js';
import { toGlobalId } from './global-id.js';
import type { Person } from './person.js';
import type { Refusal } from './refusal.js';

const isDenied = ({ assignment }: Holding): boolean => assignment?.workflowState === 'DECLINED';

export function checkDenial(
  holding: Holding,
  role: RoleDefinition,
  item: RequestedItem,
  person: Person,
): Refusal | null {
  if (item.startDate !== null || item.endDate !== null) return dated('denial');
  if (isDenied(holding)) return denied(role, person);
  if (holding.assignment !== null && holding.reasons.length > 0 && !isOnlyAutomatic(holding))
    return ownRow(role, person);
  if (holding.reasons.some(({ kind }) => kind === 'rule' || kind === 'role')) return null;
  const isHeld = holding.assignment !== null || holding.reasons.length > 0;
  return {
    code: 'STATE_CONFLICT',
    rule: 'request.deny.automatic',
    message: `No rule and no composite role gives ${role.displayName} to ${person.displayName}.`,
    hint: isHeld ? 'Ask for its removal (action REMOVE).' : 'Nothing has to be denied.',
  };
}

const isOnlyAutomatic = ({ assignment }: Holding): boolean => assignment?.workflowState === 'CANCELLATION';

/** Taking the denial back could not bring back what was approved or found before it. */
const ownRow = (role: RoleDefinition, person: Person): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'request.deny.automatic',
  message: `${person.displayName} has ${role.displayName} by a decision of its own, not only by rules.`,
  hint: 'Ask for its removal first (action REMOVE), or decide it where it waits for reconciliation.',
});

export function checkAllowance(
  holding: Holding,
  role: RoleDefinition,
  item: RequestedItem,
  person: Person,
): Refusal | null {
  if (item.startDate !== null || item.endDate !== null) return dated('end of a denial');
  if (isDenied(holding)) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'request.allow.denied',
    message: `${role.displayName} is not denied to ${person.displayName}.`,
    hint: 'Nothing has to be allowed.',
  };
}

export const denied = (role: RoleDefinition, person: Person): Refusal => ({
  code: 'STATE_CONFLICT',
  rule: 'request.not-denied',
  subjectId: toGlobalId('RoleAssignment', `${person.id}:${role.identifier}`),
  message: `${role.displayName} is denied to ${person.displayName}.`,
  hint: 'Ask for it to be allowed again (action ALLOW).',
});

const dated = (what: string): Refusal => ({
  code: 'INVALID',
  rule: 'request.denial-at-once',
  message: `A ${what} takes effect when it is approved; it has no dates.`,
  hint: 'Leave the dates out.',
});
