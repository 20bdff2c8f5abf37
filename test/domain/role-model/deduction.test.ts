// Which roles are deduced from what stands in an account, and what stays unexplained.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Configuration } from '../../../src/domain/configuration.js';
import { deduce, type Deduction, type FoundAccount } from '../../../src/domain/role-model/deduction.js';
import type { IdentitySnapshot } from '../../../src/domain/role-model/evaluation.js';
import { evaluate } from '../../../src/domain/role-model/evaluate.js';
import { plainNavigationRule, plainScalarRule, plainTypeRule } from '../definition.js';
import { camille, company, decision, modelOf, role, today } from './company.js';

const lawyer: IdentitySnapshot = { ...camille, attributes: { ...camille.attributes, department: 'legal' } };

const account = (groups: readonly string[], more: Partial<FoundAccount> = {}): FoundAccount => ({
  resourceType: 'crm-account',
  resourceId: 'found',
  isPreExisting: false,
  content: { key: 'camille.roy', attributes: { email: 'camille@acme.example', title: 'editor' }, links: { groups } },
  foundValues: [],
  settledLinks: new Set(),
  ...more,
});

const deduced = (
  groups: readonly string[],
  {
    person = lawyer,
    found = {},
    model = {},
  }: { person?: IdentitySnapshot; found?: Partial<FoundAccount>; model?: Partial<Configuration> } = {},
): Deduction => deduce({ snapshot: person, accounts: [account(groups, found)], model: modelOf(model), today });

const roles = (result: Deduction): readonly string[] => result.roles.map((each) => each.role);
const left = (result: Deduction): readonly string[] =>
  result.unexplained.map(({ kind, property, target }) =>
    [kind, property, target].filter((text) => text !== '').join(' '),
  );

const viewersToo = {
  ...plainNavigationRule,
  policy: 'p',
  identifier: 'viewers-by-plain',
  resourceType: 'crm-account',
  property: 'groups',
  role: 'plain',
  target: 'viewers',
};

describe('a role is deduced', () => {
  test('where it alone explains a link, and everything it gives is there', () => {
    const result = deduced(['viewers']);
    expect(result.roles).toEqual([{ role: 'viewer', resourceId: 'found', isPreExisting: false }]);
    expect(result.unexplained).toEqual([]);
  });

  test('beside another one, and says which were there from the first load on', () => {
    const result = deduced(['editors', 'viewers'], { found: { isPreExisting: true } });
    expect(roles(result)).toEqual(['editor', 'viewer']);
    expect(result.roles.every(({ isPreExisting }) => isPreExisting)).toBe(true);
  });

  test('from the account itself, where one role alone gives it', () => {
    const model = { typeRules: company.typeRules.filter((rule) => rule.role === 'viewer'), navigationRules: [] };
    expect(roles(deduced([], { model }))).toEqual(['viewer']);
  });

  test('from a value that only its own rule gives', () => {
    const result = deduced([], {
      person: camille,
      found: { foundValues: ['title'] },
      model: { navigationRules: [] },
    });
    expect([roles(result), left(result)]).toEqual([['editor'], []]);
  });

  test('for an account that is due already, when a group in it is not', () => {
    expect(roles(deduced(['viewers'], { person: camille }))).toEqual(['viewer']);
  });
});

