// Which existing accounts are an identity's: the whole matrix of switches, and what no match may take.
import { describe, expect, test } from '@jest/globals';
import type { FoundResource } from '../../../src/domain/role-model/account-question.js';
import { type Candidate, type FindingInput, findingOf } from '../../../src/domain/role-model/finding.js';
import { observedResource } from './company.js';

const candidate = (key: string, rule: string | null, more: Partial<Candidate> = {}): Candidate => ({
  rule,
  resource: observedResource({ key }),
  owner: null,
  ownerKey: null,
  ...more,
});

const input = (more: Partial<FindingInput> = {}): FindingInput => ({
  identityId: 'camille',
  resourceType: 'crm-account',
  key: 'camille.roy',
  rules: [
    { identifier: 'by-number', confidencePercent: 100 },
    { identifier: 'by-mail', confidencePercent: 100 },
    { identifier: 'by-name', confidencePercent: 80 },
    { identifier: 'by-surname', confidencePercent: 40 },
  ],
  candidates: [],
  hasResource: false,
  areSeveral: false,
  areAllSuggested: false,
  isClassified: false,
  isTaken: () => false,
  ...more,
});

/** `key` for a link, `key?80` for a proposal; the first account in brackets. */
function outcome(more: Partial<FindingInput>): string {
  const finding = findingOf(input(more));
  if (finding.kind === 'conflict') return finding.failure.message;
  const text = ({ resource, confidencePercent }: FoundResource): string =>
    `${resource.content.key}${confidencePercent === null || confidencePercent === undefined ? '' : `?${confidencePercent}`}`;
  const first = finding.kind === 'found' ? [`[${text(finding)}]`] : [];
  return [...first, ...(finding.further ?? []).map(text)].join(' ');
}

const sure = [candidate('number', 'by-number'), candidate('mail', 'by-mail')];
const uncertain = [candidate('surname', 'by-surname'), candidate('name', 'by-name')];

describe('an account that matches somebody else alike', () => {
  const shared = [candidate('number', 'by-number', { isShared: true })];

  test('is nobody’s until a person says whose, however many one may have', () => {
    expect(outcome({ candidates: shared })).toContain('number matches somebody else as well by rule by-number');
    expect(outcome({ candidates: shared, areSeveral: true })).toContain('matches somebody else as well');
  });

  test('is not put beside the account that somebody has', () => {
    expect(outcome({ candidates: shared, areSeveral: true, hasResource: true })).toBe('');
  });
});

describe('an account whose key is somebody else’s as well', () => {
  test('is not taken by a sure match while that person’s new account is to get it', () => {
    const promised = [candidate('number', 'by-number', { promisedTo: 'bea' })];
    expect(outcome({ candidates: promised })).toContain('is already the key of bea');
    expect(outcome({ candidates: promised, areSeveral: true, hasResource: true })).toBe('');
    expect(outcome({ candidates: [candidate('name', 'by-name', { promisedTo: 'bea' })] })).toBe('');
  });

  test('is not taken by its key where a sure rule says that it is somebody else’s', () => {
    const claimed = [candidate('camille', null, { isClaimed: true })];
    expect(outcome({ candidates: claimed })).toContain('not one of this person');
  });
});

describe('existing accounts of an identity', () => {
  const matrix = [
    { areSeveral: false, areAllSuggested: false, hasResource: false, sure: '[number]', uncertain: '[name?80]' },
    { areSeveral: false, areAllSuggested: false, hasResource: true, sure: '', uncertain: '' },
    {
      areSeveral: false,
      areAllSuggested: true,
      hasResource: false,
      sure: '[number] mail?99 name?80 surname?40',
      uncertain: '[name?80] surname?40',
    },
    { areSeveral: false, areAllSuggested: true, hasResource: true, sure: 'number?99 mail?99', uncertain: '' },
    {
      areSeveral: true,
      areAllSuggested: false,
      hasResource: false,
      sure: '[number] mail',
      uncertain: '[name?80] surname?40',
    },
    { areSeveral: true, areAllSuggested: false, hasResource: true, sure: 'number mail', uncertain: '' },
    {
      areSeveral: true,
      areAllSuggested: true,
      hasResource: false,
      sure: '[number] mail name?80 surname?40',
      uncertain: '[name?80] surname?40',
    },
    {
      areSeveral: true,
      areAllSuggested: true,
      hasResource: true,
      sure: 'number mail name?80 surname?40',
      uncertain: 'name?80 surname?40',
    },
  ];
  test.each(matrix)(
    'several $areSeveral, all suggested $areAllSuggested, has one $hasResource',
    ({ sure: withSure, uncertain: withoutSure, ...switches }) => {
      expect(outcome({ ...switches, candidates: [...sure, ...uncertain] })).toBe(withSure);
      expect(outcome({ ...switches, candidates: uncertain })).toBe(withoutSure);
    },
  );

  const twins = [candidate('one', 'by-number'), candidate('two', 'by-number')];
  test('are not guessed where one rule finds two: it is an error that names them', () => {
    expect(outcome({ candidates: twins })).toContain(
      '2 existing resources match as crm-account by rule by-number: one, two',
    );
  });
  test('are both proposed where one rule finds two and all are suggested', () => {
    expect(outcome({ candidates: twins, areAllSuggested: true })).toBe('[one?99] two?99');
  });
  test('are both linked where one rule finds two and several are allowed', () => {
    expect(outcome({ candidates: twins, areSeveral: true })).toBe('[one] two');
  });

  test('an equal key counts more than an uncertain match', () => {
    expect(outcome({ candidates: [candidate('camille.roy', null), ...uncertain] })).toBe('[camille.roy]');
  });
  test("an uncertain match is proposed rather than a key refused that is somebody else's", () => {
    const theirs = candidate('camille.roy', null, { owner: 'paul', ownerKey: 'paul' });
    expect(outcome({ candidates: [theirs] })).toContain('is already the key of paul');
    expect(outcome({ candidates: [theirs, ...uncertain] })).toBe('[name?80]');
  });
  test('a match that was declined is not proposed again, the next one is', () => {
    const declined = uncertain.map((each) => ({ ...each, isDeclined: each.rule === 'by-name' }));
    expect(outcome({ candidates: declined })).toBe('[surname?40]');
  });
  test("what a sure rule says is somebody else's is not proposed", () => {
    expect(outcome({ candidates: uncertain.map((each) => ({ ...each, isClaimed: true })) })).toBe('');
  });
  test('what belongs to somebody else, or was given away in the same run, is no match', () => {
    expect(outcome({ candidates: sure.map((each) => ({ ...each, owner: 'paul' })) })).toBe('');
    expect(outcome({ candidates: sure, isTaken: (it) => 'resourceId' in it })).toBe('');
  });

  test('must be classified as the type where the type has classification rules', () => {
    const admin = candidate('adm-number', 'by-number', { classifiedAs: 'crm-admin' });
    const user = candidate('mail', 'by-mail', { classifiedAs: 'crm-account' });
    expect(outcome({ candidates: [admin, user], isClassified: true })).toBe('[mail]');
    expect(outcome({ candidates: [candidate('camille.roy', null)], isClassified: true })).toContain(
      'not one of this person',
    );
  });
  test('are proposed with the confidence of their class where that is lower', () => {
    const user = candidate('mail', 'by-mail', { classifiedAs: 'crm-account', classificationConfidence: 70 });
    expect(outcome({ candidates: [user], isClassified: true })).toBe('[mail?70]');
  });
});
