// Who decides in the place of candidates who have all left: without them a request would wait for ever.
// Owns when that is so and who they are; what they may then decide is approval.ts's.
import { type Approval, isOpen, type ReviewedRequest } from './approval-step.js';
import { profileHolders } from './approver.js';
import type { Configuration } from './configuration.js';
import { isOneOf, type NaturalPeople } from './four-eyes.js';
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
  samePeople: NaturalPeople = new Map(),
): ReviewedRequest['approvals'] {
  const ids = successors
    .filter(({ id }) => !isOneOf(samePeople, id, [request.requesterId, request.beneficiaryId]))
    .filter((person) => isActive(person, today))
    .map(({ id }) => id);
  const deserted = desertedSteps(request, candidates, today);
  const present = activeIds(candidates, today);
  if (ids.length === 0) return request.approvals;
  return request.approvals.map((step) =>
    deserted.includes(step)
      ? {
          ...step,
          candidates: [...new Set([...step.candidates.filter((id) => present.has(id)), ...ids])],
          rule: 'approval.successors',
        }
      : step,
  );
}

function desertedSteps(
  { approvals }: ReviewedRequest,
  candidates: readonly Person[],
  today: string,
): ReviewedRequest['approvals'] {
  const present = activeIds(candidates, today);
  return approvals.filter(
    (step) => isOpen(step) && step.candidates.filter(isThere(step, present)).length < missing(step),
  );
}

/** Who said yes already is not needed any more. */
const isThere =
  (step: Approval, present: ReadonlySet<string>) =>
  (id: string): boolean =>
    present.has(id) && !step.votes.some(({ decidedBy, onBehalfOf }) => id === (onBehalfOf ?? decidedBy));

const missing = ({ quorum, votes }: Approval): number => quorum - votes.length;

const activeIds = (people: readonly Person[], today: string): ReadonlySet<string> =>
  new Set(people.filter((person) => isActive(person, today)).map(({ id }) => id));
