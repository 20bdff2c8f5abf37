// Which existing accounts are an identity's: sure matches are linked, an equal key counts as sure, uncertain ones are proposed. Pure.
// Owns the choice (the table is in docs/role-model.md); the candidates are looked up by the store.
import type { Finding, FoundResource } from './account-question.js';
import type { RuleFailure } from './evaluation.js';
import type { ObservedResource } from './stored-account.js';

/** An existing resource that may be the account, or a key that is already promised. */
export interface Candidate {
  /** The correlation rule that matched; null = the key is equal. */
  readonly rule: string | null;
  /** Null: there is no such resource yet, but an account of that key is due to `owner`. */
  readonly resource: ObservedResource | null;
  /** The identity whose account it is; null = nobody's. */
  readonly owner: string | null;
  /** Key of the owner, for the message. */
  readonly ownerKey: string | null;
  /** What classification rules say the resource is; absent: nothing. */
  readonly classifiedAs?: string | null;
  readonly classificationConfidence?: number | null;
  /** A person has said that it is not this identity's. */
  readonly isDeclined?: boolean;
  /** A sure rule says that it is somebody else's, whatever this one says. */
  readonly isClaimed?: boolean;
  /** The same rule matches somebody else who is still there and has no such account: nothing says whose it is. */
  readonly isShared?: boolean;
  /** Somebody else's new account is to get this key: key of that person. */
  readonly promisedTo?: string | null;
}

export interface FindingInput {
  readonly identityId: string;
  readonly resourceType: string;
  /** The key a new account would get. */
  readonly key: string | RuleFailure;
  /** Correlation rules in their order. */
  readonly rules: readonly { readonly identifier: string; readonly confidencePercent: number }[];
  readonly candidates: readonly Candidate[];
  /** The identity has a resource of this type already. */
  readonly hasResource: boolean;
  /** `correlateMultipleResources` of the resource type. */
  readonly areSeveral: boolean;
  /** `suggestAllCorrelations` of the resource type. */
  readonly areAllSuggested: boolean;
  /** The resource type has classification rules: only what is classified as it can be its account. */
  readonly isClassified: boolean;
  /** Resources and keys that the same run has already given to others. */
  readonly isTaken: (candidate: { readonly resourceId: string } | { readonly key: string }) => boolean;
}

export function findingOf(input: FindingInput): Finding {
  const matches = matchesOf(input);
  const sure = matches.filter(
    ({ confidencePercent, isShared, promisedTo }) =>
      confidencePercent >= 100 && !(input.hasResource && (isShared || promisedTo !== null)),
  );
  const uncertain = matches.filter(
    ({ confidencePercent, isClaimed, promisedTo }) => confidencePercent < 100 && !isClaimed && promisedTo === null,
  );
  return input.hasResource ? furtherOf(input, sure, uncertain) : firstOf(input, sure, uncertain);
}

interface Match {
  readonly resource: ObservedResource;
  readonly rule: string;
  readonly confidencePercent: number;
  readonly isClaimed: boolean;
  readonly isShared: boolean;
  readonly promisedTo: string | null;
}

/** Surest first, then in the order of the rules; each resource once. What belongs to somebody is no match: two people may share an address. */
function matchesOf(input: FindingInput): readonly Match[] {
  const all = input.rules.flatMap(({ identifier, confidencePercent }) =>
    input.candidates
      .filter(({ rule }) => rule === identifier)
      .flatMap((candidate): readonly Match[] =>
        candidate.resource === null || !isFree(input, candidate, candidate.resource)
          ? []
          : [
              {
                resource: candidate.resource,
                rule: identifier,
                confidencePercent: Math.min(confidencePercent, certaintyOfClass(input, candidate)),
                isClaimed: candidate.isClaimed === true,
                isShared: candidate.isShared === true,
                promisedTo: candidate.promisedTo ?? null,
              },
            ],
      ),
  );
  const sorted = [...all].sort((a, b) => b.confidencePercent - a.confidencePercent);
  const seen = new Set<string>();
  return sorted.filter(({ resource }) => !seen.has(resource.id) && seen.add(resource.id));
}

const isFree = (input: FindingInput, candidate: Candidate, resource: ObservedResource): boolean =>
  candidate.owner === null &&
  candidate.isDeclined !== true &&
  isOfType(input, candidate) &&
  !input.isTaken({ resourceId: resource.id });

const isOfType = ({ isClassified, resourceType }: FindingInput, { classifiedAs }: Candidate): boolean =>
  !isClassified || classifiedAs === resourceType;

const certaintyOfClass = ({ isClassified }: FindingInput, { classificationConfidence }: Candidate): number =>
  isClassified ? (classificationConfidence ?? 100) : 100;

