// What a decision leads to: steps decided, opened or void, items approved or declined, and the state of the request.
// Owns counting yeses; who may say one is approval.ts'.
import {
  type Approval,
  type ApprovalDecision,
  type ChangedItem,
  firstOpen,
  type ReviewedRequest,
  type ReviewOutcome,
} from './approval-step.js';
import { itemTransitions, type RequestItem, type RequestState, requestStateOf } from './request.js';

/** `steps`: those decided now, each with its decider. */
export function outcomeOf(
  request: ReviewedRequest,
  steps: readonly Approval[],
  decision: ApprovalDecision,
  changes: readonly ChangedItem[],
): ReviewOutcome {
  const none = { voted: [], voided: [], changed: [], opened: [], approved: [], declined: [], state: request.state };
  const decided = steps.map((step) => ({ ...step, decision }));
  switch (decision) {
    case 'POSTPONED':
      return { ...none, decided };
    case 'DECLINED':
      return settled(request, { ...none, decided, declined: itemsOf(request, decided) });
    case 'APPROVED':
      return agreed(request, steps, changes);
    default:
      return decision satisfies never;
  }
}

/** A yes: counted, and where it was the last one the next step opens or the item is approved. */
function agreed(request: ReviewedRequest, steps: readonly Approval[], changes: readonly ChangedItem[]): ReviewOutcome {
  const voided = changes
    .filter(({ isNarrowing }) => !isNarrowing)
    .flatMap(({ item }) => peoplesDecisions(request, item));
  const lasting = steps.map((step) => (voided.some(({ id }) => id === step.id) ? { ...step, votes: [] } : step));
  const decided = lasting
    .filter((step) => step.votes.length + 1 >= step.quorum)
    .map((step): Approval => ({ ...step, decision: 'APPROVED' }));
  const voted = lasting.filter((step) => step.votes.length + 1 < step.quorum);
  const after = request.approvals.map(
    (one) => decided.find(({ id }) => id === one.id) ?? (voided.includes(one) ? blank(one) : one),
  );
  const touched = itemsOf(request, steps);
  return settled(request, {
    decided,
    voted,
    voided: voided.filter(({ id }) => !steps.some((step) => step.id === id)).map(blank),
    changed: changes.map(({ item }) => item),
    opened: touched.flatMap((item) => newlyOpen(request.approvals, after, item)),
    approved: touched.filter((item) => firstOpen(after, item) === undefined).map((item) => latest(item, changes)),
    declined: [],
    state: request.state,
  });
}

const latest = (item: RequestItem, changes: readonly ChangedItem[]): RequestItem =>
  changes.find((change) => change.item.id === item.id)?.item ?? item;

const peoplesDecisions = ({ approvals }: ReviewedRequest, item: RequestItem): readonly Approval[] =>
  approvals.filter((step) => step.itemId === item.id && (step.decidedBy !== null || step.votes.length > 0));

const blank = (step: Approval): Approval => ({ ...step, votes: [], decision: null, decidedBy: null, onBehalfOf: null });

function newlyOpen(before: readonly Approval[], after: readonly Approval[], item: RequestItem): readonly Approval[] {
  const next = firstOpen(after, item);
  return next === undefined || next.id === firstOpen(before, item)?.id ? [] : [next];
}

const itemsOf = (request: ReviewedRequest, steps: readonly Approval[]): readonly RequestItem[] =>
  request.items.filter((item) => steps.some((step) => step.itemId === item.id));

/** A rule decides steps instead of a person: everything of their items is settled as if somebody had. */
export function decideByRule(
  request: ReviewedRequest,
  steps: readonly Approval[],
  decision: Exclude<ApprovalDecision, 'POSTPONED'>,
): ReviewOutcome {
  if (decision === 'DECLINED') return outcomeOf(request, steps, decision, []);
  return agreed(
    request,
    steps.map((step) => ({ ...step, quorum: 1 })),
    [],
  );
}

function settled(request: ReviewedRequest, outcome: ReviewOutcome): ReviewOutcome {
  const isIn = (items: readonly RequestItem[], item: RequestItem): boolean => items.some(({ id }) => id === item.id);
  const stateOf = (item: RequestItem): RequestState => {
    if (isIn(outcome.approved, item)) return itemTransitions.approve.to;
    return isIn(outcome.declined, item) ? itemTransitions.decline.to : item.state;
  };
  return { ...outcome, state: requestStateOf(request.items.map(stateOf)) };
}
