// A person as steps see one: the row of the identity type read through the configured meaning of its properties.
// Owns reading a person out of attributes, and whether one is active; leaves showing people to the views.
import { calendarDay, isTimeZone, positionIn } from './calendar.js';
import type { Attributes, EntityTypeDefinition } from './configuration.js';

/** How somebody belongs to the company. */
export const identityKinds = ['EMPLOYEE', 'CONTRACTOR', 'PARTNER', 'SERVICE'] as const;
export type IdentityKind = (typeof identityKinds)[number];

export interface Person {
  /** Row id. */
  readonly id: string;
  /** Business key, e.g. `camille.roy`. */
  readonly identifier: string;
  readonly displayName: string;
  /** Key of the manager; null = none. */
  readonly managerKey: string | null;
  /** Calendar days; null = open. The end date is the last day. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** The source no longer lists the person. */
  readonly isRemoved: boolean;
}

export interface PersonRow {
  readonly id: string;
  readonly key: string;
  readonly attributes: Attributes;
  readonly isRemoved: boolean;
}

export function personOf(row: PersonRow, type: EntityTypeDefinition): Person {
  const text = (property: string | null | undefined): string | null => textOf(row.attributes, property);
  return {
    id: row.id,
    identifier: row.key,
    displayName: text(type.displayProperty) ?? row.key,
    managerKey: text(type.identity?.manager),
    startDate: text(type.identity?.startDate)?.slice(0, 10) ?? null,
    endDate: text(type.identity?.endDate)?.slice(0, 10) ?? null,
    isRemoved: row.isRemoved,
  };
}

function textOf(attributes: Attributes, property: string | null | undefined): string | null {
  if (property === null || property === undefined) return null;
  const value = attributes[property];
  return value === null || value === undefined || value === '' ? null : String(value);
}

/** The calendar day of the company: what counts for all people together, and for whom no zone is known. */
export const dayOfPeople = (now: Date, _type: EntityTypeDefinition, companyTimeZone: string): string =>
  calendarDay(now, companyTimeZone);

/** The calendar day where a person is: in the zone that the row says, else in the company's. */
export const dayOfPerson = (
  now: Date,
  attributes: Attributes,
  type: EntityTypeDefinition,
  companyTimeZone: string,
): string => calendarDay(now, zoneOfPerson(attributes, type, companyTimeZone));

/** A zone that does not exist is none. */
export function zoneOfPerson(attributes: Attributes, type: EntityTypeDefinition, companyTimeZone: string): string {
  const zone = textOf(attributes, type.identity?.timeZone);
  return zone !== null && isTimeZone(zone) ? zone : companyTimeZone;
}

export const isActive = (person: Person, today: string): boolean => absenceOf(person, today) === null;

/** Why a person is not active, as the end of a sentence; null when active. */
export function absenceOf(person: Person, today: string): string | null {
  if (person.isRemoved) return 'is no longer listed by the system that lists people';
  switch (positionIn(today, person.startDate, person.endDate)) {
    case 'before':
      return `starts on ${person.startDate}`;
    case 'after':
      return `left on ${person.endDate}`;
    default:
      return null;
  }
}
