// What an entry means: whether it is of an object type, its key, its values and its members.
// Owns the conversion between LDAP's syntaxes and values, in both directions.
import type { AttributeDescription, ScalarValue, TargetObject } from '@joinery/connector-kit';
import { comparableName, isWithin } from '@joinery/ldap-client';
import { damaged } from './failure.js';
import { type LdifRecord, textOf } from './record.js';
import type { LdifAttribute, LdifLink, LdifType } from './settings.js';

/** Object type → comparable name of an entry → its key. Only for types that links lead to by name. */
export type KnownNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function nameOfEntry(path: string, record: LdifRecord): string {
  return textOf(path, 'dn', record.dn);
}

/** Whether the entry is of the type: it has all its classes and stands below its base. */
export function isOfType(path: string, record: LdifRecord, type: LdifType): boolean {
  const classes = textsOf(path, record, 'objectclass').map((text) => text.toLowerCase());
  if (!type.objectClasses.every((name) => classes.includes(name.toLowerCase()))) return false;
  return type.base === null || isWithin(nameOfEntry(path, record), type.base);
}

/** The key of an entry; throws when it has none, or several. */
export function keyOf(path: string, record: LdifRecord, type: LdifType): string {
  const keys = textsOf(path, record, type.key);
  const [key = ''] = keys;
  if (keys.length === 1 && key !== '') return key;
  throw damaged(
    path,
    record.line,
    `the entry ${nameOfEntry(path, record)} has ${keys.length === 0 ? 'no' : String(keys.length)} values of its key "${type.key}"`,
    'Choose another key in the settings, or correct the entry.',
  );
}

export function toTargetObject(path: string, record: LdifRecord, type: LdifType, known: KnownNames): TargetObject {
  const key = keyOf(path, record, type);
  const readable = type.attributes.filter(({ description }) => description.isWriteOnly !== true);
  const values = readable.map((attribute) => [attribute.description.name, valueOf(path, record, attribute)] as const);
  return {
    objectType: type.name,
    key,
    attributes: { [type.key]: key, ...Object.fromEntries(values) },
    links: Object.fromEntries(type.links.map((link) => [link.name, membersOf(path, record, link, known)] as const)),
  };
}

// Members that are no entries of the object type (in another part of the directory) are none of ours.
function membersOf(path: string, record: LdifRecord, link: LdifLink, known: KnownNames): readonly string[] {
  const texts = textsOf(path, record, link.attribute);
  const names = known.get(link.targetObjectType);
  const keys = link.values === 'key' ? texts : texts.flatMap((text) => names?.get(comparableName(text)) ?? []);
  return [...new Set(keys)].sort();
}

function valueOf(path: string, record: LdifRecord, { attribute, description }: LdifAttribute): ScalarValue {
  const [text] = textsOf(path, record, attribute);
  const entry = (): string => `the entry ${nameOfEntry(path, record)}`;
  if (text === undefined || text === '') {
    if (description.isRequired !== true) return null;
    throw damaged(path, record.line, `${entry()} has no "${attribute}"`, 'Correct the entry, or the settings.');
  }
  const value = parsedValue(description.type, text);
  if (value !== undefined) return value;
  const [line] = record.values.get(attribute.toLowerCase())?.map((found) => found.line) ?? [record.line];
  throw damaged(
    path,
    line ?? record.line,
    `"${attribute}" of ${entry()} holds ${JSON.stringify(text)}, which is no ${description.type}`,
    'Correct the entry, or the type in the settings.',
  );
}

function textsOf(path: string, record: LdifRecord, attribute: string): readonly string[] {
  return (record.values.get(attribute.toLowerCase()) ?? []).map((value) => textOf(path, attribute, value));
}

function parsedValue(type: AttributeDescription['type'], text: string): ScalarValue | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case 'date':
      return dateOf(text);
    default:
      return type satisfies never;
  }
}

// Generalized time, such as 20240501100000Z; a date of midnight is a day.
function dateOf(text: string): string | undefined {
  const [, year, month, day, hour, minute, second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?Z$/.exec(text) ?? [];
  const date = `${year}-${month}-${day}`;
  const whole = `${date}T${hour}:${minute}:${second}Z`;
  if (year === undefined || Number.isNaN(Date.parse(whole))) return undefined;
  return `${hour}${minute}${second}` === '000000' ? date : whole;
}

/** A value as the directory takes it. */
export function directoryText(type: AttributeDescription['type'], value: string | number | boolean): string {
  if (type === 'date' && typeof value === 'string')
    return `${new Date(value).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  return typeof value === 'boolean' ? String(value).toUpperCase() : String(value);
}
