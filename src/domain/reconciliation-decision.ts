// What a person may decide about what was found, and who may. Pure; the effects are written by the store.
// Owns which decision fits which item; finding items is reconciliation.ts'.
import { type Actor } from './actor.js';
import { type FoundItem, type ReconciliationDecision, type ReconciliationKind, strayKinds } from './reconciliation.js';
import { type Decision, granted, type Refusal, refused } from './refusal.js';

export interface OpenItem extends FoundItem {
  /** Row id. */
  readonly id: string;
  /** False when somebody, or the engine, was faster. */
  readonly isOpen: boolean;
}

/** A decision as it was asked for. */
export interface ItemDecision {
  readonly decision: ReconciliationDecision;
  readonly comment: string | null;
  /** LINK: row id of the new owner; null when none was named, or nobody has that id. */
  readonly ownerId: string | null;
  /** POSTPONE: the day on which it is listed again; null: in `postponedDays`. */
  readonly until: string | null;
}

/** What must be known of the new owner to give them an account. */
export interface NewOwner {
  /** Not employed today. */
  readonly isAbsent: boolean;
  /** They own another account of that kind, and may have one. */
  readonly hasOther: boolean;
}

/** Who counts as the same human as the actor, row ids. The actor's own identity is among them. */
export type OwnIdentities = readonly string[];

export const postponedDays = 30;

const scalarDecisions = ['KEEP', 'CORRECT', 'IGNORE', 'POSTPONE'] as const;
const linkDecisions = ['KEEP', 'REMOVE', 'IGNORE', 'POSTPONE'] as const;

const decisionsOfKind: Readonly<Record<Exclude<ReconciliationKind, 'PROPERTY'>, readonly ReconciliationDecision[]>> = {
  ROLE: ['KEEP', 'REMOVE', 'IGNORE', 'POSTPONE'],
  RESOURCE: ['LINK', 'REMOVE', 'IGNORE', 'POSTPONE'],
  UNAUTHORIZED_ACCOUNT: ['KEEP', 'LINK', 'REMOVE', 'IGNORE', 'POSTPONE'],
  ORPHANED_ACCOUNT: ['LINK', 'REMOVE', 'IGNORE', 'POSTPONE'],
  UNUSED_ACCOUNT: ['KEEP', 'IGNORE', 'POSTPONE'],
};

export const decisionsFor = ({
  kind,
  targetKey,
}: Pick<FoundItem, 'kind' | 'targetKey'>): readonly ReconciliationDecision[] =>
  kind === 'PROPERTY' ? (targetKey === null ? scalarDecisions : linkDecisions) : decisionsOfKind[kind];

export interface DecisionQuestion {
  readonly item: OpenItem;
  readonly decision: ItemDecision;
  readonly actor: Actor;
  readonly own: OwnIdentities;
  /** Null when no owner was named or nobody has that id. */
  readonly owner: NewOwner | null;
  readonly today: string;
}

/** Every reason against it; `field` is relative to the decision. */
export function checkDecision(question: DecisionQuestion): Decision<true> {
  const refusals = [isOpen, isFitting, isForAnother, isReasoned, isForSomebody, isOfKnownType, isInTime].flatMap(
    (check) => check(question) ?? [],
  );
  const [first] = refusals;
  return first === undefined ? granted(true) : refused(first);
}

type Check = (question: DecisionQuestion) => Refusal | null;

const isOpen: Check = ({ item }) =>
  item.isOpen
    ? null
    : {
        code: 'STATE_CONFLICT',
        rule: 'reconciliation.open',
        field: ['reconciliationItemId'],
        message: 'This was decided already, or its cause has gone.',
        hint: 'Load the list again.',
      };

const isFitting: Check = ({ item, decision }) => {
  const allowed = decisionsFor(item);
  if (allowed.includes(decision.decision)) return null;
  return {
    code: 'INVALID',
    rule: 'reconciliation.fitting-decision',
    field: ['decision'],
    message: `${decision.decision} is no decision about ${nouns[item.kind]}.`,
    hint: `Choose one of ${allowed.join(', ')}.${hints[item.kind] ?? ''}`,
  };
};