describe('nothing is deduced', () => {
  test.each<[string, readonly string[], Parameters<typeof deduced>[1]]>([
    [
      'where two roles could explain the link',
      ['viewers'],
      {
        model: {
          navigationRules: [...company.navigationRules, viewersToo],
          typeRules: [
            ...company.typeRules,
            {
              ...plainTypeRule,
              policy: 'p',
              identifier: 'account-for-plain',
              resourceType: 'crm-account',
              role: 'plain',
            },
          ],
        },
      },
    ],
    [
      'where a value of the role is missing',
      ['editors'],
      { found: { content: { key: 'camille.roy', attributes: { title: 'nobody' }, links: { groups: ['editors'] } } } },
    ],
    [
      'where a second link of the role is missing',
      ['viewers'],
      {
        model: { navigationRules: [...company.navigationRules, { ...viewersToo, role: 'viewer', target: 'readers' }] },
      },
    ],
    ['where nobody gives such a link', ['board'], {}],
    [
      'where the role was denied',
      ['viewers'],
      { person: { ...lawyer, decisions: [decision('viewer', { workflowState: 'DECLINED', isDenied: true })] } },
    ],
    [
      'where the role is asked for and not decided',
      ['viewers'],
      { person: { ...lawyer, decisions: [decision('viewer', { workflowState: 'PENDING_APPROVAL' })] } },
    ],
    [
      'where the role is being taken away',
      ['viewers'],
      { person: { ...lawyer, decisions: [decision('viewer', { workflowState: 'CANCELLATION' })] } },
    ],
    ['for somebody who has left', ['viewers'], { person: { ...lawyer, isRemoved: true } }],
    ['from an account that several roles give', [], {}],
  ])('%s', (_name, groups, given) => {
    const result = deduced(groups, given);
    expect(roles(result)).toEqual([]);
    expect(left(result)).toEqual(['account', ...groups.map((group) => `link groups ${group}`)]);
  });

  test('from links that a person kept or that are about to go', () => {
    const result = deduced(['viewers'], { person: camille, found: { settledLinks: new Set(['groups\nviewers']) } });
    expect([roles(result), left(result)]).toEqual([[], []]);
  });

  test('from links of a property that no rule gives', () => {
    const found = { content: { key: 'camille.roy', attributes: {}, links: { friends: ['viewers'] } } };
    expect(left(deduced([], { person: camille, found }))).toEqual([]);
  });
});

describe('a composite role', () => {
  const parts = ['editor', 'viewer'];
  const bound = company.singleRoles.map((each) =>
    parts.includes(each.identifier) ? { ...each, isRequestable: false } : each,
  );

  test('is deduced from all its roles where none of them can be had by itself', () => {
    expect(roles(deduced(['editors', 'viewers'], { model: { singleRoles: bound } }))).toEqual(['lead']);
  });

  test('is not where they can, where one is missing, or where another one bundles them, too', () => {
    expect(roles(deduced(['editors', 'viewers']))).toEqual(parts);
    expect(roles(deduced(['viewers'], { model: { singleRoles: bound } }))).toEqual(['viewer']);
    const other = { ...role('other-lead'), singleRoles: parts };
    const model = { singleRoles: bound, compositeRoles: [...company.compositeRoles, other] };
    expect(roles(deduced(['editors', 'viewers'], { model }))).toEqual(parts);
  });
});

describe('whatever is found', () => {
  const groups = fc.subarray(['editors', 'viewers', 'board', 'readers']);
  const title = fc.constantFrom('editor', 'nobody', null);
  const titles = {
    ...plainScalarRule,
    policy: 'p',
    identifier: 'title-viewer',
    resourceType: 'crm-account',
    property: 'title',
    role: 'viewer',
    value: "'viewer'",
  };

  test('what deduced roles give is there, and what is left over is given by nobody', () => {
    fc.assert(
      fc.property(
        groups,
        title,
        fc.constantFrom('sales', 'legal'),
        fc.boolean(),
        (some, value, department, contradicts) => {
          const person = { ...camille, attributes: { ...camille.attributes, department } };
          const found = account(some, { content: { key: 'k', attributes: { title: value }, links: { groups: some } } });
          const model = modelOf(contradicts ? { scalarRules: [...company.scalarRules, titles] } : {});
          const result = deduce({ snapshot: person, accounts: [found], model, today });
          const before = evaluate(person, model, today).accounts[0];
          const decisions = result.roles.map((each) => decision(each.role, { workflowState: 'NON_CONFORMING' }));
          const after = evaluate({ ...person, decisions }, model, today).accounts[0];
          const links = after?.kind === 'due' ? Object.keys(after.links.groups ?? {}) : [];
          const known = before?.kind === 'due' ? Object.keys(before.links.groups ?? {}) : [];
          expect(some).toEqual(expect.arrayContaining(links.filter((group) => !known.includes(group))));
          expect(left(result).filter((text) => text.startsWith('link'))).toEqual(
            some.filter((group) => !links.includes(group)).map((group) => `link groups ${group}`),
          );
        },
      ),
    );
  });

  test('a second look, with the roles it found, finds nothing more', () => {
    fc.assert(
      fc.property(groups, (some) => {
        const first = deduced(some);
        const decisions = first.roles.map((each) => decision(each.role, { workflowState: 'NON_CONFORMING' }));
        const second = deduced(some, { person: { ...lawyer, decisions } });
        expect([second.roles, second.unexplained]).toEqual([[], first.unexplained]);
      }),
    );
  });
});
