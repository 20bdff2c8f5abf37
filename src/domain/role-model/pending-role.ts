// Which roles a delta carries out: the ones gained or lost by what it writes.
// Owns the way from rules back to roles; the state such a role shows is role-state.ts'.
import type { CalculatedRole, ExpectedResource, ResourceDelta } from '../assignment.js';

export interface PendingRoleInput {
  readonly delta: ResourceDelta | null;
  readonly expected: ExpectedResource | null;
  readonly former: ExpectedResource | null;
  /** Roles of a delta that was not seen in the target yet: they stay pending with it. */
  readonly unseen: readonly string[];
  readonly roleOfRule: ReadonlyMap<string, string>;
  /** Reasons of all roles held now and before: a composite role is pending with its single roles. */
  readonly reasons: readonly CalculatedRole[];
}

/** Sorted. Empty without a delta. */
export function pendingRolesOf(input: PendingRoleInput): readonly string[] {
  if (input.delta === null) return [];
  const roles = new Set(input.unseen);
  for (const rule of rulesOf(input.delta, input.expected, input.former)) {
    const role = input.roleOfRule.get(rule);
    if (role !== undefined) roles.add(role);
  }
  for (const { role, reason } of input.reasons) if (reason.kind === 'role' && roles.has(role)) roles.add(reason.cause);
  return [...roles].sort();
}

function rulesOf(
  delta: ResourceDelta,
  expected: ExpectedResource | null,
  former: ExpectedResource | null,
): readonly string[] {
  switch (delta.kind) {
    case 'CREATE':
      return rulesOfAll(expected);
    case 'DELETE':
      return rulesOfAll(former);
    case 'UPDATE':
      return [...rulesOfScalars(delta, expected, former), ...delta.links.flatMap(({ rules }) => Object.values(rules))];
    default:
      return delta.kind satisfies never;
  }
}

function rulesOfScalars(
  delta: ResourceDelta,
  expected: ExpectedResource | null,
  former: ExpectedResource | null,
): readonly string[] {
  return delta.scalars.flatMap(({ property }) =>
    [expected?.values[property]?.rule, former?.values[property]?.rule].filter((rule) => rule !== undefined),
  );
}

function rulesOfAll(resource: ExpectedResource | null): readonly string[] {
  if (resource === null) return [];
  const links = Object.values(resource.links).flatMap((targets) => Object.values(targets));
  return [resource.rule, ...Object.values(resource.values).map(({ rule }) => rule), ...links];
}
