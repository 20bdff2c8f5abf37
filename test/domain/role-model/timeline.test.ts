// Time offsets, orders ahead of time, and roles that are offered: what counts on which day, and the day of the next change.
import { describe, expect, test } from '@jest/globals';
import type { Configuration, RoleRule, TimeOffset } from '../../../src/domain/configuration.js';
import { computationAt } from '../../../src/domain/role-model/computation.js';
import { evaluate } from '../../../src/domain/role-model/evaluate.js';
import { explainRole } from '../../../src/domain/role-model/explanation.js';
import type { IdentitySnapshot, RoleDecision } from '../../../src/domain/role-model/evaluation.js';
import { plainNavigationRule, plainRoleRule, plainScalarRule, plainTypeRule } from '../definition.js';
import { addDays } from '../../../src/domain/calendar.js';
import { camille, crmType, decision, digest, modelOf, nothingStored } from './company.js';

const about = { policy: 'p', resourceType: 'crm-account' };
const account = (timeOffset: TimeOffset | null, role: string | null = null) => ({
  ...plainTypeRule,
  ...about,
  identifier: 'account',
  role,
  timeOffset,
});
const worldOf = (changes: Partial<Configuration>) =>
  modelOf({ roleRules: [], scalarRules: [], navigationRules: [], ...changes });

const employed = (
  startDate: string,
  endDate: string | null,
  decisions: readonly RoleDecision[] = [],
): IdentitySnapshot => ({
  ...camille,
  decisions,
  attributes: { ...camille.attributes, startDate, endDate },
});

/** Runs of days on which there is an account, from April to July. */
function daysWith(snapshot: IdentitySnapshot, model = worldOf({})): string {
  const runs: string[][] = [];
  let isOpen = false;
  for (let day = '2031-04-01'; day < '2031-08-01'; day = addDays(day, 1)) {
    const has = evaluate(snapshot, model, day).accounts.length > 0;
    if (has && isOpen) runs.at(-1)?.splice(1, 1, day);
    else if (has) runs.push([day, day]);
    isOpen = has;
  }
  return runs.map(([first, last]) => `${first} ${last}`).join(', ');
}

describe('an offset of a type rule', () => {
  const may = employed('2031-05-01', '2031-05-31');

  test.each<[TimeOffset['mode'], number, number, string]>([
    ['AROUND', -3, 10, '2031-04-28 2031-06-10'],
    ['AROUND', 2, -1, '2031-05-03 2031-05-30'],
    ['BEFORE', -3, 4, '2031-04-28 2031-05-05'],
    ['AFTER', -2, 10, '2031-05-29 2031-06-10'],
    ['AFTER', 1, 10, '2031-06-01 2031-06-10'],
  ])('%s from %i to %i moves the days of the account', (mode, before, after, expected) => {
    expect(daysWith(may, worldOf({ typeRules: [account({ mode, before, after })] }))).toBe(expected);
  });

  test('control: without one the account lasts from the first to the last day', () => {
    expect(daysWith(may, worldOf({ typeRules: [account(null)] }))).toBe('2031-05-01 2031-05-31');
  });

  test('counts from the days of a role that was asked for', () => {
    const model = worldOf({ typeRules: [account({ mode: 'AROUND', before: -3, after: 10 }, 'editor')] });
    const asked = employed('2031-01-01', null, [
      decision('editor', { startDate: '2031-05-10', endDate: '2031-05-20' }),
    ]);
    expect(daysWith(asked, model)).toBe('2031-05-07 2031-05-30');
  });

  test('keeps the row of a role for as long as it counts', () => {
    const model = worldOf({ typeRules: [account({ mode: 'AROUND', before: 0, after: 10 }, 'editor')] });
    const asked = employed('2031-01-01', null, [decision('editor', { endDate: '2031-05-20' })]);
    expect(evaluate(asked, model, '2031-05-30').ended).toEqual([]);
    expect(evaluate(asked, model, '2031-05-31').ended).toEqual(['editor']);
    expect(evaluate(asked, worldOf({}), '2031-05-21').ended).toEqual(['editor']);
  });

  test('does not wait where the source no longer lists the person', () => {
    const model = worldOf({ typeRules: [account({ mode: 'AROUND', before: -3, after: 10 })] });
    expect(daysWith({ ...may, isRemoved: true }, model)).toBe('');
  });
});

describe('rules about properties', () => {
  const model = worldOf({
    typeRules: [account({ mode: 'AROUND', before: -5, after: 5 })],
    scalarRules: [
      {
        ...plainScalarRule,
        ...about,
        identifier: 'ready',
        property: 'title',
        value: "'soon'",
        timeOffset: { mode: 'BEFORE', before: -2, after: -1 },
      },
      { ...plainScalarRule, ...about, identifier: 'always', property: 'email', value: 'person.email' },
    ],
    navigationRules: [
      {
        ...plainNavigationRule,
        ...about,
        identifier: 'leavers',
        property: 'groups',
        target: 'leavers',
        timeOffset: { mode: 'AFTER', before: 1, after: 5 },
      },
    ],
  });
  const on = (day: string) => evaluate(employed('2031-05-01', '2031-05-31'), model, day).accounts[0];

  test('count as long as the account where they say nothing of time', () => {
    expect(on('2031-04-27')).toMatchObject({ values: { email: { rule: 'always' } }, links: {} });
  });

  test('have an offset of their own', () => {
    expect(on('2031-04-29')).toMatchObject({ values: { title: { value: 'soon' } } });
    expect(on('2031-05-01')).not.toMatchObject({ values: { title: { value: 'soon' } } });
    expect(on('2031-06-02')).toMatchObject({ links: { groups: { leavers: 'leavers' } } });
  });
});

