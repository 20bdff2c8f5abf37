// One identity evaluated, and everything that has to be asked of the directory before it can be decided on.
// Owns which accounts are looked for, and by what; values to be reserved are reservation-wish.ts', deciding bucket.ts'.
import { type AccountSearch, type Computation, computationFor, type LoadedIdentity } from './computation.js';
import { evaluate, inputOf } from './evaluate.js';
import type { Evaluation, IdentitySnapshot, RuleFailure } from './evaluation.js';
import { correlationValues, keyOfAccount } from './expected-account.js';
import { graced, type ProlongedRole } from './grace.js';
import type { CompiledModel, CompiledResourceType, ExpressionInput } from './model.js';
import { hasFixedKey, type StoredAccount } from './stored-account.js';

export interface PreparedIdentity extends LoadedIdentity {
  readonly evaluation: Evaluation;
  readonly prolonged: readonly ProlongedRole[];
  readonly input: ExpressionInput;
  /** By resource type: the first account of each. */
  readonly accounts: ReadonlyMap<string, StoredAccount>;
  /** By resource type: computed keys of accounts whose key is not fixed; those that must be unique are not in it. */
  readonly keys: ReadonlyMap<string, string | RuleFailure>;
  /** Types whose account gets a key that must be unique, to be reserved. */
  readonly openKeys: readonly CompiledResourceType[];
  readonly searches: readonly AccountSearch[];
}

export function prepare(shared: Computation, loaded: LoadedIdentity): PreparedIdentity {
  const { model, today, ahead } = computationFor(shared, loaded.snapshot);
  const { stored } = loaded;
  const evaluateOn = (one: IdentitySnapshot): Evaluation => evaluate(one, model, today, ahead);
  const before = stored.state === null ? null : { ...stored.state, roles: stored.roles };
  const question = { snapshot: loaded.snapshot, hash: loaded.hash, before, model, today, evaluateOn };
  const { snapshot, evaluation, prolonged } = graced(question, evaluateOn(loaded.snapshot));
  const accounts = new Map(
    stored.accounts.filter(({ slot }) => slot === 0).map((account) => [account.resourceType, account]),
  );
  const input = inputOf(snapshot, evaluation.roles, today);
  const due = dueTypes(evaluation, model);
  const unread = due.filter(({ definition }) => (accounts.get(definition.identifier)?.observed ?? null) === null);
  const unnamed = unread.filter(({ definition }) => !hasFixedKey(accounts.get(definition.identifier) ?? null));
  const keys = new Map(
    unnamed
      .filter(({ definition }) => !definition.isKeyUnique)
      .map((type) => [type.definition.identifier, keyOfAccount(type, input)]),
  );
  const isUnnamed = new Set(unnamed);
  const keyOf = (type: CompiledResourceType): string | null => {
    const { identifier } = type.definition;
    const key = isUnnamed.has(type) ? keys.get(identifier) : accounts.get(identifier)?.resourceKey;
    return typeof key === 'string' ? key : null;
  };
  const searches = [
    ...unread.map((type) => searchFor(snapshot.id, type, input, keyOf(type), false)),
    ...further(due, unread).map((type) => searchFor(snapshot.id, type, input, null, true)),
  ];
  const openKeys = unnamed.filter(({ definition }) => definition.isKeyUnique);
  return { ...loaded, snapshot, evaluation, prolonged, input, accounts, keys, openKeys, searches };
}

const dueTypes = ({ accounts }: Evaluation, model: CompiledModel): readonly CompiledResourceType[] =>
  accounts
    .filter(({ kind }) => kind === 'due')
    .flatMap(({ resourceType }) => model.resourceTypes.get(resourceType) ?? []);

/** What owns several, or is offered more, is looked for although there is one. */
const further = (
  due: readonly CompiledResourceType[],
  unread: readonly CompiledResourceType[],
): readonly CompiledResourceType[] =>
  due.filter(
    (type) =>
      (type.definition.correlateMultipleResources || type.definition.suggestAllCorrelations) && !unread.includes(type),
  );

const searchFor = (
  identityId: string,
  type: CompiledResourceType,
  input: ExpressionInput,
  key: string | null,
  hasResource: boolean,
): AccountSearch => ({
  identityId,
  resourceType: type.definition.identifier,
  entityType: type.targetEntityType.identifier,
  key,
  correlations: correlationValues(type, input),
  sureRules: type.correlationRules
    .filter(({ confidencePercent }) => confidencePercent >= 100)
    .map(({ identifier }) => identifier),
  hasResource,
});
