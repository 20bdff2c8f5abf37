// Parameters of the roles that somebody holds: handed down from composite roles, and which roles miss one they need.
// A role that misses one is held with less, or no, effect. Owns that; which value wins among several is held-role.ts'.
import type { CalculatedRole, RoleReason } from '../assignment.js';
import type { RoleDefinition } from '../configuration.js';
import { missingParameters } from '../parameter.js';
import type { HeldRoles } from './held-role.js';
import type { CompiledModel } from './model.js';

export interface ParametrisedRoles extends HeldRoles {
  /** Roles that rules give without a parameter they need: their rules about accounts give nothing. */
  readonly withoutEffects: ReadonlySet<string>;
  /**
   * Roles that people were given before they needed a parameter: only what reads parameters gives nothing, so that a new
   * parameter takes nothing away from those who have the role.
   */
  readonly withoutParameters: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();
const nothingMissing = { withoutEffects: none, withoutParameters: none };

const isAsked = ({ kind }: RoleReason): boolean => kind === 'request' || kind === 'decision';

/** Nothing is done for a model whose roles have no parameters. */
export function withParameters(held: HeldRoles, model: CompiledModel): ParametrisedRoles {
  const parametrised = parametrisedRoles(model);
  if (parametrised.size === 0) return { ...held, ...nothingMissing };
  const parameters = handedDown(held, model, parametrised);
  const missing = missingOf(held.roles, parameters, parametrised);
  if (missing.size === 0) return { ...held, parameters, ...nothingMissing };
  const asked = new Set(held.roles.filter(({ reason }) => isAsked(reason)).map(({ role }) => role));
  const names = [...missing.keys()];
  return {
    ...held,
    parameters,
    roles: noted(held.roles, missing),
    withoutEffects: new Set(names.filter((role) => !asked.has(role))),
    withoutParameters: new Set(names.filter((role) => asked.has(role))),
  };
}

const parametrisedOf = new WeakMap<CompiledModel, ReadonlyMap<string, RoleDefinition>>();

function parametrisedRoles(model: CompiledModel): ReadonlyMap<string, RoleDefinition> {
  const known = parametrisedOf.get(model);
  if (known !== undefined) return known;
  const made = new Map([...model.roles].filter(([, role]) => role.parameters.length > 0));
  parametrisedOf.set(model, made);
  return made;
}

/** What a single role does not know itself it takes from a composite role that gives it, by the same name. */
function handedDown(
  { roles, parameters }: HeldRoles,
  model: CompiledModel,
  parametrised: ReadonlyMap<string, RoleDefinition>,
): HeldRoles['parameters'] {
  const all = new Map(parameters);
  for (const { role, reason } of roles) {
    const definition = parametrised.get(role);
    const given =
      reason.kind === 'role' && model.singleRolesOf.has(reason.cause) ? parameters.get(reason.cause) : undefined;
    if (definition === undefined || given === undefined) continue;
    const own = Object.entries(given).filter(([name]) =>
      definition.parameters.some(({ identifier }) => identifier === name),
    );
    all.set(role, { ...Object.fromEntries(own), ...all.get(role) });
  }
  return all;
}

/** Found in a system, or kept for a while: nobody was ever asked for parameters. */
const isUnasked = ({ reason }: CalculatedRole): boolean => reason.kind === 'found' || reason.kind === 'grace';

/** Role → names of what it misses. */
function missingOf(
  roles: readonly CalculatedRole[],
  parameters: HeldRoles['parameters'],
  parametrised: ReadonlyMap<string, RoleDefinition>,
): ReadonlyMap<string, string> {
  const unasked = new Set(roles.filter(isUnasked).map(({ role }) => role));
  const missing = new Map<string, string>();
  for (const { role } of roles) {
    const definition = parametrised.get(role);
    if (definition === undefined || missing.has(role) || unasked.has(role)) continue;
    const names = missingParameters(definition, parameters.get(role) ?? null).map(({ identifier }) => identifier);
    if (names.length > 0) missing.set(role, names.join(','));
  }
  return missing;
}

/** One more reason after the last one of each role. */
const noted = (roles: readonly CalculatedRole[], missing: ReadonlyMap<string, string>): readonly CalculatedRole[] =>
  roles.flatMap((each, index): readonly CalculatedRole[] => {
    const cause = roles[index + 1]?.role === each.role ? undefined : missing.get(each.role);
    return cause === undefined ? [each] : [each, { role: each.role, reason: { kind: 'missing', cause } }];
  });
