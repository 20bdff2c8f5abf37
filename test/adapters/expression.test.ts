// Expressions as rule authors write them: what they see, what they answer, what is refused, and how fast they are.
import { describe, expect, it } from '@jest/globals';
import { celCompiler } from '../../src/adapters/expression.js';
import type { EntityTypeDefinition, PropertyType } from '../../src/domain/configuration.js';
import type {
  ExpressionOutcome,
  ExpressionProblem,
  ExpressionSubject,
} from '../../src/domain/role-model/expression.js';
import type { CompiledExpression, ExpressionInput } from '../../src/domain/role-model/model.js';

const property = (identifier: string, type: PropertyType = 'string', more = {}) => ({
  identifier,
  displayName: identifier,
  attribute: identifier,
  type,
  references: null,
  isMultivalued: false,
  isSecret: false,
  ...more,
});

const person: EntityTypeDefinition = {
  identifier: 'person',
  displayName: 'Person',
  connector: 'hr',
  connection: 'hr',
  objectType: 'people',
  key: 'login',
  displayProperty: 'login',
  lastUsedProperty: null,
  identity: null,
  properties: [
    property('login'),
    property('department'),
    property('grade', 'number'),
    property('isRemote', 'boolean'),
    property('endDate', 'date'),
    property('pin', 'string', { isSecret: true }),
    property('groups', 'string', { isMultivalued: true, references: 'group' }),
  ],
};

const compile = celCompiler();
const outcomeOf = (
  text: string,
  expected: PropertyType = 'boolean',
  subject: ExpressionSubject = 'person',
): ExpressionOutcome => compile({ text, subject, entityType: person, expected });

function compiled(
  text: string,
  expected: PropertyType = 'boolean',
  subject: ExpressionSubject = 'person',
): CompiledExpression {
  const outcome = outcomeOf(text, expected, subject);
  if (!outcome.ok) throw new Error(outcome.problem.message);
  return outcome.expression;
}

function refusal(text: string, expected: PropertyType = 'boolean'): ExpressionProblem {
  const outcome = outcomeOf(text, expected);
  if (outcome.ok) throw new Error(`accepted: ${text}`);
  return outcome.problem;
}

const camille: ExpressionInput = {
  person: { login: 'camille.roy', department: 'FIN', grade: 7, isRemote: true, endDate: null },
  roles: ['expense-user'],
  today: '2026-03-02',
};

describe('an expression', () => {
  it.each<[string, PropertyType, unknown]>([
    ['person.department == "FIN"', 'boolean', true],
    ['person.department in ["FIN", "LEG"] && person.isRemote', 'boolean', true],
    ['person.grade == 7', 'boolean', true],
    ['person.grade != 7', 'boolean', false],
    ['person.grade > 6 && person.grade <= 7.5', 'boolean', true],
    ['person.grade in [5, 7]', 'boolean', true],
    ['person.grade * 2 + 1', 'number', 15],
    ['size(person.login)', 'number', 11],
    ['person.login + "@acme.example"', 'string', 'camille.roy@acme.example'],
    ['"expense-user" in roles', 'boolean', true],
    ['roles.exists(role, role.startsWith("crm-"))', 'boolean', false],
    ['person.endDate == "" || person.endDate >= today', 'boolean', true],
    ['re(person.login, "^[a-z]+[.]roy$")', 'boolean', true],
    ['person.isRemote ? "home" : "office"', 'string', 'home'],
  ])('%s gives a %s', (text, expected, result) => {
    expect(compiled(text, expected).evaluate(camille)).toBe(result);
  });

  it('reads what is absent as empty text, zero and false', () => {
    const nobody: ExpressionInput = { person: {}, roles: [], today: '2026-03-02' };
    expect(compiled('person.login == "" && person.grade == 0 && !person.isRemote').evaluate(nobody)).toBe(true);
  });

  it('answers an empty text as no value', () => {
    expect(compiled('person.endDate', 'date').evaluate(camille)).toBeNull();
  });

  it('reads a resource where a correlation compares with one', () => {
    const expression = compiled('resource.login.lowerAscii()', 'string', 'resource');
    expect(expression.evaluate({ resource: { login: 'Camille.Roy' }, roles: [], today: '2026-03-02' })).toBe(
      'camille.roy',
    );
  });

  it('sees the same person anew when her attributes are another object', () => {
    const expression = compiled('person.department', 'string');
    expect(expression.evaluate(camille)).toBe('FIN');
    expect(expression.evaluate({ ...camille, person: { ...camille.person, department: 'LEG' } })).toBe('LEG');
  });

  it('says which properties it reads, each once', () => {
    expect(compiled('person.grade > 3 && person["login"] != "" && person.grade < 9').reads).toEqual(['grade', 'login']);
  });

  it('fails for a row whose value does not fit the declared type, and says so', () => {
    const odd: ExpressionInput = { ...camille, person: { ...camille.person, grade: 'seven' } };
    expect(() => compiled('person.grade > 6').evaluate(odd)).toThrow(/«person.grade > 6» failed: .*double/);
  });
});

