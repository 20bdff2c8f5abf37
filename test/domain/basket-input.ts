// Baskets to check: roles, what one person holds of them, and items that ask for something.
import type { BasketInput, Holding, RequestedItem } from '../../src/domain/basket-item.js';
import type { RoleDefinition } from '../../src/domain/configuration.js';
import type { Person } from '../../src/domain/person.js';

export const camille: Person = {
  id: 'c',
  identifier: 'camille.roy',
  displayName: 'Camille Roy',
  managerKey: 'ines.aubry',
  startDate: null,
  endDate: null,
  isRemoved: false,
};

const role = (identifier: string, changes: Partial<RoleDefinition> = {}): RoleDefinition => ({
  identifier,
  displayName: identifier,
  description: null,
  category: null,
  policy: 'default',
  owner: null,
  isRequestable: true,
  isPrivileged: false,
  approvalWorkflow: 'NONE',
  approvers: [],
  maxDurationDays: null,
  parameters: [],
  gracePeriodDays: 0,
  prolongationWithoutApproval: false,
  implicitApproval: false,
  approvalDays: null,
  ...changes,
});
const parameter = (identifier: string, dimension: string | null, isRequired = true) => ({
  identifier,
  displayName: identifier,
  dimension,
  isRequired,
});
export const roles = new Map(
  [
    role('editor'),
    role('closed', { isRequestable: false }),
    role('short', { maxDurationDays: 30 }),
    role('root', { isPrivileged: true }),
    role('kit'),
    role('local', { parameters: [parameter('site', 'site'), parameter('note', null, false)] }),
    role('long', { prolongationWithoutApproval: true }),
  ].map((each) => [each.identifier, each]),
);

export const holding = (identifier: string, changes: Partial<Holding>): ReadonlyMap<string, Holding> =>
  new Map([[identifier, { role: identifier, reasons: [], assignment: null, open: null, ...changes }]]);
export const held = (changes: { startDate?: string; endDate?: string } = {}) => ({
  workflowState: 'APPROVED' as const,
  startDate: null,
  endDate: null,
  parameters: null,
  ...changes,
});
export const byRule = holding('editor', { reasons: [{ kind: 'rule', cause: 'sales-edit' }] });
export const byRole = holding('editor', { reasons: [{ kind: 'role', cause: 'sales-kit' }] });
export const byRequest = holding('editor', {
  reasons: [{ kind: 'request', cause: 'i' }],
  assignment: held({ startDate: '2031-01-01' }),
});
export const leaving = holding('editor', { assignment: { ...held(), workflowState: 'CANCELLATION' } });
export const forbidden = holding('editor', { assignment: { ...held(), workflowState: 'DECLINED' } });
export const waiting = holding('editor', {
  open: { requestId: '0f4b5c1e-0000-7000-8000-000000000001', number: 'REQ-7' },
});

export const item = (changes: Partial<RequestedItem> = {}): RequestedItem => ({
  action: 'ADD',
  role: 'editor',
  startDate: null,
  endDate: null,
  parameters: null,
  ...changes,
});
export const basket = (items: readonly RequestedItem[], changes: Partial<BasketInput> = {}): BasketInput => ({
  beneficiary: camille,
  items,
  justification: null,
  roles,
  singleRolesOf: new Map([['kit', ['editor', 'root']]]),
  knownValues: new Map([['site', new Set(['lyon'])]]),
  holdings: new Map(),
  today: '2031-05-10',
  ...changes,
});
export const on = (holdings: ReadonlyMap<string, Holding>, changes: Partial<RequestedItem> = {}) =>
  basket([item(changes)], { holdings });

export const prolong = (changes: Partial<RequestedItem>) =>
  basket([item({ action: 'UPDATE', role: 'long', ...changes })], {
    holdings: holding('long', { assignment: held({ startDate: '2031-01-01', endDate: '2031-06-30' }) }),
  });