const nouns: Readonly<Record<ReconciliationKind, string>> = {
  ROLE: 'a role that was found',
  RESOURCE: 'an account that several could own',
  PROPERTY: 'this value',
  UNAUTHORIZED_ACCOUNT: 'an account without a reason',
  ORPHANED_ACCOUNT: 'an account without an owner',
  UNUSED_ACCOUNT: 'an account that is not used',
};

const hints: Readonly<Partial<Record<ReconciliationKind, string>>> = {
  UNUSED_ACCOUNT: ' To remove it, take away the role that gives it.',
};

/** Whether these people may decide it, whatever the decision. */
export const isDecidable = ({ isOpen, identityId }: Pick<OpenItem, 'isOpen' | 'identityId'>, own: OwnIdentities) =>
  isOpen && !isAbout(own, identityId);

const isAbout = (own: OwnIdentities, id: string | null): boolean => id !== null && own.includes(id);

/** Nobody decides about what they have themselves, or gives themselves an account. */
const isForAnother: Check = ({ item, decision, own }) => {
  const isOwn = [item.identityId, decision.ownerId].some((id) => isAbout(own, id));
  if (!isOwn) return null;
  return {
    code: 'SELF_APPROVAL_FORBIDDEN',
    rule: 'reconciliation.not-about-oneself',
    field: ['reconciliationItemId'],
    message: 'Nobody decides about what they have themselves.',
    hint: 'Ask another role officer or administrator.',
  };
};

const isReasoned: Check = ({ decision: { decision, comment } }) =>
  decision !== 'REMOVE' || (comment ?? '').trim() !== ''
    ? null
    : {
        code: 'COMMENT_REQUIRED',
        rule: 'reconciliation.reason-for-removal',
        field: ['comment'],
        message: 'A removal needs a reason.',
        hint: 'Say in the comment why it is taken away.',
      };

const isForSomebody: Check = ({ decision: { decision, ownerId }, owner }) => {
  if (decision !== 'LINK') return null;
  const about = { rule: 'reconciliation.new-owner', field: ['ownerId'] };
  if (ownerId === null || owner === null)
    return {
      ...about,
      code: 'NOT_FOUND',
      message: 'Whose account it is was not said, or nobody has that id.',
      hint: 'Give the id of a person as ownerId.',
    };
  if (owner.isAbsent)
    return {
      ...about,
      code: 'STATE_CONFLICT',
      message: 'The person named is not employed today.',
      hint: 'Name somebody who is, or remove the account.',
    };
  if (owner.hasOther)
    return {
      ...about,
      code: 'ALREADY_ASSIGNED',
      message: 'The person named owns another account of this kind.',
      hint: 'Remove one of the two, or let the resource type correlate several (correlateMultipleResources).',
    };
  return null;
};

/** An order is about one resource type. */
const isOfKnownType: Check = ({ item, decision: { decision } }) => {
  const isAccount = (strayKinds as readonly string[]).includes(item.kind);
  if (!isAccount || item.resourceType !== null || (decision !== 'LINK' && decision !== 'REMOVE')) return null;
  return {
    code: 'STATE_CONFLICT',
    rule: 'reconciliation.known-type',
    field: ['decision'],
    message: 'It is not known which resource type the account is of: several have this entity type.',
    hint: 'Add a classification rule.',
  };
};

const isInTime: Check = ({ decision: { decision, until }, today }) => {
  if (decision !== 'POSTPONE' || until === null || until > today) return null;
  return {
    code: 'OUT_OF_RANGE',
    rule: 'reconciliation.postponed-to-the-future',
    field: ['until'],
    message: 'It can be put off to a later day only.',
    hint: `Leave the day out for ${postponedDays} days.`,
  };
};

/** How a group is decided as a whole: by its key, and only while it is as large as it was seen. */
export function checkGroup(groupKey: string, expectedCount: number, count: number): Refusal | null {
  const about = { rule: 'reconciliation.group-as-seen', field: ['expectedCount'] };
  if (count === 0)
    return {
      ...about,
      code: 'NOT_FOUND',
      message: `Nothing is open in the group ${groupKey}.`,
      hint: 'Load the list again.',
    };
  if (count === expectedCount) return null;
  return {
    ...about,
    code: 'STALE_VERSION',
    message: `The group ${groupKey} has ${count} open items, not ${expectedCount} as it was seen.`,
    hint: 'Look at the group again and decide with its present count.',
  };
}
