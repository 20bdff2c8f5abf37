// The table of rights, line by line: who may, over what, and that a no names its rule.
import { describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/domain/actor.js';
import type { Profile } from '../../src/domain/configuration.js';
import { type Action, actions, may, readScope, type Thing } from '../../src/domain/permission.js';

const person = (...profiles: readonly Profile[]): Actor => ({
  kind: 'identity',
  identityId: 'me',
  identifier: 'me',
  displayName: 'Me',
  profiles,
});
const service = (...profiles: readonly Profile[]): Actor => ({
  kind: 'service',
  identifier: 'ci',
  displayName: 'CI',
  profiles,
});

const mine: Thing = { owners: ['me'], managers: ['boss'] };
const myReports: Thing = { owners: ['report'], managers: ['me'] };
const strangers: Thing = { owners: ['stranger'], managers: ['boss'] };
const asked: Thing = { owners: ['stranger'], candidates: ['me'] };
const aboutMyRole: Thing = { owners: ['stranger'], roleOwners: ['me'] };

const cases: readonly (readonly [Actor, Action, Thing, boolean])[] = [
  [person('employee'), 'identity.read', {}, true],
  [person('employee'), 'assignment.read', mine, true],
  [person('employee'), 'assignment.read', strangers, false],
  [person('employee'), 'assignment.read', myReports, false],
  [person('employee', 'manager'), 'assignment.read', myReports, true],
  [person('employee', 'application-owner'), 'assignment.read', aboutMyRole, true],
  [person('employee', 'auditor'), 'assignment.read', strangers, true],
  [person('employee'), 'request.submit', mine, true],
  [person('employee'), 'request.submit', strangers, false],
  [person('employee', 'manager'), 'request.submit', myReports, true],
  [person('employee', 'manager'), 'request.submit', strangers, false],
  [person('employee', 'role-officer'), 'request.submit', strangers, true],
  [person('employee', 'operator'), 'request.submit', strangers, false],
  [person('employee', 'auditor'), 'request.submit', strangers, false],
  [person('employee'), 'request.read', asked, true],
  [person('employee'), 'request.read', strangers, false],
  [person('employee', 'application-owner'), 'request.read', aboutMyRole, true],
  [person('employee'), 'request.cancel', mine, true],
  [person('employee', 'manager'), 'request.cancel', myReports, false],
  [person('employee', 'administrator'), 'request.cancel', strangers, true],
  [person('employee'), 'request.review', asked, true],
  [person('employee', 'administrator', 'role-officer'), 'request.review', strangers, false],
  [person('employee'), 'order.read', mine, true],
  [person('employee'), 'order.read', strangers, false],
  [person('employee', 'manager'), 'order.read', myReports, true],
  [person('employee'), 'connector.read', {}, false],
  [person('employee', 'operator'), 'connector.read', {}, true],
  [person('employee'), 'job.launch', {}, false],
  [person('employee', 'auditor'), 'job.launch', {}, false],
  [person('employee', 'operator'), 'job.launch', {}, true],
  [person('employee', 'auditor'), 'job.read', {}, true],
  [person('employee', 'operator'), 'queue-board.read', {}, true],
  [person('employee', 'auditor'), 'queue-board.read', {}, false],
  [service('script'), 'job.launch', {}, true],
  [service('script'), 'request.submit', strangers, false],
  [service(), 'server.read', {}, false],
  [service('employee'), 'assignment.read', { owners: [] }, false],
];

describe('may', () => {
  test.each(cases)('%#: %j %s %j is %s', (actor, action, thing, expected) => {
    expect(may(actor, action, thing).ok).toBe(expected);
  });

  test('names the line of the table that says yes', () => {
    expect(may(person('employee', 'manager'), 'assignment.read', myReports)).toEqual({
      ok: true,
      value: { rule: 'assignment.read: manager over reports' },
    });
  });

  test.each(actions)('names the rule that says no to %s for an actor without profiles', (action) => {
    const decision = may(person(), action, mine);
    if (decision.ok) throw new Error('expected a refusal');
    expect(decision.refusals).toEqual([
      expect.objectContaining({
        code: 'FORBIDDEN',
        rule: `permission.${action}`,
        hint: expect.stringMatching(/^This takes ./),
      }),
    ]);
  });
});

describe('readScope', () => {
  test('is everything for an overseer', () => {
    expect(readScope(person('employee', 'operator'), 'order.read')).toBe('all');
  });

  test('is what an employee and manager reaches', () => {
    expect(readScope(person('employee', 'manager'), 'request.read')).toEqual({
      identityId: 'me',
      identifier: 'me',
      own: true,
      reports: true,
      ownedRoles: false,
      candidate: true,
    });
  });

  test('is nothing for a service account without a right', () => {
    expect(readScope(service('employee'), 'order.read')).toBe('none');
    expect(readScope(person('employee'), 'job.read')).toBe('none');
  });
});