describe('orders ahead of time', () => {
  const type = { ...crmType, fulfillHoursAheadOfTime: 36 };
  const model = worldOf({ resourceTypes: [type], typeRules: [account(null)] });
  const newcomer = employed('2031-05-10', null);
  /** 36 hours reach the day after tomorrow from noon on. */
  const morning = () => 1;
  const afternoon = () => 2;

  test('let the account become due so many hours before the first day', () => {
    expect(evaluate(newcomer, model, '2031-05-08', morning).accounts).toEqual([]);
    expect(evaluate(newcomer, model, '2031-05-08', afternoon).accounts).toHaveLength(1);
  });

  test('do not move the first day', () => {
    expect(evaluate(newcomer, model, '2031-05-09', afternoon)).toMatchObject({ position: 'before', roles: [] });
  });

  test('name the day on which the hour comes, until it has come', () => {
    expect(evaluate(newcomer, model, '2031-05-02', morning).nextDueOn).toBe('2031-05-08');
    expect(evaluate(newcomer, model, '2031-05-08', morning).nextDueOn).toBe('2031-05-08');
    expect(evaluate(newcomer, model, '2031-05-08', afternoon).nextDueOn).toBe('2031-05-10');
  });

  test('take nothing away ahead of time', () => {
    expect(evaluate(employed('2031-01-01', '2031-05-08'), model, '2031-05-08', afternoon).accounts).toHaveLength(1);
  });
});

describe('hours', () => {
  const at = (instant: string) =>
    computationAt(worldOf({}), new Date(instant), { timeZone: 'Europe/Paris', digest, newId: () => 'new' });

  test.each([
    ['reach midnight to the minute', '2031-05-08T21:59:00Z', 24, 1],
    ['reach the next day from midnight on', '2031-05-08T22:00:00Z', 24, 1],
    ['reach the day after from noon on', '2031-05-08T10:00:00Z', 36, 2],
    ['do not reach it a minute earlier', '2031-05-08T09:59:00Z', 36, 1],
    // Clocks are put forward in the night to 30 March: that day has 23 hours.
    ['count on over a day that is an hour short', '2031-03-29T09:59:00Z', 36, 1],
    ['count on over a day that is an hour short, and reach', '2031-03-29T10:00:00Z', 36, 2],
  ])('%s', (_name, instant, hours, days) => {
    expect(at(instant).ahead?.(hours)).toBe(days);
  });
});

describe('a role that a rule offers', () => {
  const offers = (gives: RoleRule['gives'], more: Partial<RoleRule> = {}) => [
    { ...plainRoleRule, identifier: 'offer', policy: 'p', role: 'editor', gives, ...more },
  ];
  const offered = (snapshot: IdentitySnapshot, roleRules: readonly RoleRule[], day = '2031-05-10') =>
    evaluate(snapshot, worldOf({ roleRules }), day);

  test('is suggested and not held', () => {
    expect(offered(camille, offers('SUGGESTED'))).toMatchObject({
      roles: [],
      accounts: [],
      suggestions: [{ role: 'editor', rule: 'offer', isChosen: false }],
    });
  });

  test('is chosen for somebody not past the first day, and suggested afterwards', () => {
    const chosen = (startDate: string) => offered(employed(startDate, null), offers('REQUESTED_AUTOMATICALLY'));
    expect(chosen('2031-05-20').suggestions).toMatchObject([{ isChosen: true }]);
    expect(chosen('2031-05-10')).toMatchObject({ suggestions: [{ isChosen: true }], nextDueOn: '2031-05-11' });
    expect(chosen('2031-05-09').suggestions).toMatchObject([{ isChosen: false }]);
  });

  test.each<[string, IdentitySnapshot, readonly RoleRule[]]>([
    ['held', { ...camille, decisions: [decision('editor')] }, offers('SUGGESTED')],
    [
      'given by a rule',
      camille,
      [...offers('SUGGESTED'), { ...plainRoleRule, identifier: 'gives', policy: 'p', role: 'editor' }],
    ],
    [
      'asked for',
      { ...camille, decisions: [decision('editor', { workflowState: 'PENDING_APPROVAL' })] },
      offers('SUGGESTED'),
    ],
    [
      'denied by a person',
      { ...camille, decisions: [decision('editor', { workflowState: 'DECLINED', isDenied: true })] },
      offers('SUGGESTED'),
    ],
    [
      'denied by a rule',
      camille,
      [...offers('SUGGESTED'), { ...plainRoleRule, identifier: 'denies', policy: 'p', role: 'editor', isDenied: true }],
    ],
    ['of somebody who left', employed('2030-01-01', '2031-05-09'), offers('SUGGESTED')],
    ['not for this person', camille, offers('SUGGESTED', { when: "person.department == 'legal'" })],
  ])('is not offered when it is %s', (_name, snapshot, rules) => {
    expect(offered(snapshot, rules).suggestions).toEqual([]);
  });

  test('is explained by the rule that offers it, and not granted', () => {
    const model = worldOf({ roleRules: offers('SUGGESTED') });
    const { suggestions } = evaluate(camille, model, '2031-05-10');
    const identity = { snapshot: camille, hash: 'h', stored: { ...nothingStored, suggestions } };
    const about = { model, identity, isDirty: false, today: '2031-05-10', requests: new Map() };
    const shown = { workflowState: 'SUGGESTED', provisioningState: 'NONE' } as const;
    expect(explainRole(about, 'editor', shown)).toMatchObject({
      verdict: 'NOT_GRANTED',
      paths: [{ steps: [{ kind: 'RULE', label: 'ALWAYS offer role editor' }, { kind: 'SINGLE_ROLE' }] }],
    });
  });
});
