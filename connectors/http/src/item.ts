// Items of the API as rows, and values of rows as fields of items.
// Pure: owns the two directions of an attribute; asking for items is row.ts.
import { ConnectorError, type ScalarValue } from '@joinery/connector-kit';
import { evaluate, evaluateIfThere } from './expression.js';
import type { ApiAttribute, ApiLink, ApiType } from './model.js';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of an attribute, as its type says; null when there is none. */
export function readValue(item: unknown, { read, path, description: { type } }: ApiAttribute): ScalarValue {
  const value = read === null ? fieldAt(item, path) : evaluateIfThere(read, { item });
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  if (type === 'string' && typeof value !== 'string') return String(value);
  if (type === 'number' && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

export function fieldAt(item: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, field) => (isFields(value) && Object.hasOwn(value, field) ? value[field] : undefined),
    item,
  );
}

/** The key of an item; an item without one cannot be told from others. */
export function keyOf(type: ApiType, item: unknown): string {
  const key = readValue(item, type.key);
  if (key !== null && key !== '') return String(key);
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `An item of "${type.name}" has no "${type.key.description.name}", which holds its key.`,
    hint: 'Correct "key" and the path of its attribute in the settings, or check what the service answers.',
  });
}

/** The fields with a value at the path; a field of null is sent as null, so that the service empties it. */
export function withField(fields: Fields, [field = '', ...rest]: readonly string[], value: unknown): Fields {
  if (rest.length === 0) return { ...fields, [field]: value };
  const inner = fields[field];
  return { ...fields, [field]: withField(isFields(inner) ? inner : {}, rest, value) };
}

/** What is written for a value. */
export const written = ({ write }: ApiAttribute, value: ScalarValue): unknown =>
  write === null ? value : evaluate(write, { value });

/** Members that stand in the item itself. */
export function membersIn(item: unknown, link: ApiLink): readonly string[] {
  const members = link.field === null ? [] : fieldAt(item, link.field);
  return (Array.isArray(members) ? members : []).map((member) => memberKey(link, member));
}

/** The key of a member as the link's expression says. */
export function memberKey({ member, name }: ApiLink, item: unknown): string {
  const key = member === null ? item : evaluate(member, { item });
  if ((typeof key === 'string' && key !== '') || typeof key === 'number') return String(key);
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `A member of the link "${name}" has no key.`,
    hint: 'Set "member" of the link to an expression that gives it, e.g. item.id.',
  });
}

export const isSameValue = (present: ScalarValue, wanted: ScalarValue, isDate: boolean): boolean =>
  present === wanted ||
  (isDate && typeof present === 'string' && typeof wanted === 'string' && Date.parse(present) === Date.parse(wanted));
