// Why not: every rule that would give a role or an account, and what of it failed; told from values alone.
import { describe, expect, test } from '@jest/globals';
import type { Configuration } from '../../../src/domain/configuration.js';
import { compileModel } from '../../../src/domain/role-model/compile.js';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import type { ExpressionCompiler } from '../../../src/domain/role-model/expression.js';
import { explainAccount, explainRole } from '../../../src/domain/role-model/explanation.js';
import type { ExplanationInput } from '../../../src/domain/role-model/explanation-path.js';
import { missesOfAccount, missesOfRole } from '../../../src/domain/role-model/near-miss.js';
import { plainRole, plainRoleRule, plainTypeRule } from '../definition.js';
import { company, toyCompiler, today } from './company.js';

/** The toy language with `&&`. */
const compiler: ExpressionCompiler = (request) => {
  const parts = request.text.split(' && ').map((text) => toyCompiler({ ...request, text }));
  const conjuncts = parts.flatMap((part) => (part.ok ? [part.expression] : []));
  const [whole] = [toyCompiler(request)];
  if (!whole.ok) return whole;
  const evaluate: typeof whole.expression.evaluate = (input) =>
    conjuncts.length === 1
      ? (conjuncts[0]?.evaluate(input) ?? null)
      : conjuncts.every((part) => part.evaluate(input) === true);
  return { ok: true, expression: { ...whole.expression, evaluate, conjuncts: () => conjuncts } };
};

const modelOf = (changes: Partial<Configuration>) => compileModel(1, { ...company, ...changes }, compiler);

function inputOf(
  changes: Partial<Configuration>,
  person: Partial<IdentitySnapshot> & { readonly roles?: readonly string[] } = {},
): ExplanationInput {
  const { roles = [], ...snapshot } = person;
  const held = roles.map((role) => ({ role, reason: { kind: 'request', cause: '1' } as const }));
  return {
    model: modelOf(changes),
    today,
    isDirty: false,
    requests: new Map(),
    identity: {
      hash: 'h',
      snapshot: {
        id: '1',
        key: 'ada',
        attributes: { login: 'ada', department: 'sales', startDate: '2030-01-01' },
        isRemoved: false,
        decisions: [],
        storedRoles: [],
        ...snapshot,
      },
      stored: { state: null, roles: held, decisions: [], accounts: [] },
    },
  };
}

const policy = 'default';
const boss = { ...plainRole, policy, identifier: 'boss', displayName: 'Boss' };
const giving = { ...plainRoleRule, policy, identifier: 'give-boss', role: 'boss' };
const roles = [...company.singleRoles, boss];
const denial = {
  identityId: '1',
  role: 'boss',
  workflowState: 'DECLINED',
  startDate: null,
  endDate: null,
  requestItemId: null,
  approvalStep: null,
  approvalStepCount: null,
  parameters: null,
  isDenied: true,
} as const;

