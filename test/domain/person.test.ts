// People as steps see them: the day that it is for somebody, by the zone that the row says.
import { describe, expect, test } from '@jest/globals';
import type { EntityTypeDefinition } from '../../src/domain/configuration.js';
import { dayOfPeople, dayOfPerson } from '../../src/domain/person.js';
import { plainIdentityMapping } from './definition.js';
import { entityType } from './role-model/entity-type.js';

const noon = new Date('2031-05-15T12:00:00Z');
const type = (timeZone: string | null): EntityTypeDefinition =>
  entityType('person', 'login', [], { identity: { ...plainIdentityMapping, timeZone } });

describe('the day of a person', () => {
  test.each([
    ['in a zone ahead', 'Pacific/Kiritimati', '2031-05-16'],
    ['in a zone behind', 'Pacific/Pago_Pago', '2031-05-15'],
    ['without a zone', null, '2031-05-15'],
    ['with a zone that does not exist', 'Middle/Earth', '2031-05-15'],
  ])('%s', (_name, zone, day) => {
    expect(dayOfPerson(noon, { zone }, type('zone'), 'Europe/Paris')).toBe(day);
  });

  test("is the company's where the source names no property", () => {
    expect(dayOfPerson(noon, { zone: 'Pacific/Kiritimati' }, type(null), 'Europe/Paris')).toBe('2031-05-15');
    expect(dayOfPeople(noon, type('zone'), 'Pacific/Kiritimati')).toBe('2031-05-16');
  });
});
