// Risks: roles that must not come together, and roles that are dangerous by themselves. What somebody has, and would have.
// Owns finding them and the words about them; who decides the extra step is approver.ts', refusing and storing the steps'.
import type { RiskDefinition, RoleDefinition } from './configuration.js';
import type { Refusal } from './refusal.js';
import type { RequestWarning } from './request.js';

/** One combination of a risk that somebody holds, or would hold. Single roles. */
export interface RiskFinding {
  readonly risk: RiskDefinition;
  readonly roles: readonly string[];
}

type Bundles = ReadonlyMap<string, readonly string[]>;

/** The roles themselves and what composite ones consist of. */
export const expanded = (roles: readonly string[], singleRolesOf: Bundles): ReadonlySet<string> =>
  new Set(roles.flatMap((role) => [role, ...(singleRolesOf.get(role) ?? [])]));

/** Every combination that is held in full, the highest level first. */
export const risksOf = (held: ReadonlySet<string>, risks: readonly RiskDefinition[]): readonly RiskFinding[] =>
  risks
    .flatMap((risk) => risk.combinations.map((roles) => ({ risk, roles })))
    .filter(({ roles }) => roles.every((role) => held.has(role)))
    .toSorted((a, b) => b.risk.level - a.risk.level);

/** Combinations that come about by gaining `gained` besides all the rest, to which this role adds a part that is not held yet. */
export function risksByGaining(
  role: string,
  gained: readonly string[],
  held: readonly string[],
  risks: readonly RiskDefinition[],
  singleRolesOf: Bundles,
): readonly RiskFinding[] {
  if (risks.length === 0) return [];
  const before = expanded(held, singleRolesOf);
  const after = expanded([...held, ...gained, role], singleRolesOf);
  const own = expanded([role], singleRolesOf);
  return risksOf(after, risks).filter(({ roles }) => roles.some((part) => own.has(part) && !before.has(part)));
}

/** One of each risk, whatever combinations of it there are. */
export const distinctRisks = (findings: readonly RiskFinding[]): readonly RiskDefinition[] => [
  ...new Map(findings.map(({ risk }) => [risk.identifier, risk])).values(),
];

type Roles = ReadonlyMap<string, RoleDefinition>;

export const riskWarning = ({ risk, roles }: RiskFinding, known: Roles): RequestWarning => ({
  kind: risk.kind === 'SOD' ? 'SEGREGATION_OF_DUTIES' : 'PRIVILEGED',
  message: [sentence({ risk, roles }, known), risk.description, risk.remediation].filter(Boolean).join(' '),
});

const sentence = ({ risk, roles }: RiskFinding, known: Roles): string =>
  risk.kind === 'SOD'
    ? `${risk.displayName}: ${named(roles, known)} together.`
    : `${risk.displayName}: ${named(roles, known)}.`;

const named = (roles: readonly string[], known: Roles): string =>
  roles.map((role) => `«${known.get(role)?.displayName ?? role}»`).join(' and ');

export const blockedByRisk = ({ risk, roles }: RiskFinding, who: string, known: Roles): Omit<Refusal, 'field'> => ({
  code: 'SEGREGATION_OF_DUTIES',
  rule: `risk.${risk.identifier}`,
  message: `${who} would hold ${named(roles, known)}, which the risk ${risk.displayName} does not allow${risk.kind === 'SOD' ? ' together' : ''}.`,
  hint: risk.remediation ?? 'End one of the roles first.',
});
