// Automation rules: which of them decides about a role or an account that waits in a state, and after how many hours.
// Owns the choice; finding what has waited long enough, and carrying the decision out, is the steps'.
import type {
  AutomatedState,
  AutomationRule,
  CategoryDefinition,
  Configuration,
  ResourceTypeDefinition,
  RoleDefinition,
} from './configuration.js';

/** The most specific rule: of the role, of the nearest category, of the policy. Null: nothing decides by itself. */
export function automationOfRole(
  { automationRules, categories }: Pick<Configuration, 'automationRules' | 'categories'>,
  state: AutomatedState,
  role: Pick<RoleDefinition, 'identifier' | 'category' | 'policy'>,
): AutomationRule | null {
  const above = categoriesAbove(categories, role.category).map(({ identifier }) => identifier);
  const distance = ({ target }: AutomationRule): number | null => {
    switch (target.kind) {
      case 'role':
        return target.identifier === role.identifier ? 0 : null;
      case 'category':
        return above.includes(target.identifier) ? 1 + above.indexOf(target.identifier) : null;
      case 'policy':
        return target.identifier === role.policy ? 1 + above.length : null;
      case 'resourceType':
        return null;
      default:
        return target.kind satisfies never;
    }
  };
  return nearest(automationRules, state, distance);
}

/** The most specific rule about accounts of a type: of the type, of its policy. */
export const automationOfType = (
  { automationRules }: Pick<Configuration, 'automationRules'>,
  state: AutomatedState,
  type: Pick<ResourceTypeDefinition, 'identifier' | 'policy'>,
): AutomationRule | null =>
  nearest(automationRules, state, ({ target }) => {
    if (target.kind === 'resourceType') return target.identifier === type.identifier ? 0 : null;
    return target.kind === 'policy' && target.identifier === type.policy ? 1 : null;
  });

/** The category and all above it, nearest first; unknown ones are left out. */
export function categoriesAbove(
  categories: readonly CategoryDefinition[],
  identifier: string | null,
): readonly CategoryDefinition[] {
  const found: CategoryDefinition[] = [];
  for (let next = identifier; next !== null; ) {
    const category = categories.find((each) => each.identifier === next);
    if (category === undefined || found.includes(category)) return found;
    found.push(category);
    next = category.parent;
  }
  return found;
}

/** Of two rules equally near the one that declines, then the one that waits less. */
function nearest(
  rules: readonly AutomationRule[],
  state: AutomatedState,
  distance: (rule: AutomationRule) => number | null,
): AutomationRule | null {
  const applying = rules.flatMap((rule) => {
    const far = rule.workflowState === state ? distance(rule) : null;
    return far === null ? [] : [{ rule, far }];
  });
  const [first] = applying.sort(
    (a, b) =>
      a.far - b.far ||
      Number(a.rule.decision === 'APPROVE') - Number(b.rule.decision === 'APPROVE') ||
      a.rule.afterHours - b.rule.afterHours ||
      (a.rule.identifier < b.rule.identifier ? -1 : 1),
  );
  return first?.rule ?? null;
}
