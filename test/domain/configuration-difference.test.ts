// What a person reads of a changed configuration: every definition that is new, gone or otherwise, and no secret.
import { describe, expect, test } from '@jest/globals';
import type { Configuration, ConnectionDefinition } from '../../src/domain/configuration.js';
import { configurationChanges, maskedChange } from '../../src/domain/configuration-difference.js';
import { company } from './role-model/company.js';

const [type] = company.resourceTypes;
if (type === undefined) throw new Error('The company has no resource type.');
const changed = (changes: Partial<Configuration>) => configurationChanges(company, { ...company, ...changes });

const connection: ConnectionDefinition = {
  identifier: 'crm',
  displayName: 'CRM',
  connector: 'crm',
  package: 'sql',
  settings: { password: 'open sesame', host: 'old.example' },
  concurrency: 4,
  ratePerSecond: null,
  deadlineSeconds: 30,
};
const moved: ConnectionDefinition = { ...connection, settings: { password: 'swordfish', host: 'new.example' } };

describe('the difference of two configurations', () => {
  test('is nothing where only the order is another one', () => {
    expect(changed({})).toEqual([]);
    expect(changed({ singleRoles: company.singleRoles.toReversed() })).toEqual([]);
  });

  test('names definitions that are new and gone', () => {
    const profile = { profile: 'administrator', people: ['camille.roy'] } as const;
    expect(changed({ profiles: [profile] })).toEqual([
      { kind: 'profiles', identifier: 'administrator', change: 'ADDED', before: null, after: profile },
    ]);
    expect(changed({ resourceTypes: [] })).toMatchObject([
      { kind: 'resourceTypes', identifier: type.identifier, change: 'REMOVED', after: null },
    ]);
  });

  test('names of a changed one only the keys that differ', () => {
    const thresholds = { ...type.thresholds, percent: 100 };
    expect(changed({ resourceTypes: [{ ...type, thresholds, blockProvisioning: !type.blockProvisioning }] })).toEqual([
      {
        kind: 'resourceTypes',
        identifier: type.identifier,
        change: 'CHANGED',
        before: { 'thresholds.percent': type.thresholds.percent, blockProvisioning: type.blockProvisioning },
        after: { 'thresholds.percent': 100, blockProvisioning: !type.blockProvisioning },
      },
    ]);
  });

  test('lets nothing hide behind another of the same name', () => {
    const profile = (person: string) => ({ profile: 'administrator', people: [person] }) as const;
    const before = { ...company, profiles: [profile('ada')] };
    expect(configurationChanges(before, { ...company, profiles: [profile('ada'), profile('eve')] })).toMatchObject([
      { kind: 'profiles', identifier: 'administrator#2', change: 'ADDED', after: { people: ['eve'] } },
    ]);
  });

  test('masks secret settings, and every text where the package is unknown', () => {
    const [change] = configurationChanges(
      { ...company, connections: [connection] },
      { ...company, connections: [moved] },
    );
    if (change === undefined) throw new Error('Nothing changed.');
    expect(maskedChange(change, ['password'])).toMatchObject({
      before: { 'settings.password': { $secret: true }, 'settings.host': 'old.example' },
      after: { 'settings.password': { $secret: true }, 'settings.host': 'new.example' },
    });
    expect(JSON.stringify(maskedChange(change, null))).not.toMatch(/sesame|swordfish|example/);
    const [added] = changed({ connections: [...company.connections, { ...connection, identifier: 'another' }] });
    if (added === undefined) throw new Error('Nothing was added.');
    expect(JSON.stringify(maskedChange(added, ['password']))).not.toContain('sesame');
  });
});
