// One computation over many identities, as two pure halves around the look-up of existing accounts: prepare says what to
// look for, conclude decides. Owns the order of identities and what one run has already given away.
import { dayOfPeople } from '../person.js';
import type { Digest } from '../resource.js';
import type { Finding } from './account-decision.js';
import { evaluate, inputOf, inputText } from './evaluate.js';
import type { Evaluation, IdentitySnapshot, RuleFailure } from './evaluation.js';
import { correlationValues, keyOfAccount } from './expected-account.js';
import { type Candidate, type FindingInput, findingOf } from './finding.js';
import type { CompiledModel, CompiledResourceType } from './model.js';
import { type Reconciliation, reconcile, type StoredIdentity } from './reconcile.js';
import { hasFixedKey } from './stored-account.js';

/** What all identities of a run share. */
export interface Computation {
  readonly model: CompiledModel;
  /** ISO calendar day in the zone of the identities. */
  readonly today: string;
  readonly digest: Digest;
  readonly newId: () => string;
}

/** The computation of this moment. */
export const computationAt = (
  model: CompiledModel,
  now: Date,
  { timeZone, digest, newId }: Pick<Computation, 'digest' | 'newId'> & { readonly timeZone: string },
): Computation => ({ model, today: dayOfPeople(now, model.identityType, timeZone), digest, newId });

/** One identity with everything. */
export interface LoadedIdentity {
  readonly snapshot: IdentitySnapshot;
  /** Hash of the identity's row. */
  readonly hash: string;
  readonly stored: StoredIdentity;
}

/** An account that has no resource yet: where to look for an existing one. */
export interface AccountSearch {
  readonly identityId: string;
  readonly resourceType: string;
  readonly entityType: string;
  /** The key a new one would get; null = look by correlation only. */
  readonly key: string | null;
  readonly correlations: readonly { readonly rule: string; readonly value: string }[];
  /** Rules that tell for sure whose a resource is: what they say of somebody else counts more than an uncertain match. */
  readonly sureRules: readonly string[];
  /** The identity has its account: only further ones are looked for. */
  readonly hasResource: boolean;
}

export interface PreparedBucket {
  readonly searches: readonly AccountSearch[];
  /** `candidates`: by `searchKey`. In the order of the identities. */
  readonly conclude: (candidates: ReadonlyMap<string, readonly Candidate[]>) => readonly Reconciliation[];
}

export const searchKey = ({ identityId, resourceType }: Pick<AccountSearch, 'identityId' | 'resourceType'>): string =>
  `${identityId}/${resourceType}`;

export function prepareBucket(computation: Computation, loaded: readonly LoadedIdentity[]): PreparedBucket {
  const prepared = loaded.map((identity) => prepare(computation, identity));
  return {
    searches: prepared.flatMap(({ searches }) => searches),
    conclude: (candidates) => {
      const given = new Set<string>();
      return prepared.map((each) => {
        const result = conclude(computation, each, candidates, given);
        for (const taken of givenBy(computation, result)) given.add(taken);
        return result;
      });
    },
  };
}

interface PreparedIdentity extends LoadedIdentity {
  readonly evaluation: Evaluation;
  readonly keys: ReadonlyMap<string, string | RuleFailure>;
  readonly searches: readonly AccountSearch[];
}

function prepare({ model, today }: Computation, loaded: LoadedIdentity): PreparedIdentity {
  const { snapshot, stored } = loaded;
  const evaluation = evaluate(snapshot, model, today);
  const accounts = new Map(stored.accounts.map((account) => [account.resourceType, account]));
  const input = inputOf(snapshot, evaluation.roles, today);
  const unread = evaluation.accounts
    .filter((account) => account.kind === 'due' && (accounts.get(account.resourceType)?.observed ?? null) === null)
    .flatMap(({ resourceType }) => model.resourceTypes.get(resourceType) ?? []);
  // What owns several, or is offered more, is looked for although there is one.
  const further = evaluation.accounts
    .filter((account) => account.kind === 'due' && (accounts.get(account.resourceType)?.observed ?? null) !== null)
    .flatMap(({ resourceType }) => model.resourceTypes.get(resourceType) ?? [])
    .filter(({ definition }) => definition.correlateMultipleResources || definition.suggestAllCorrelations);
  const unnamed = unread.filter((type) => !hasFixedKey(accounts.get(type.definition.identifier) ?? null));
  const keys = new Map(unnamed.map((type) => [type.definition.identifier, keyOfAccount(type, input)]));
  const fixedKey = (type: CompiledResourceType): string => accounts.get(type.definition.identifier)?.resourceKey ?? '';
  const searches = [...unread, ...further].map((type): AccountSearch => {
    const hasResource = further.includes(type);
    const key = hasResource ? null : (keys.get(type.definition.identifier) ?? fixedKey(type));
    return {
      identityId: snapshot.id,
      resourceType: type.definition.identifier,
      entityType: type.targetEntityType.identifier,
      key: typeof key === 'string' ? key : null,
      correlations: correlationValues(type, input),
      sureRules: sureRulesOf(type),
      hasResource,
    };
  });
  return { ...loaded, evaluation, keys, searches };
}

function conclude(
  { model, today, digest, newId }: Computation,
  prepared: PreparedIdentity,
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  given: ReadonlySet<string>,
): Reconciliation {
  const { snapshot, evaluation, stored, hash, keys } = prepared;
  const findings = new Map(
    prepared.searches.map((search): [string, Finding] => [
      search.resourceType,
      findingOf({
        identityId: snapshot.id,
        resourceType: search.resourceType,
        key: search.key ?? keys.get(search.resourceType) ?? '',
        ...matchingOf(model.resourceTypes.get(search.resourceType)),
        candidates: candidates.get(searchKey(search)) ?? [],
        hasResource: search.hasResource,
        isTaken: (it) => given.has('resourceId' in it ? it.resourceId : keyText(search.entityType, it.key)),
      }),
    ]),
  );
  return reconcile({
    identityId: snapshot.id,
    evaluation,
    stored,
    findings,
    keys,
    model,
    today,
    digest,
    newId,
    inputHash: inputText(snapshot, evaluation.position, hash, model, today),
  });
}

const sureRulesOf = ({ correlationRules }: CompiledResourceType): readonly string[] =>
  correlationRules.filter(({ confidencePercent }) => confidencePercent >= 100).map(({ identifier }) => identifier);

const matchingOf = (
  type: CompiledResourceType | undefined,
): Pick<FindingInput, 'rules' | 'areSeveral' | 'areAllSuggested' | 'isClassified'> => ({
  rules: type?.correlationRules ?? [],
  areSeveral: type?.definition.correlateMultipleResources ?? false,
  areAllSuggested: type?.definition.suggestAllCorrelations ?? false,
  isClassified: (type?.classificationRules.length ?? 0) > 0,
});

const keyText = (entityType: string, key: string): string => `${entityType}\n${key}`;

/** Resources and keys that are from now on this identity's. */
function givenBy({ model }: Computation, { inserted, updated }: Reconciliation): readonly string[] {
  return [...inserted, ...updated]
    .filter((account) => account.isDue && account.provisioningState !== 'ERROR')
    .flatMap((account) => {
      const entityType = model.resourceTypes.get(account.resourceType)?.targetEntityType.identifier ?? '';
      return [keyText(entityType, account.resourceKey), ...(account.resourceId === null ? [] : [account.resourceId])];
    });
}
