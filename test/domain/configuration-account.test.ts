// Switches of resource types that contradict one another.
import { describe, expect, test } from '@jest/globals';
import type { ResourceTypeDefinition } from '../../src/domain/configuration.js';
import { accountConflicts } from '../../src/domain/configuration-account.js';
import { company, crmType } from './role-model/company.js';

const disable = {
  kind: 'DISABLE',
  property: 'title',
  disabledValue: 'off',
  enabledValue: 'on',
  deleteAfterDays: null,
} as const;
const conflictsOf = (type: Partial<ResourceTypeDefinition>): readonly string[] =>
  accountConflicts({ ...company, resourceTypes: [{ ...crmType, ...type }] }).map(
    ({ path, why }) => `${path.slice(2).join('.')} ${why}`,
  );

describe('an account that is to be used', () => {
  test('needs a property that says when it last was', () => {
    expect(conflictsOf({ unusedAfterDays: 90 })).toEqual([expect.stringContaining('unusedAfterDays has no effect')]);
    const entityTypes = company.entityTypes.map((type) => ({ ...type, lastUsedProperty: 'title' }));
    expect(accountConflicts({ ...company, entityTypes, resourceTypes: [{ ...crmType, unusedAfterDays: 90 }] })).toEqual(
      [],
    );
  });
});

describe('the end of an account', () => {
  test('may be a property with two values', () => {
    expect(conflictsOf({ onRemove: disable })).toEqual([]);
    expect(conflictsOf({ onRemove: { ...disable, enabledValue: null, deleteAfterDays: 30 } })).toEqual([]);
  });

  test.each<[string, Partial<ResourceTypeDefinition>, string]>([
    ['a property that is not there', { onRemove: { ...disable, property: 'off' } }, 'no property «off»'],
    ['links', { onRemove: { ...disable, property: 'groups' } }, '«groups» holds links'],
    ['the key', { onRemove: { ...disable, property: 'login' } }, '«login» is the key'],
    ['a value of another type', { onRemove: { ...disable, disabledValue: false } }, 'disabledValue is false, but'],
    ['twice the same value', { onRemove: { ...disable, enabledValue: 'off' } }, 'the same as `disabledValue`'],
    ['a change that is not allowed', { onRemove: disable, allowUpdate: false }, 'needs `allowUpdate`'],
    [
      'a deletion that is not allowed',
      { onRemove: { ...disable, deleteAfterDays: 3 }, allowRemove: false, removeOrphans: false },
      'deleteAfterDays needs `allowRemove`',
    ],
  ])('is not %s', (_, type, why) => {
    expect(conflictsOf(type).join('\n')).toContain(why);
  });
});

test('removing orphans needs to be allowed, and several accounts need a rule that finds them', () => {
  expect(conflictsOf({ removeOrphans: true, allowRemove: false })).toEqual(['removeOrphans needs `allowRemove`']);
  const lonely = {
    ...company,
    correlationRules: [],
    resourceTypes: [{ ...crmType, correlateMultipleResources: true }],
  };
  expect(accountConflicts(lonely)).toMatchObject([{ path: ['resourceTypes', 0, 'correlateMultipleResources'] }]);
});
