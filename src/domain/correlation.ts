// Which values rows are correlated by: evaluates the correlation rules of an entity type over one row,
// as a possible owner (source) and as something that may be owned (target). Matching equal values is the store's.
import type { Attributes } from './configuration.js';
import type { CompiledExpression, CompiledModel } from './role-model/model.js';

export interface CorrelationExpressions {
  readonly source: ReadonlyMap<string, CompiledExpression>;
  readonly target: ReadonlyMap<string, CompiledExpression>;
}

/** The rules that read rows of this entity type, by rule identifier. */
export function correlationExpressionsOf(model: CompiledModel, entityType: string): CorrelationExpressions {
  const types = [...model.resourceTypes.values()];
  const rulesWhere = (isRead: (type: (typeof types)[number]) => boolean) =>
    types.filter(isRead).flatMap((type) => type.correlationRules);
  return {
    source: new Map(
      rulesWhere(({ definition }) => definition.sourceEntityType === entityType).map((rule) => [
        rule.identifier,
        rule.sourceExpression,
      ]),
    ),
    target: new Map(
      rulesWhere(({ definition }) => definition.targetEntityType === entityType).map((rule) => [
        rule.identifier,
        rule.targetExpression,
      ]),
    ),
  };
}

/** Changes when a rule is added, removed or rewritten; input of a digest. */
export const correlationText = (expressions: CorrelationExpressions): string =>
  JSON.stringify([textsOf(expressions.source), textsOf(expressions.target)]);

const textsOf = (expressions: ReadonlyMap<string, CompiledExpression>) =>
  [...expressions].map(([rule, { text }]) => ({ rule, text })).sort((a, b) => (a.rule < b.rule ? -1 : 1));

export interface CorrelationValues {
  readonly source: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  /** Rules that failed on this row, with the reason. Such a row is correlated by its other rules only. */
  readonly problems: readonly string[];
}

/** Empty values give no key: two rows without a mail address have nothing in common. */
export function correlationValues(
  expressions: CorrelationExpressions,
  attributes: Attributes,
  today: string,
): CorrelationValues {
  const problems: string[] = [];
  const valuesOf = (rules: ReadonlyMap<string, CompiledExpression>, as: 'person' | 'resource') =>
    Object.fromEntries(
      [...rules].flatMap(([rule, expression]) => {
        const value = textOf(expression, { [as]: attributes, roles: [], today });
        if (value.problem !== null) problems.push(`${rule}: ${value.problem}`);
        return value.text === '' ? [] : [[rule, value.text]];
      }),
    );
  return { source: valuesOf(expressions.source, 'person'), target: valuesOf(expressions.target, 'resource'), problems };
}

type Input = Parameters<CompiledExpression['evaluate']>[0];

function textOf(
  expression: CompiledExpression,
  input: Input,
): { readonly text: string; readonly problem: string | null } {
  try {
    const value = expression.evaluate(input);
    return { text: value === null ? '' : String(value), problem: null };
  } catch (error) {
    return { text: '', problem: error instanceof Error ? error.message : 'it failed' };
  }
}
