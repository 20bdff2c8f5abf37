// Decides on a bucket of identities: asks the directory once for all of them, then concludes one after the other.
// Owns the order of questions and of identities, and what one run has already given away.
import { type Answers, answeredEvaluation, answersTo } from './answer.js';
import type { Finding } from './account-question.js';
import {
  type Candidates,
  type Computation,
  computationFor,
  type Directory,
  type LoadedIdentity,
  searchKey,
} from './computation.js';
import { inputText } from './evaluate.js';
import { type FindingInput, findingOf } from './finding.js';
import type { CompiledResourceType } from './model.js';
import { type PreparedIdentity, prepare } from './prepared-identity.js';
import { type Reconciliation, reconcile } from './reconcile.js';
import { keysOf, reservationWishes } from './reservation-wish.js';

/** In the order of the identities. */
export async function decideBucket(
  computation: Computation,
  loaded: readonly LoadedIdentity[],
  directory: Directory,
): Promise<readonly Reconciliation[]> {
  const prepared = loaded.map((identity) => prepare(computation, identity));
  const candidates = await directory.find(prepared.flatMap(({ searches }) => searches));
  const answers = await answersFor(computation, prepared, candidates, directory);
  const given = new Set<string>();
  return prepared.map((each) => {
    const result = conclude(computation, each, { candidates, answers, given });
    for (const taken of givenBy(computation, result)) given.add(taken);
    return result;
  });
}

/** What is reserved now counts more than what was before. */
async function answersFor(
  { model }: Computation,
  prepared: readonly PreparedIdentity[],
  candidates: Candidates,
  { ask, reserve }: Directory,
): Promise<Answers> {
  const evaluated = prepared.map(({ snapshot, evaluation }) => ({ id: snapshot.id, evaluation }));
  const answers = await answersTo(model, evaluated, ask);
  const wishes = prepared.flatMap((each) => reservationWishes(model, each, { candidates, answers }));
  if (wishes.length === 0) return answers;
  return { ...answers, reservations: new Map([...answers.reservations, ...(await reserve(wishes))]) };
}

interface Found {
  readonly candidates: Candidates;
  readonly answers: Answers;
  /** Resources and keys that are another identity's since this run began. */
  readonly given: ReadonlySet<string>;
}

function conclude(computation: Computation, prepared: PreparedIdentity, found: Found): Reconciliation {
  const { model, today, digest, newId } = computationFor(computation, prepared.snapshot);
  const { snapshot, evaluation, stored, hash, prolonged } = prepared;
  const keys = keysOf(prepared, found.answers);
  return reconcile({
    identityId: snapshot.id,
    isOrphan: snapshot.isRemoved,
    evaluation: answeredEvaluation(evaluation, snapshot.id, found.answers),
    prolonged,
    stored,
    findings: findingsOf(computation, prepared, keys, found),
    keys,
    model,
    today,
    digest,
    newId,
    inputHash: inputText(snapshot, evaluation.position, hash, model, today),
  });
}

function findingsOf(
  { model }: Computation,
  { snapshot, searches }: PreparedIdentity,
  keys: ReturnType<typeof keysOf>,
  { candidates, given }: Found,
): ReadonlyMap<string, Finding> {
  return new Map(
    searches.map((search): [string, Finding] => [
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
}

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
