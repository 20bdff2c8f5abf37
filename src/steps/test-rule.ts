// Lets an author try an expression on a person before it becomes a rule. Reads only.
import type { Actor } from '../domain/actor.js';
import { may } from '../domain/permission.js';
import { type Decision, refused } from '../domain/refusal.js';
import { computationAt, computationFor } from '../domain/role-model/computation.js';
import type { ExpressionCompiler } from '../domain/role-model/expression.js';
import { type RuleTest, testExpression } from '../domain/role-model/rule-test.js';
import type { AssignmentViews } from './ports/assignment.js';
import type { Environment } from './ports/clock.js';
import type { ModelSource } from './ports/model.js';

export interface TestRulePorts {
  readonly environment: Environment;
  readonly models: ModelSource;
  readonly assignments: Pick<AssignmentViews, 'identities'>;
  /** A new one for each test: it keeps what it knows of the configuration. */
  readonly expressions: () => ExpressionCompiler;
}

export interface TestRuleInput {
  readonly expression: string;
  /** Row id; null when what was given is no identity's id. */
  readonly identityId: string | null;
}

export async function testRule(
  { environment, models, assignments, expressions }: TestRulePorts,
  actor: Actor,
  { expression, identityId }: TestRuleInput,
): Promise<Decision<RuleTest>> {
  const permit = may(actor, 'rule.test');
  if (!permit.ok) return permit;
  const identity = identityId === null ? undefined : (await assignments.identities([identityId])).get(identityId);
  if (identity === undefined)
    return refused({
      code: 'NOT_FOUND',
      rule: 'rule-test.identity-known',
      field: ['input', 'identityId'],
      message: 'There is no such identity.',
    });
  const model = await models.current();
  const { today } = computationFor(computationAt(model, environment.now(), environment), identity.snapshot);
  return testExpression(expressions(), { model, identity, today }, expression);
}
