// How findings become items, and which decision fits which item.
import { describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import {
  type AccountMatch,
  type FoundItem,
  lostItem,
  propertyItem,
  reconciliationDecisions,
  roleItem,
  type StrayAccount,
  strayItem,
} from '../../src/domain/reconciliation.js';
import {
  checkDecision,
  checkGroup,
  decisionsFor,
  type DecisionQuestion,
  isDecidable,
  type OpenItem,
} from '../../src/domain/reconciliation-decision.js';

const match = (more: Partial<AccountMatch> = {}): AccountMatch => ({
  identityId: 'anna',
  resourceType: 'crm',
  confidencePercent: 100,
  isAbsent: false,
  standing: 'none',
  alternatives: 1,
  ...more,
});
const stray = (matches: readonly AccountMatch[], more: Partial<StrayAccount> = {}): StrayAccount => ({
  resourceId: 'r1',
  entityType: 'crmAccount',
  resourceType: 'crm',
  isPreExisting: false,
  matches,
  ...more,
});

describe('an account without an owner', () => {
  const of = (matches: readonly AccountMatch[], more?: Partial<StrayAccount>) => {
    const item = strayItem(stray(matches, more));
    return item === null ? null : [item.kind, item.groupKey, item.identityId, item.suggestion, item.confidencePercent];
  };

  test.each<[string, readonly AccountMatch[], Partial<StrayAccount>, ReturnType<typeof of>]>([
    ['that matches nobody is orphaned', [], {}, ['ORPHANED_ACCOUNT', 'ORPHANED_ACCOUNT:crmAccount', null, null, null]],
    [
      'that matches one person for sure has no cause',
      [match()],
      {},
      ['UNAUTHORIZED_ACCOUNT', 'UNAUTHORIZED_ACCOUNT:crm', 'anna', 'REMOVE', 100],
    ],
    [
      'that was there first is usually right',
      [match()],
      { isPreExisting: true },
      ['UNAUTHORIZED_ACCOUNT', 'UNAUTHORIZED_ACCOUNT:crm', 'anna', 'KEEP', 100],
    ],
    [
      'of somebody who has left is usually not',
      [match({ isAbsent: true })],
      { isPreExisting: true },
      ['UNAUTHORIZED_ACCOUNT', 'UNAUTHORIZED_ACCOUNT:crm', 'anna', 'REMOVE', 100],
    ],
    [
      'of somebody who has one is a duplicate',
      [match({ standing: 'held' })],
      { isPreExisting: true },
      ['UNAUTHORIZED_ACCOUNT', 'DUPLICATE_ACCOUNT:crm', 'anna', 'REMOVE', 100],
    ],
    [
      'that matches two people for sure is ambiguous',
      [match(), match({ identityId: 'bert' })],
      {},
      ['RESOURCE', 'SEVERAL_PEOPLE:crm', null, null, 100],
    ],
    [
      'is one of two that match the same person',
      [match({ alternatives: 2 })],
      {},
      ['RESOURCE', 'SEVERAL_ACCOUNTS:crm', 'anna', null, 100],
    ],
    [
      'that the computation could not choose is ambiguous',
      [match({ standing: 'failed' })],
      {},
      ['RESOURCE', 'SEVERAL_ACCOUNTS:crm', 'anna', null, 100],
    ],
    ["that the next computation gives to its owner is nobody's business", [match({ standing: 'expected' })], {}, null],
    [
      'proposes the likeliest person',
      [match({ confidencePercent: 60 }), match({ identityId: 'bert', confidencePercent: 80 })],
      {},
      ['ORPHANED_ACCOUNT', 'ORPHANED_ACCOUNT:crmAccount', 'bert', 'LINK', 80],
    ],
    [
      'leaves two equally likely ones to a person',
      [match({ confidencePercent: 80 }), match({ identityId: 'bert', confidencePercent: 80 })],
      {},
      ['RESOURCE', 'SEVERAL_PEOPLE:crm', null, null, 80],
    ],
    [
      'does not propose who has one, or has left',
      [
        match({ confidencePercent: 80, standing: 'held' }),
        match({ identityId: 'bert', confidencePercent: 80, isAbsent: true }),
      ],
      {},
      ['ORPHANED_ACCOUNT', 'ORPHANED_ACCOUNT:crmAccount', null, null, null],
    ],
  ])('%s', (_name, matches, more, expected) => {
    expect(of(matches, more)).toEqual(expected);
  });
});

describe('an item', () => {
  const value = {
    identityId: 'anna',
    assignmentId: 'a1',
    resourceId: 'r1',
    resourceType: 'crm',
    property: 'mail',
    targetKey: null,
    currentValue: 'x',
    expectedValue: 'y',
    isPreExisting: false,
  };

  test('about a link is grouped with the same link, about a value with the property', () => {
    expect(propertyItem(value)).toMatchObject({ groupKey: 'PROPERTY:crm.mail', suggestion: 'CORRECT' });
    expect(propertyItem({ ...value, targetKey: 'board' })).toMatchObject({
      groupKey: 'PROPERTY:crm.mail=board',
      suggestion: 'REMOVE',
    });
    expect(propertyItem({ ...value, isPreExisting: true }).suggestion).toBe('KEEP');
    expect(roleItem({ identityId: 'anna', role: 'editor', resourceId: 'r1', isPreExisting: false })).toMatchObject({
      groupKey: 'ROLE:editor',
      suggestion: 'KEEP',
    });
  });

  test('about another value is another item, about the same one the same', () => {
    expect(propertyItem(value).subject).toBe(propertyItem({ ...value, expectedValue: 'z' }).subject);
    expect(propertyItem(value).subject).not.toBe(propertyItem({ ...value, currentValue: 'z' }).subject);
  });

  test('about what was kept is another one once its owner has left', () => {
    const lost = {
      identityId: 'anna',
      assignmentId: 'a1',
      resourceId: 'r1',
      resourceType: 'crm',
      isPreExisting: false,
    };
    expect(lostItem({ ...lost, wasKept: true }).subject).toBe(`${lostItem({ ...lost, wasKept: false }).subject}:left`);
  });
});

const officer: Actor = {
  kind: 'identity',
  identityId: 'olga',
  identifier: 'olga',
  displayName: 'Olga',
  profiles: ['role-officer'],
};
const item = (more: Partial<OpenItem> = {}): OpenItem => ({
  ...(strayItem(stray([match()])) as FoundItem),
  id: 'item',
  isOpen: true,
  ...more,
});
const question = (
  more: Partial<Omit<DecisionQuestion, 'decision'>> & { decision?: Partial<DecisionQuestion['decision']> } = {},
): DecisionQuestion => ({
  item: item(),
  actor: officer,
  own: ['olga'],
  owner: { isAbsent: false, hasOther: false },
  today: '2031-05-15',
  ...more,
  decision: { decision: 'KEEP', comment: null, ownerId: null, until: null, ...more.decision },
});
const refusal = (asked: DecisionQuestion): string | null => {
  const decided = checkDecision(asked);
  return decided.ok ? null : (decided.refusals[0]?.rule ?? null);
};

describe('a decision', () => {
  test('fits what it is about', () => {
    const kinds = [
      'ROLE',
      'RESOURCE',
      'PROPERTY',
      'UNAUTHORIZED_ACCOUNT',
      'ORPHANED_ACCOUNT',
      'UNUSED_ACCOUNT',
    ] as const;
    for (const kind of kinds) {
      for (const targetKey of kind === 'PROPERTY' ? [null, 'board'] : [null]) {
        const allowed = decisionsFor({ kind, targetKey });
        for (const decision of reconciliationDecisions) {
          const asked = question({
            item: item({ kind, targetKey, identityId: 'anna' }),
            decision: { decision, comment: 'Why not.', ownerId: 'bert' },
          });
          expect([kind, decision, refusal(asked)]).toEqual([
            kind,
            decision,
            allowed.includes(decision) ? null : 'reconciliation.fitting-decision',
          ]);
        }
      }
    }
  });

  test.each<[string, DecisionQuestion, string | null]>([
    ['about what is no longer open', question({ item: item({ isOpen: false }) }), 'reconciliation.open'],
    ['about oneself', question({ item: item({ identityId: 'olga' }) }), 'reconciliation.not-about-oneself'],
    [
      "about another identity of one's own",
      question({ item: item({ identityId: 'olga-admin' }), own: ['olga', 'olga-admin'] }),
      'reconciliation.not-about-oneself',
    ],
    [
      'that gives oneself an account',
      question({ decision: { decision: 'LINK', ownerId: 'olga' } }),
      'reconciliation.not-about-oneself',
    ],
    [
      'to remove without a reason',
      question({ decision: { decision: 'REMOVE', comment: '  ' } }),
      'reconciliation.reason-for-removal',
    ],
    ['to link to nobody', question({ decision: { decision: 'LINK' }, owner: null }), 'reconciliation.new-owner'],
    [
      'to link to somebody who has left',
      question({ decision: { decision: 'LINK', ownerId: 'bert' }, owner: { isAbsent: true, hasOther: false } }),
      'reconciliation.new-owner',
    ],
    [
      'to link to somebody who has one',
      question({ decision: { decision: 'LINK', ownerId: 'bert' }, owner: { isAbsent: false, hasOther: true } }),
      'reconciliation.new-owner',
    ],
    [
      'to remove an account of an unknown type',
      question({ item: item({ resourceType: null }), decision: { decision: 'REMOVE', comment: 'Old.' } }),
      'reconciliation.known-type',
    ],
    [
      'to put off until today',
      question({ decision: { decision: 'POSTPONE', until: '2031-05-15' } }),
      'reconciliation.postponed-to-the-future',
    ],
    ['to put off until tomorrow', question({ decision: { decision: 'POSTPONE', until: '2031-05-16' } }), null],
  ])('%s', (_name, asked, rule) => {
    expect(refusal(asked)).toBe(rule);
  });

  test('about a group holds only for the group as it was seen', () => {
    expect([checkGroup('g', 3, 3), checkGroup('g', 2, 3)?.code, checkGroup('g', 0, 0)?.code]).toEqual([
      null,
      'STALE_VERSION',
      'NOT_FOUND',
    ]);
  });
});

test('what is open is offered to everybody but those it is about, under any of their names', () => {
  expect(isDecidable({ isOpen: true, identityId: 'anna' }, ['bea'])).toBe(true);
  expect(isDecidable({ isOpen: true, identityId: null }, ['bea'])).toBe(true);
  expect(isDecidable({ isOpen: true, identityId: 'anna' }, ['bea', 'anna'])).toBe(false);
  expect(isDecidable({ isOpen: false, identityId: 'anna' }, [])).toBe(false);
});
