// Approving something else than was asked for: other dates or parameters of an item, checked like a new request.
// Owns what a mere narrowing is; what becomes of earlier decisions is approval-outcome.ts'.
import type { ChangedItem, ReviewedRequest } from './approval-step.js';
import type { RoleDefinition } from './configuration.js';
import { checkParameters, isSameParameters, type KnownValues, type Parameters } from './parameter.js';
import { checkPeriod } from './period.js';
import type { Person } from './person.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';
import type { RequestItem } from './request.js';

/** Undefined stays as it is; a null date is open. */
export interface AskedChange {
  /** Row id; null when the id given is no item's. */
  readonly itemId: string | null;
  readonly startDate?: string | null;
  readonly endDate?: string | null;
  readonly parameters?: unknown;
}

export interface ChangeInput {
  readonly request: ReviewedRequest;
  readonly changes: readonly AskedChange[];
  readonly beneficiary: Person;
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  readonly knownValues: KnownValues;
  readonly today: string;
}

/** The items as they will be, with one sentence each on what is different. */
export interface Rewritten extends ChangedItem {
  readonly sentence: string;
}

/** Leaves out changes that change nothing. */
export function rewrite(input: ChangeInput): Decision<readonly Rewritten[]> {
  const results = input.changes.map((change, index) => rewriteOne(input, change, index));
  const refusals = results.flatMap((result) => (result.ok ? [] : result.refusals));
  if (refusals.length > 0) return refused(...refusals);
  return granted(results.flatMap((result) => (result.ok && result.value !== null ? [result.value] : [])));
}

function rewriteOne(input: ChangeInput, change: AskedChange, index: number): Decision<Rewritten | null> {
  const { request, roles, beneficiary, today, knownValues } = input;
  const item = request.items.find(({ id }) => id === change.itemId);
  const role = item === undefined ? undefined : roles.get(item.role);
  if (item === undefined || role === undefined) return refused(at(unknownItem(request), index, ['itemId']));
  const isTwice = input.changes.findIndex(({ itemId }) => itemId === change.itemId) !== index;
  if (isTwice || (item.action !== 'ADD' && item.action !== 'UPDATE'))
    return refused(at(notChangeable(item, isTwice), index, ['itemId']));
  const dates = {
    startDate: change.startDate === undefined ? item.startDate : change.startDate,
    endDate: change.endDate === undefined ? item.endDate : change.endDate,
  };
  const period = checkPeriod(dates, role, { today, beneficiary }, index, item.startDate);
  const parameters = checkParameters(change.parameters, role, item.parameters, knownValues, index);
  if (!period.ok || !parameters.ok) {
    const all = [period, parameters].flatMap((one) => (one.ok ? [] : one.refusals));
    return refused(...all.map((refusal) => at(refusal, index, (refusal.field ?? []).slice(3))));
  }
  const { startDate, endDate } = period.value;
  const next = { ...item, startDate, endDate, parameters: parameters.value };
  return granted(
    isEqual(item, next)
      ? null
      : { item: next, isNarrowing: narrows(item, next), sentence: sentenceOf(item, next, role) },
  );
}

const isEqual = (before: RequestItem, after: RequestItem): boolean =>
  before.startDate === after.startDate &&
  before.endDate === after.endDate &&
  isSameParameters(before.parameters, after.parameters);

/** Later or the same start, earlier or the same end, the same parameters: nobody who said yes said yes to less. */
export const narrows = (before: RequestItem, after: RequestItem): boolean =>
  (before.startDate === null || (after.startDate !== null && after.startDate >= before.startDate)) &&
  (before.endDate === null || (after.endDate !== null && after.endDate <= before.endDate)) &&
  isSameParameters(before.parameters, after.parameters);

function sentenceOf(before: RequestItem, after: RequestItem, role: RoleDefinition): string {
  const parts = [
    ...(before.startDate === after.startDate
      ? []
      : [`starts ${day(after.startDate, 'at once')} instead of ${day(before.startDate, 'at once')}`]),
    ...(before.endDate === after.endDate
      ? []
      : [`ends ${day(after.endDate, 'never')} instead of ${day(before.endDate, 'never')}`]),
    ...(isSameParameters(before.parameters, after.parameters)
      ? []
      : [`is for ${text(after.parameters)} instead of ${text(before.parameters)}`]),
  ];
  return `Approved with a change: ${role.displayName} ${parts.join(', and ')}.`;
}

const day = (value: string | null, open: string): string => (value === null ? open : `on ${value}`);
const text = (parameters: Parameters | null): string =>
  Object.entries(parameters ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'nothing';

const at = (refusal: Refusal, index: number, rest: readonly string[]): Refusal => ({
  ...refusal,
  field: ['changes', String(index), ...rest],
});

const unknownItem = (request: ReviewedRequest): Refusal => ({
  code: 'NOT_FOUND',
  rule: 'approval.change-item',
  message: `A change is about an item that ${request.number} does not have.`,
  hint: 'Take the id from AssignmentRequest.items.',
});

const notChangeable = (item: RequestItem, isTwice: boolean): Refusal => ({
  code: isTwice ? 'DUPLICATE' : 'INVALID',
  rule: 'approval.change-item',
  message: isTwice
    ? `Item ${item.position + 1} is changed twice.`
    : `Item ${item.position + 1} has nothing to change: ${item.action} takes neither dates nor parameters.`,
  hint: isTwice ? 'Give one change an item.' : 'Approve or decline it as it is.',
});
