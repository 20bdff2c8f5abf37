// Who decides in the place of candidates who have all left: without them a request would wait for ever.
// Owns when that is so and who they are; what they may then decide is approval.ts's.
import { isOpen, type ReviewedRequest } from './approval.js';
import { profileHolders } from './approver.js';
import type { Configuration } from './configuration.js';
import { isActive, type Person } from './person.js';

/** Business keys of those who may follow. */
export const successorKeys = (configuration: Configuration): readonly string[] => [
  ...new Set([...profileHolders('role-officer', configuration), ...profileHolders('administrator', configuration)]),
];

/** True when an open step has nobody left of those it was to be decided by. */
export const isDeserted = (request: ReviewedRequest, candidates: readonly Person[], today: string): boolean =>
  desertedSteps(request, candidates, today).length > 0;

/** The request with every deserted step put to the active ones of `successors` who are disinterested. */
export function withSuccessors(
  request: ReviewedRequest,
  candidates: readonly Person[],
  successors: readonly Person[],
  today: string,
): ReviewedRequest['approvals'] {
  const ids = successors
    .filter(({ id }) => id !== request.requesterId && id !== request.beneficiaryId)
    .filter((person) => isActive(person, today))
    .map(({ id }) => id);
  const deserted = desertedSteps(request, candidates, today);
  if (ids.length === 0) return request.approvals;
  return request.approvals.map((step) =>
    deserted.includes(step) ? { ...step, candidates: ids, rule: 'approval.successors' } : step,
  );
}

function desertedSteps(
  { approvals }: ReviewedRequest,
  candidates: readonly Person[],
  today: string,
): ReviewedRequest['approvals'] {
  const present = new Set(candidates.filter((person) => isActive(person, today)).map(({ id }) => id));
  return approvals.filter((step) => isOpen(step) && !step.candidates.some((id) => present.has(id)));
}
