// Which profiles an actor has, and who cannot act at all.
import { describe, expect, test } from '@jest/globals';
import { personActor, serviceActor } from '../../src/domain/actor.js';
import type { Configuration } from '../../src/domain/configuration.js';
import type { Person } from '../../src/domain/person.js';

const camille: Person = {
  id: 'c',
  identifier: 'camille.roy',
  displayName: 'Camille Roy',
  managerKey: 'ines.aubry',
  startDate: '2031-01-01',
  endDate: '2031-12-31',
  isRemoved: false,
};

const configuration: Configuration = {
  connectors: [],
  connections: [],
  entityTypes: [],
  policies: [],
  dimensions: [],
  contextRules: [],
  queryRules: [],
  classificationRules: [],
  automationRules: [],
  risks: [],
  categories: [],
  compositeRoles: [],
  resourceTypes: [],
  roleRules: [],
  typeRules: [],
  scalarRules: [],
  navigationRules: [],
  correlationRules: [],
  jobs: [],
  singleRoles: [
    {
      identifier: 'crm-editor',
      displayName: 'CRM editor',
      description: null,
      category: null,
      policy: 'default',
      owner: 'camille.roy',
      isRequestable: true,
      isPrivileged: false,
      approvalWorkflow: 'NONE',
      approvers: [],
      maxDurationDays: null,
      parameters: [],
      gracePeriodDays: 0,
      prolongationWithoutApproval: false,
      implicitApproval: false,
      approvalDays: null,
    },
  ],
  profiles: [
    { profile: 'operator', people: ['camille.roy'] },
    { profile: 'auditor', people: ['omar.benali'] },
  ],
  serviceAccounts: [{ identifier: 'ci', displayName: 'Pipeline', profiles: ['script'], owner: null }],
};
const nothing: Configuration = { ...configuration, singleRoles: [], profiles: [], serviceAccounts: [] };

describe('personActor', () => {
  test('has the profiles that follow from data and the configured ones', () => {
    expect(personActor(camille, configuration, true, '2031-05-01')).toEqual({
      ok: true,
      value: {
        kind: 'identity',
        identityId: 'c',
        identifier: 'camille.roy',
        displayName: 'Camille Roy',
        profiles: ['employee', 'manager', 'application-owner', 'operator'],
      },
    });
  });

  test('is an employee when nothing else is said', () => {
    expect(personActor(camille, nothing, false, '2031-05-01')).toMatchObject({
      ok: true,
      value: { profiles: ['employee'] },
    });
  });

  test.each([
    ['2030-12-31', 'starts on 2031-01-01'],
    ['2032-01-01', 'left on 2031-12-31'],
  ])('cannot act on %s, and says why: %s', (today, reason) => {
    expect(personActor(camille, configuration, true, today)).toMatchObject({
      ok: false,
      refusals: [{ code: 'FORBIDDEN', rule: 'actor.active', message: expect.stringContaining(reason) }],
    });
  });

  test('cannot act once the source no longer lists the person', () => {
    expect(personActor({ ...camille, isRemoved: true }, nothing, false, '2031-05-01')).toMatchObject({
      ok: false,
      refusals: [{ rule: 'actor.active' }],
    });
  });

  test('can act on the first and the last day', () => {
    expect(personActor(camille, nothing, false, '2031-01-01').ok).toBe(true);
    expect(personActor(camille, nothing, false, '2031-12-31').ok).toBe(true);
  });
});

describe('serviceActor', () => {
  test('has its configured profiles and no others', () => {
    expect(serviceActor('ci', configuration)).toMatchObject({
      ok: true,
      value: { kind: 'service', profiles: ['script'] },
    });
  });

  test('is refused when it is not configured', () => {
    expect(serviceActor('ci', nothing)).toMatchObject({
      ok: false,
      refusals: [{ code: 'NOT_FOUND', rule: 'actor.known' }],
    });
  });
});
