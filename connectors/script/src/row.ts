// What a script says of object types and rows, checked before anything believes it.
// Owns the shape; names and types are those of the contract.
import type {
  AttributeDescription,
  Change,
  ObjectTypeDescription,
  ScalarValue,
  TargetObject,
} from '@joinery/connector-kit';

/** What is wrong with an answer; completes «because …». */
export class OddAnswer extends Error {}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 100);

/** The object types of a `describe`. */
export function typesIn(answer: unknown): readonly ObjectTypeDescription[] {
  const types = isRecord(answer) ? answer.objectTypes : undefined;
  if (!Array.isArray(types) || types.length === 0) throw new OddAnswer('it describes no "objectTypes"');
  return types.map(typeIn);
}

const attributeTypes: readonly AttributeDescription['type'][] = ['string', 'number', 'boolean', 'date'];

function typeIn(type: unknown): ObjectTypeDescription {
  if (!isRecord(type) || typeof type.name !== 'string' || typeof type.keyAttribute !== 'string')
    throw new OddAnswer(`an object type needs "name" and "keyAttribute": ${shown(type)}`);
  const { name, keyAttribute, nameAttribute, disabling, passwordAttribute } = type;
  const attributes = listOf(type.attributes, 'attributes', name).map((attribute) => attributeIn(attribute, name));
  const isKnown = (wanted: unknown): boolean => attributes.some((attribute) => attribute.name === wanted);
  for (const wanted of [keyAttribute, nameAttribute, passwordAttribute])
    if (wanted !== undefined && !isKnown(wanted)) throw new OddAnswer(`"${name}" has no attribute ${shown(wanted)}`);
  return {
    name,
    keyAttribute,
    attributes,
    links: listOf(type.links ?? [], 'links', name).map((link) => linkIn(link, name)),
    ...(typeof nameAttribute === 'string' ? { nameAttribute } : {}),
    ...(typeof passwordAttribute === 'string' ? { passwordAttribute } : {}),
    ...(isRecord(disabling) ? { disabling: disablingIn(disabling, name) } : {}),
  };
}

function listOf(value: unknown, what: string, type: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new OddAnswer(`the ${what} of "${type}" are no list`);
}

function attributeIn(attribute: unknown, type: string): AttributeDescription {
  const { name, type: kind, isRequired, isReadOnly, isWriteOnly } = isRecord(attribute) ? attribute : {};
  const found = attributeTypes.find((known) => known === (kind ?? 'string'));
  if (typeof name !== 'string' || name === '' || found === undefined)
    throw new OddAnswer(`an attribute of "${type}" needs a "name" and one of the types: ${shown(attribute)}`);
  return {
    name,
    type: found,
    isRequired: isRequired === true,
    isReadOnly: isReadOnly === true,
    isWriteOnly: isWriteOnly === true,
  };
}

function linkIn(link: unknown, type: string): ObjectTypeDescription['links'][number] {
  if (isRecord(link) && typeof link.name === 'string' && typeof link.targetObjectType === 'string')
    return { name: link.name, targetObjectType: link.targetObjectType };
  throw new OddAnswer(`a link of "${type}" needs "name" and "targetObjectType": ${shown(link)}`);
}

function disablingIn(
  { attribute, disabledValue, enabledValue }: Readonly<Record<string, unknown>>,
  type: string,
): NonNullable<ObjectTypeDescription['disabling']> {
  if (typeof attribute === 'string' && isScalar(disabledValue) && isScalar(enabledValue))
    return { attribute, disabledValue, enabledValue };
  throw new OddAnswer(`the "disabling" of "${type}" needs "attribute", "disabledValue" and "enabledValue"`);
}

const isScalar = (value: unknown): value is ScalarValue =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

/** A row: what is absent is null, what can only be written is left out, links are sorted. */
export function rowIn(row: unknown, type: ObjectTypeDescription): TargetObject {
  if (!isRecord(row) || typeof row.key !== 'string' || row.key === '')
    throw new OddAnswer(`a row needs a "key" that is text: ${shown(row)}`);
  const { key, attributes = {}, links = {} } = row;
  if (!isRecord(attributes) || !isRecord(links))
    throw new OddAnswer(`"attributes" and "links" of the row ${shown(key)} must be objects`);
  assertNames(Object.keys(attributes), type.attributes, `attribute of the row ${shown(key)}`);
  assertNames(Object.keys(links), type.links, `link of the row ${shown(key)}`);
  const readable = type.attributes.filter((attribute) => attribute.isWriteOnly !== true);
  const value = (name: string): ScalarValue => valueIn(attributes, name, key);
  return {
    objectType: type.name,
    key,
    attributes: {
      ...Object.fromEntries(readable.map(({ name }) => [name, value(name)])),
      [type.keyAttribute]: key,
    },
    links: Object.fromEntries(type.links.map(({ name }) => [name, membersIn(links, name, key)])),
  };
}

function assertNames(names: readonly string[], known: readonly { readonly name: string }[], what: string): void {
  const unknown = names.find((name) => !known.some((one) => one.name === name));
  if (unknown !== undefined) throw new OddAnswer(`"${unknown}" is no described ${what}`);
}

function valueIn(attributes: Readonly<Record<string, unknown>>, name: string, key: string): ScalarValue {
  const value = (Object.hasOwn(attributes, name) ? attributes[name] : null) ?? null;
  if (isScalar(value)) return value;
  throw new OddAnswer(`the attribute "${name}" of the row ${shown(key)} is no single value: ${shown(value)}`);
}

function membersIn(links: Readonly<Record<string, unknown>>, name: string, key: string): readonly string[] {
  const members: unknown = Object.hasOwn(links, name) ? links[name] : [];
  if (Array.isArray(members) && members.every((member): member is string => typeof member === 'string'))
    return [...new Set(members)].sort();
  throw new OddAnswer(`the link "${name}" of the row ${shown(key)} is no list of keys`);
}

/** One line of `changes`: a change, or the cookie that ends a page. */
export function changeIn(line: unknown, type: ObjectTypeDescription): Change | { readonly cookie: string } {
  if (isRecord(line) && typeof line.cookie === 'string' && line.kind === undefined) return { cookie: line.cookie };
  if (isRecord(line) && line.kind === 'delete' && typeof line.key === 'string')
    return { kind: 'delete', objectType: type.name, key: line.key };
  if (!isRecord(line) || line.kind !== 'upsert')
    throw new OddAnswer(`a change is an "upsert", a "delete" or a "cookie": ${shown(line)}`);
  const object = rowIn(line, type);
  return { kind: 'upsert', objectType: type.name, key: object.key, object };
}

/** What a change became. */
export function outcomeIn(
  answer: unknown,
  key: string,
): { readonly kind: 'applied' | 'alreadySo'; readonly key: string } {
  const { outcome, key: given } = isRecord(answer) ? answer : {};
  if (outcome !== 'applied' && outcome !== 'alreadySo')
    throw new OddAnswer(`"outcome" must be "applied" or "alreadySo": ${shown(answer)}`);
  return { kind: outcome, key: typeof given === 'string' && given !== '' ? given : key };
}

/** The row of a `read`, or null. */
export function readIn(answer: unknown, type: ObjectTypeDescription): TargetObject | null {
  if (!isRecord(answer) || !Object.hasOwn(answer, 'object')) throw new OddAnswer('it has no "object"');
  return answer.object === null ? null : rowIn(answer.object, type);
}