describe('an expression is refused when the configuration is loaded', () => {
  it.each<[string, string, RegExp]>([
    ['an unknown property', 'person.wage == 1', /wage.*does not have/],
    ['a secret property', 'person.pin == "1"', /pin/],
    ['a multi-valued property', 'person.groups == "x"', /groups/],
    ['a comparison of different types', 'person.login == 3', /no such overload/],
    ['an unknown variable', 'process.exit(1)', /process/],
    ['something inherited', 'person.constructor == "x"', /constructor/],
    ['a broken text', 'person.login ==', /cannot be understood/],
    ['a result of the wrong type', 'person.login', /gives string; true or false is needed/],
    ['a result of unknown type', 'dyn(person.login)', /gives dyn/],
    ['a regular expression of JavaScript', 'person.login.matches("^(a+)+$")', /matches.*not allowed/],
    ['a text that doubles itself', 'cel.bind(x, person.login + person.login, x == x)', /bind.*not allowed/],
    ['loops inside loops inside loops', 'roles.all(a, roles.all(b, roles.all(c, a == c)))', /2 levels/],
    ['a malformed pattern', 're(person.login, "(a")', /malformed/],
    [
      'a list too long',
      `person.login in [${Array.from({ length: 201 }, (_, index) => `"${index}"`).join(',')}]`,
      /200/,
    ],
    ['too many parts', Array.from({ length: 200 }, (_, index) => `person.grade == ${index}`).join(' || '), /500/],
    ['too much nesting', `${'('.repeat(5000)}true${')'.repeat(5000)}`, /depth/i],
  ])('%s', (_what, text, message) => {
    expect(refusal(text).message).toMatch(message);
  });

  it('with the place of the mistake in its text', () => {
    expect(refusal('person.login == "a" && person.wage == 1').offset).toBe('person.login == "a" && person.'.length);
  });

  it('with the properties that could be read instead', () => {
    expect(refusal('person.wage == 1').hint).toBe('Read one of: login, department, grade, isRemote, endDate.');
  });
});

describe('hostile patterns', () => {
  const attack = (pattern: string): void => {
    compiled(`re(person.login, "${pattern}")`).evaluate({ ...camille, person: { login: `${'a'.repeat(5000)}!` } });
  };

  it('end at once on a long text', () => {
    const before = performance.now();
    attack('^(a+)+$');
    // Backtracking would take years: any bound tells them apart.
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  it('would hang with the regular expressions of JavaScript: 24 letters already take long', () => {
    const timed = (length: number): number => {
      const before = performance.now();
      /^(a+)+$/.test(`${'a'.repeat(length)}!`);
      return performance.now() - before;
    };
    timed(10);
    expect(timed(24)).toBeGreaterThan(20 * timed(14));
  });
});

describe('a text that PostgreSQL cannot keep', () => {
  it.each([
    ['half a character', '"😀bc".substring(0, 1)'],
    ['a NUL', '"a\\u0000b"'],
  ])('fails for its row alone: %s', (_name, text) => {
    expect(() => compiled(text, 'string').evaluate(camille)).toThrow(/gave a text with characters that are not text/);
  });

  it('control: whole characters beyond the first plane are text like any other', () => {
    expect(compiled('"😀bc".substring(0, 2)', 'string').evaluate(camille)).toBe('😀');
  });
});

describe('variables that only some rules have', () => {
  const position: EntityTypeDefinition = { ...person, identifier: 'job', properties: [property('site')] };
  const variables = { context: ['site', 'unit'], position, parameters: ['site'], attempt: true } as const;
  const valueOf = (text: string, input: Partial<ExpressionInput>): unknown => {
    const outcome = compile({ text, subject: 'person', variables, entityType: person, expected: 'string' });
    if (!outcome.ok) throw new Error(outcome.problem.message);
    return outcome.expression.evaluate({ ...camille, ...input });
  };

  it('reads the context, the position, the parameters of the role and the number of the attempt', () => {
    const text = 'context.site + position.site + parameters.site + (attempt == 0 ? "" : string(attempt))';
    const input = { context: { site: 'a' }, position: { site: 'b' }, parameters: { site: 'c' } };
    expect(valueOf(text, input)).toBe('abc');
    expect(valueOf(text, { ...input, attempt: 2 })).toBe('abc2');
    expect(valueOf('context.unit', input)).toBeNull();
  });

  it('refuses them where the rule has none', () => {
    for (const text of ['context.site', 'position.site', 'parameters.site', 'string(attempt)'])
      expect(outcomeOf(text, 'string').ok).toBe(false);
  });

  it('names what can be read instead', () => {
    const outcome = compile({
      text: 'context.floor',
      subject: 'person',
      variables: { context: ['site'] },
      entityType: person,
      expected: 'string',
    });
    expect(outcome.ok ? null : outcome.problem.message).toMatch(/«floor», which person and context do not have/);
    expect(outcome.ok ? null : outcome.problem.hint).toMatch(/context\.site/);
  });

  it('says which variables it reads', () => {
    expect([...compiled('person.login == "x" && "r" in roles').variables]).toEqual(['person', 'roles']);
  });
});
