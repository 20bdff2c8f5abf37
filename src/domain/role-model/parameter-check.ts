// Parameters whose values are rows: an account that a role with such a value gives is put together only once the row is known.
// Owns which values are to be looked up for an account; answers are answer.ts', parameters that are missing role-parameter.ts'.
import type { DueAccount } from './evaluation.js';
import type { HeldRoles } from './held-role.js';
import type { CompiledModel } from './model.js';
import type { ParameterCheck } from './open-value.js';

/** Role → its parameters that are bound to a dimension whose values are rows. */
type BoundParameters = ReadonlyMap<string, readonly Omit<ParameterCheck, 'value' | 'role'>[]>;

const known = new WeakMap<CompiledModel, BoundParameters>();

export function boundParameters(model: CompiledModel): BoundParameters {
  const found = known.get(model);
  if (found !== undefined) return found;
  const made = boundOf(model);
  known.set(model, made);
  return made;
}

function boundOf({ roles, configuration }: CompiledModel): BoundParameters {
  const entityTypeOf = new Map(configuration.dimensions.map(({ identifier, entityType }) => [identifier, entityType]));
  const bound = [...roles].map(([role, { parameters }]) => {
    const own = parameters.flatMap(({ identifier, dimension }) => {
      const entityType = dimension === null ? null : (entityTypeOf.get(dimension) ?? null);
      return dimension === null || entityType === null ? [] : [{ parameter: identifier, dimension, entityType }];
    });
    return [role, own] as const;
  });
  return new Map(bound.filter(([, own]) => own.length > 0));
}

/** Adds what is to be looked up to an account that the role has to do with. */
export function withParameterChecks(
  account: DueAccount,
  { roles, parameters }: Pick<HeldRoles, 'roles' | 'parameters'>,
  model: CompiledModel,
): DueAccount {
  const bound = boundParameters(model);
  if (bound.size === 0) return account;
  const held = new Set(roles.map(({ role }) => role));
  const checks = [...held].flatMap((role): readonly ParameterCheck[] => {
    const own = bound.get(role);
    if (own === undefined || model.effectsOf.get(role)?.includes(account.resourceType) !== true) return [];
    return own.flatMap((each) => {
      const value = parameters.get(role)?.[each.parameter] ?? '';
      return value === '' ? [] : [{ ...each, role, value }];
    });
  });
  if (checks.length === 0) return account;
  return { ...account, open: { queries: [], uniques: [], ...account.open, checks } };
}