describe('a role that somebody does not have', () => {
  test('names each part of the condition that failed, with its value, and not those that hold', () => {
    const rule = { ...giving, when: "person.department == 'sales' && person.login == 'bea'" };
    expect(missesOfRole(inputOf({ singleRoles: roles, roleRules: [rule] }), 'boss')).toEqual([
      { rule: 'give-boss', failed: [{ expression: "person.login == 'bea'", actualValue: 'ada', isSatisfied: false }] },
    ]);
  });

  test('lists the rule that came nearest first', () => {
    const far = { ...giving, identifier: 'a-far', when: "person.department == 'x' && person.login == 'y'" };
    const near = { ...giving, identifier: 'b-near', when: "person.department == 'sales' && person.login == 'y'" };
    const misses = missesOfRole(inputOf({ singleRoles: roles, roleRules: [far, near] }), 'boss');
    expect(misses.map(({ rule, failed }) => [rule, failed.length])).toEqual([
      ['b-near', 1],
      ['a-far', 2],
    ]);
  });

  test('says that a person denied it, and that a rule denies it', () => {
    const rule = { ...giving, when: "person.department == 'sales'" };
    const never = { ...rule, identifier: 'never-boss', isDenied: true };
    const input = inputOf({ singleRoles: roles, roleRules: [rule, never] }, { decisions: [denial] });
    const [miss] = missesOfRole(input, 'boss');
    expect(miss?.failed.map(({ expression }) => expression)).toEqual([
      'nobody has denied the role boss',
      "not (IF person.department == 'sales' THEN never role Boss)",
    ]);
  });

  test('tells who has denied it and when, in a sentence', () => {
    const rule = { ...giving, when: "person.department == 'sales'" };
    const input = inputOf(
      { singleRoles: roles, roleRules: [rule] },
      { decisions: [{ ...denial, requestItemId: '7' }] },
    );
    const at = new Date('2030-05-06T07:08:09Z');
    const approval = { decidedBy: '9', decidedAt: at, comment: null, step: 1 };
    const story = { requestId: '5', number: 'REQ-5', requestedBy: '8', requestedAt: at, justification: null };
    const told = (changes: Partial<ExplanationInput>) => explainRole({ ...input, ...changes }, 'boss', null).summary;
    const asked = (approvals: readonly (typeof approval)[]) => new Map([['7', { ...story, approvals }]]);
    const names = new Map([
      ['8', 'Camille Roy'],
      ['9', 'Ines Aubry'],
    ]);
    expect(told({ requests: asked([approval]), names })).toMatch(
      / does not have Boss: Ines Aubry denied it on 2030-05-06 \(REQ-5\)\.$/,
    );
    expect(told({ requests: asked([]), names })).toMatch(/: Camille Roy denied it on 2030-05-06 \(REQ-5\)\.$/);
    expect(told({})).toMatch(/ does not have Boss: somebody denied it\.$/);
  });

  test('says when the person is not there yet, or no longer', () => {
    const rule = { ...giving, when: null };
    const changes = { singleRoles: roles, roleRules: [rule] };
    const period = (startDate: string, endDate: string | null) => {
      const attributes = { login: 'ada', department: 'sales', startDate, endDate };
      return missesOfRole(inputOf(changes, { attributes }), 'boss')[0]?.failed.map(({ expression }) => expression);
    };
    expect(period('2040-01-01', null)).toEqual(['first day <= today']);
    expect(period('2020-01-01', '2021-01-01')).toEqual(['today <= last day']);
    expect(period('2020-01-01', null)).toEqual([]);
  });

  test('counts the rules of bundles that hold it', () => {
    const bundle = { ...boss, identifier: 'bundle', singleRoles: ['boss'] };
    const rule = { ...giving, role: 'bundle', when: "person.login == 'bea'" };
    const changes = { singleRoles: roles, compositeRoles: [bundle], roleRules: [rule] };
    expect(missesOfRole(inputOf(changes), 'boss')).toMatchObject([
      { rule: 'give-boss', failed: [{ actualValue: 'ada' }] },
    ]);
  });

  test('says it in one sentence, also where no rule gives it', () => {
    const rule = { ...giving, when: "person.login == 'bea'" };
    expect(explainRole(inputOf({ singleRoles: roles, roleRules: [rule] }), 'boss', null)).toMatchObject({
      verdict: 'NOT_GRANTED',
      summary: 'ada does not have Boss: person.login == \'bea\' does not hold (it is "ada").',
    });
    expect(explainRole(inputOf({ singleRoles: roles, roleRules: [] }), 'boss', null).summary).toBe(
      'ada does not have Boss: no rule gives it, and nobody has asked for it.',
    );
  });

  test('whose rule failed has the message in place of the value', () => {
    const rule = { ...giving, when: 'fail' };
    expect(missesOfRole(inputOf({ singleRoles: roles, roleRules: [rule] }), 'boss')[0]?.failed).toEqual([
      { expression: 'fail', actualValue: 'The expression «fail» failed: it always does.', isSatisfied: false },
    ]);
  });
});

describe('contexts', () => {
  const contextRule = {
    identifier: 'where',
    policy: 'default',
    positions: null,
    dimensions: { site: 'person.department' },
  };
  const dimensions = [{ identifier: 'site', displayName: 'Site', entityType: null, parent: null }];

  test('are asked about like conditions', () => {
    const criterion = { dimension: 'site', values: ['paris', 'lyon'], includesBelow: false };
    const rule = { ...giving, when: "person.login == 'bea'", context: [criterion] };
    const changes = { singleRoles: roles, roleRules: [rule], contextRules: [contextRule], dimensions };
    expect(missesOfRole(inputOf(changes), 'boss')[0]?.failed).toEqual([
      { expression: 'context.site in ["paris","lyon"]', actualValue: 'sales', isSatisfied: false },
      { expression: "person.login == 'bea'", actualValue: 'ada', isSatisfied: false },
    ]);
  });
});

describe('an account that somebody does not have', () => {
  const typeRule = {
    ...plainTypeRule,
    policy,
    identifier: 'give-account',
    resourceType: 'crm-account',
    role: 'viewer',
  };

  test('names the role it is tied to', () => {
    const input = inputOf({ typeRules: [typeRule] }, { roles: ['editor'] });
    expect(missesOfAccount(input, 'crm-account')).toEqual([
      {
        rule: 'give-account',
        failed: [{ expression: '"viewer" in roles', actualValue: ['editor'], isSatisfied: false }],
      },
    ]);
    expect(explainAccount(input, 'crm-account', null)).toMatchObject({ verdict: 'NOT_GRANTED', paths: [] });
  });

  test('names the rule that denies it, and what the owner lacks', () => {
    const never = { ...typeRule, identifier: 'never', role: null, isDenied: true };
    const resourceTypes = company.resourceTypes.map((type) => ({ ...type, dependsOnOwnerProperties: ['email'] }));
    const input = inputOf({ typeRules: [typeRule, never], resourceTypes }, { roles: ['viewer'] });
    expect(missesOfAccount(input, 'crm-account')[0]?.failed.map(({ expression }) => expression)).toEqual([
      expect.stringContaining('not ('),
      'person.email is filled',
    ]);
  });
});
