// Which existing account is the one an identity should have: by sure correlation, else by equal key. Pure.
// Owns the choice; the candidates are looked up by the store.
import type { Finding } from './account-decision.js';
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
}

export interface FindingInput {
  readonly identityId: string;
  readonly resourceType: string;
  /** The key a new account would get. */
  readonly key: string | RuleFailure;
  /** Correlation rules in their order. */
  readonly rules: readonly string[];
  readonly candidates: readonly Candidate[];
  /** Resources and keys that the same run has already given to others. */
  readonly isTaken: (candidate: { readonly resourceId: string } | { readonly key: string }) => boolean;
}

export function findingOf(input: FindingInput): Finding {
  const others = input.candidates.filter(({ owner }) => owner !== input.identityId);
  for (const rule of input.rules) {
    const finding = byRule(
      input,
      rule,
      others.filter((candidate) => candidate.rule === rule),
    );
    if (finding !== null) return finding;
  }
  return byKey(
    input,
    others.filter(({ rule }) => rule === null),
  );
}

/** Null when the rule finds nothing free. What belongs to somebody else is no match: two people may share an address. */
function byRule(
  { isTaken, resourceType }: FindingInput,
  rule: string,
  candidates: readonly Candidate[],
): Finding | null {
  const free = candidates.flatMap(({ resource, owner }) =>
    resource === null || owner !== null || isTaken({ resourceId: resource.id }) ? [] : [resource],
  );
  const [first, second] = free;
  if (first === undefined) return null;
  if (second === undefined) return { kind: 'found', resource: first };
  const keys = free.map(({ content }) => content.key).sort();
  return conflict(
    rule,
    `${keys.length} existing resources match as ${resourceType} by rule ${rule}: ${keys.slice(0, 5).join(', ')}. Correct the data, or link one of them.`,
  );
}

function byKey({ key, resourceType, isTaken }: FindingInput, candidates: readonly Candidate[]): Finding {
  if (typeof key !== 'string') return { kind: 'none' };
  const owned = candidates.find(({ owner }) => owner !== null);
  if (owned !== undefined) return taken(resourceType, key, owned.ownerKey);
  const free = candidates.find(({ resource }) => resource !== null)?.resource ?? null;
  if (isTaken({ key }) || (free !== null && isTaken({ resourceId: free.id }))) return taken(resourceType, key, null);
  return free === null ? { kind: 'none' } : { kind: 'found', resource: free };
}

const taken = (resourceType: string, key: string, ownerKey: string | null): Finding =>
  conflict(
    `${resourceType}.key`,
    `The key "${key}" of a new ${resourceType} is already the key of ${ownerKey ?? 'another person'}'s. Change what the key is made of for one of them.`,
  );

const conflict = (rule: string, message: string): Finding => ({ kind: 'conflict', failure: { rule, message } });
