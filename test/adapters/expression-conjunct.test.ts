// A condition cut at its top-level `&&`: the parts mean together what the whole means, each with what it reads.
import { describe, expect, test } from '@jest/globals';
import { celCompiler } from '../../src/adapters/expression.js';
import { expressionCondition } from '../../src/domain/role-model/condition.js';
import type { CompiledExpression } from '../../src/domain/role-model/model.js';
import { company } from '../domain/role-model/company.js';

const [entityType] = company.entityTypes;

function compiled(text: string): CompiledExpression {
  if (entityType === undefined) throw new Error('The company has no entity type.');
  const outcome = celCompiler()({
    text,
    subject: 'person',
    entityType,
    expected: 'boolean',
    variables: { context: ['site'] },
  });
  if (!outcome.ok) throw new Error(outcome.problem.message);
  return outcome.expression;
}

const textsOf = (text: string) =>
  compiled(text)
    .conjuncts?.()
    .map((part) => part.text);

describe('a condition', () => {
  test.each([
    ["person.department == 'sales'", ["person.department == 'sales'"]],
    [
      'person.login == "a" && person.department == "b" && today > "2"',
      ['person.login == "a"', 'person.department == "b"', 'today > "2"'],
    ],
    [
      'person.login == "a" && (person.department == "b" && "r" in roles)',
      ['person.login == "a"', 'person.department == "b"', '"r" in roles'],
    ],
    ['person.login == "a" && (today > "2" || "r" in roles)', ['person.login == "a"', 'today > "2" || "r" in roles']],
    ['!(person.login == "a" && today > "2")', ['!(person.login == "a" && today > "2")']],
    ['person.login == "a && b"', ['person.login == "a && b"']],
  ])('%s has its parts', (text, parts) => {
    expect(textsOf(text)).toEqual(parts);
  });

  test('says of each part what it reads and whether it holds', () => {
    const parts =
      compiled(
        'person.department == "sales" && context.site == "paris" && "r" in roles && today > person.login',
      ).conjuncts?.() ?? [];
    const input = {
      person: { department: 'sales', login: 'x' },
      roles: ['q'],
      today: '2031-01-01',
      context: { site: 'lyon' },
    };
    expect(parts.map((part) => expressionCondition(part, input))).toEqual([
      { expression: 'person.department == "sales"', actualValue: 'sales', isSatisfied: true },
      { expression: 'context.site == "paris"', actualValue: 'lyon', isSatisfied: false },
      { expression: '"r" in roles', actualValue: ['q'], isSatisfied: false },
      { expression: 'today > person.login', actualValue: { login: 'x', today: '2031-01-01' }, isSatisfied: false },
    ]);
  });
});