const linked = ({ resource }: Match): FoundResource => ({ resource, confidencePercent: null });
/** A sure match that is only proposed shows 99: what waits is never 100. */
const proposed = ({ resource, confidencePercent }: Match): FoundResource => ({
  resource,
  confidencePercent: Math.min(confidencePercent, 99),
});

/** The identity has its account: what else is found comes beside it. */
function furtherOf(
  { areSeveral, areAllSuggested }: FindingInput,
  sure: readonly Match[],
  uncertain: readonly Match[],
): Finding {
  if (areSeveral)
    return { kind: 'none', further: [...sure.map(linked), ...(areAllSuggested ? uncertain : []).map(proposed)] };
  return { kind: 'none', further: areAllSuggested ? sure.map(proposed) : [] };
}

function firstOf(input: FindingInput, sure: readonly Match[], uncertain: readonly Match[]): Finding {
  if (sure.length > 0) return bySureMatch(input, sure, uncertain);
  const keyed = byKey(
    input,
    input.candidates.filter(({ rule, owner }) => rule === null && owner !== input.identityId),
  );
  if (keyed.kind === 'found' || uncertain.length === 0) return keyed;
  return listed((input.areSeveral || input.areAllSuggested ? uncertain : uncertain.slice(0, 1)).map(proposed));
}

function bySureMatch(input: FindingInput, sure: readonly Match[], uncertain: readonly Match[]): Finding {
  const { areSeveral, areAllSuggested } = input;
  const suggested = areAllSuggested ? uncertain.map(proposed) : [];
  const shared = sure.find(({ isShared }) => isShared);
  if (shared !== undefined) return anotherMatches(input, shared);
  // Until that person is computed with the resource in sight.
  const promised = sure.find(({ promisedTo }) => promisedTo !== null);
  if (promised !== undefined) return taken(input.resourceType, promised.resource.content.key, promised.promisedTo);
  if (areSeveral) return listed([...sure.map(linked), ...suggested]);
  const [best] = sure;
  const rivals = sure.filter(({ rule }) => rule === best?.rule);
  if (rivals.length === 1)
    return listed([
      ...sure.slice(0, 1).map(linked),
      ...(areAllSuggested ? sure.slice(1).map(proposed) : []),
      ...suggested,
    ]);
  // Nothing says which of the two it is.
  return areAllSuggested ? listed([...sure.map(proposed), ...suggested]) : ambiguous(input, rivals);
}

function listed([first, ...further]: readonly FoundResource[]): Finding {
  if (first === undefined) return { kind: 'none' };
  return { kind: 'found', ...first, further };
}

function ambiguous({ resourceType }: FindingInput, rivals: readonly Match[]): Finding {
  const keys = rivals.map(({ resource }) => resource.content.key).sort();
  const rule = rivals[0]?.rule ?? '';
  return conflict(
    rule,
    `${keys.length} existing resources match as ${resourceType} by rule ${rule}: ${keys.slice(0, 5).join(', ')}. Correct the data, or link one of them.`,
  );
}

const anotherMatches = ({ resourceType }: FindingInput, { rule, resource }: Match): Finding =>
  conflict(
    rule,
    `The existing ${resourceType} ${resource.content.key} matches somebody else as well by rule ${rule}. Correct the data, or link it to one of them.`,
  );

function byKey(input: FindingInput, candidates: readonly Candidate[]): Finding {
  const { key, resourceType, isTaken } = input;
  if (typeof key !== 'string') return { kind: 'none' };
  const owned = candidates.find(({ owner }) => owner !== null);
  if (owned !== undefined) return taken(resourceType, key, owned.ownerKey);
  const free = candidates.find(({ resource }) => resource !== null);
  const resource = free?.resource ?? null;
  if (isTaken({ key }) || (resource !== null && isTaken({ resourceId: resource.id })))
    return taken(resourceType, key, null);
  if (free === undefined || resource === null) return { kind: 'none' };
  if (free.isDeclined === true || free.isClaimed === true || !isOfType(input, free))
    return notTheirs(resourceType, key);
  return { kind: 'found', resource, confidencePercent: keyConfidence(certaintyOfClass(input, free)) };
}

const keyConfidence = (certainty: number): number | null => (certainty >= 100 ? null : certainty);

const taken = (resourceType: string, key: string, ownerKey: string | null): Finding =>
  conflict(
    `${resourceType}.key`,
    `The key "${key}" of a new ${resourceType} is already the key of ${ownerKey ?? 'another person'}'s. Change what the key is made of for one of them.`,
  );

const notTheirs = (resourceType: string, key: string): Finding =>
  conflict(
    `${resourceType}.key`,
    `The key "${key}" of a new ${resourceType} is already the key of a resource that is not one of this person. Change what the key is made of, or remove that resource.`,
  );

const conflict = (rule: string, message: string): Finding => ({ kind: 'conflict', failure: { rule, message } });
