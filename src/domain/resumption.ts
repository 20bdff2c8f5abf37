// How an order is gone on with that a former try may have carried out. Owns what the look at its row leads to, and how often
// workers may die over it; what a row shows of a wish is outcome.ts', what another connection shows sight.ts'.
import type { ResourceDelta } from './assignment.js';
import { inTheWay, poisonous, resumptionOf, type Verdict, verdictOfError, withBothValues } from './outcome.js';
import { type AttemptStep, stepOf } from './provisioning-attempt.js';
import { awaitedAnswer, blindResumption, isOwnLook, type Look, lostAnswer } from './sight.js';

export interface ResumedOrder {
  readonly delta: ResourceDelta;
  /** Holders in a row that died while they had it. */
  readonly interruptions: number;
}

/** `step`: what the history says of it. */
export type ResumedAct =
  | { readonly kind: 'write'; readonly delta: ResourceDelta; readonly step: AttemptStep }
  | { readonly kind: 'decided'; readonly verdict: Verdict; readonly step: AttemptStep | null };

/** `isIdempotent`: asked only where the connection that writes has not shown the row. */
export function actAfterLook(order: ResumedOrder, look: Look, isIdempotent: boolean): ResumedAct {
  if (!isOwnLook(look)) return actAfterBlindLook(order, look, isIdempotent);
  if (look.kind === 'failed') return decided(verdictOfError(look.failure));
  const resumption = resumptionOf(order.delta, look.content);
  switch (resumption.kind) {
    case 'executed':
      return alreadyDone(look);
    case 'write':
      return sent(order, resumption.delta, stepOf('MATCH', 'SUCCEEDED', 0, lacking, null));
    case 'failed':
      return decided({ kind: 'failed', failure: withBothValues(inTheWay(order.delta), resumption.mismatches) });
    default:
      return resumption satisfies never;
  }
}

const lacking = 'The target lacks the wish or a part of it.';

/** Where the connection that writes cannot read: another one may show that it was done, and never that it was not. */
function actAfterBlindLook(order: ResumedOrder, look: Look, isIdempotent: boolean): ResumedAct {
  const { delta } = order;
  const resumption = blindResumption(delta, look, isIdempotent);
  switch (resumption.kind) {
    case 'executed':
      return alreadyDone(look);
    case 'write':
      return sent(order, resumption.delta, stepOf('MATCH', 'SKIPPED', 0, null, repeated));
    case 'wait':
      return decided(verdictOfError(awaitedAnswer(delta)));
    case 'lost':
      return decided({ kind: 'failed', failure: lostAnswer(delta, 'a former try had no answer.') });
    default:
      return resumption satisfies never;
  }
}

const repeated = 'The same change is sent again under its key.';

const decided = (verdict: Verdict): ResumedAct => ({ kind: 'decided', verdict, step: null });

const alreadyDone = (look: Look): ResumedAct => ({
  kind: 'decided',
  verdict: { kind: 'executed', how: 'applied', key: look.kind === 'seen' ? (look.content?.key ?? null) : null },
  step: stepOf('MATCH', 'SUCCEEDED', 0, 'The target already holds the wish.', null),
});

/** Workers that may die over one order before a person is asked: it may be the order that kills them. */
const interruptionsAllowed = 3;

const sent = ({ delta: whole, interruptions }: ResumedOrder, delta: ResourceDelta, step: AttemptStep): ResumedAct =>
  interruptions < interruptionsAllowed
    ? { kind: 'write', delta, step }
    : decided({ kind: 'failed', failure: poisonous(whole, interruptionsAllowed) });
