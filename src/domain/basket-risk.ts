// What the items of a basket risk together with what the person holds: told, put to another approver, or refused.
// Roles that the same basket takes away still count: their removal may be declined while the rest is approved.
import type { CheckedItem } from './basket-item.js';
import { itemField } from './item-field.js';
import type { RiskDefinition } from './configuration.js';
import type { Person } from './person.js';
import { type Decision, granted, refused } from './refusal.js';
import { blockedByRisk, distinctRisks, type RiskFinding, riskWarning, risksByGaining } from './risk.js';
import type { CompiledModel } from './role-model/model.js';

export interface RiskyItem extends CheckedItem {
  /** Those that call for an approval of their own. */
  readonly risks: readonly RiskDefinition[];
}

type Roles = Pick<CompiledModel, 'configuration' | 'roles' | 'singleRolesOf'>;

export function withRisks(
  items: readonly CheckedItem[],
  held: readonly string[],
  person: Person,
  model: Roles,
): Decision<readonly RiskyItem[]> {
  const gained = items.filter(gains).map(({ role }) => role.identifier);
  const found = items.map((item) => (gains(item) ? findingsOf(item, gained, held, model) : []));
  const refusals = found.flatMap((findings, index) =>
    findings
      .filter(({ risk }) => risk.exemption === 'BLOCKING')
      .map((finding) => ({
        ...blockedByRisk(finding, person.displayName, model.roles),
        field: itemField(index, 'roleId'),
      })),
  );
  if (refusals.length > 0) return refused(...refusals);
  return granted(items.map((item, index) => risky(item, found[index] ?? [], model)));
}

const gains = ({ action }: Pick<CheckedItem, 'action'>): boolean => action === 'ADD' || action === 'ALLOW';

const findingsOf = (
  { role }: CheckedItem,
  gained: readonly string[],
  held: readonly string[],
  { configuration, singleRolesOf }: Roles,
): readonly RiskFinding[] => risksByGaining(role.identifier, gained, held, configuration.risks, singleRolesOf);

const risky = (item: CheckedItem, findings: readonly RiskFinding[], model: Roles): RiskyItem => ({
  ...item,
  warnings: [...item.warnings, ...findings.map((finding) => riskWarning(finding, model.roles))],
  risks: distinctRisks(findings.filter(({ risk }) => risk.exemption === 'APPROVAL')),
});
