// Tries an expression on one person, as a rule about accounts would see it: what it gives, and each condition with its value.
import type { ScalarValue } from '@joinery/connector-kit';
import { type Decision, granted, type Refusal, refused } from '../refusal.js';
import { type Condition, conditionsOf } from './condition.js';
import type { ExpressionCompiler, ExpressionOutcome, ExpressionRequest } from './expression.js';
import type { CompiledExpression, ExpressionInput } from './model.js';
import { type MissInput, settingOfAccount } from './near-miss.js';
import type { Setting } from './setting.js';

export interface RuleTest {
  readonly value: ScalarValue;
  /** Of a condition; empty for what gives another value. */
  readonly conditions: readonly Condition[];
}

/** The result may be of any kind: the first of these that fits. */
const kinds = ['boolean', 'string', 'number'] as const;

export function testExpression(compile: ExpressionCompiler, input: MissInput, text: string): Decision<RuleTest> {
  const { identityType, contextRule } = input.model;
  const dimensions = contextRule === null ? {} : { variables: { context: [...contextRule.dimensions.keys()] } };
  const request: Omit<ExpressionRequest, 'expected'> = {
    text,
    subject: 'person',
    entityType: identityType,
    ...dimensions,
  };
  const tried = kinds.map((expected) => compile({ ...request, expected }));
  const index = tried.findIndex(({ ok }) => ok);
  const outcome: ExpressionOutcome | undefined = tried[index] ?? tried[0];
  if (outcome === undefined) throw new Error('No kind of result was tried.');
  if (!outcome.ok) return refused(invalid(outcome.problem.message, outcome.problem.hint, outcome.problem.offset));
  return evaluated(outcome.expression, settingOfAccount(input), kinds[index] === 'boolean');
}

function evaluated(expression: CompiledExpression, setting: Setting, isCondition: boolean): Decision<RuleTest> {
  const rule = { identifier: '', condition: expression, context: [], heldRole: null };
  try {
    const values = inputsOf(expression, setting).map((input) => expression.evaluate(input));
    const value = values.find((one) => one === true) ?? values[0] ?? null;
    return granted({ value, conditions: isCondition ? conditionsOf(rule, setting) : [] });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refused(invalid(message, 'Correct the expression, or try it on somebody else.', 0));
  }
}

/** In every context the person has today; without one, and for what reads none, once. */
const inputsOf = ({ variables }: CompiledExpression, { input, inContexts }: Setting): readonly ExpressionInput[] =>
  variables.has('context') && inContexts.length > 0 ? inContexts.map((place) => place.input) : [input];

const invalid = (message: string, hint: string, offset: number): Refusal => ({
  code: 'EXPRESSION_INVALID',
  rule: 'expression.valid',
  field: ['input', 'expression'],
  message: offset === 0 ? message : `At character ${offset + 1}: ${message}`,
  hint,
});
