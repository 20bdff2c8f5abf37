// Rows of the API: one by key or by name, all of them, and their links.
// Owns which requests a row needs; paging is listing.ts.
import { ConnectorError, type ListPage, type TargetObject } from '@joinery/connector-kit';
import { isPathSegment } from '@joinery/http-client';
import { ask, type Connection, itemsOf, valueOf } from './answer.js';
import { isFields, keyOf, memberKey, membersIn, readValue } from './item.js';
import { listItems } from './listing.js';
import { type ApiLink, type ApiType } from './model.js';
import { requestOf } from './template.js';

/** Rows whose links are asked for at once; the client has fewer connections anyway. */
const atOnce = 8;

export interface FoundItem {
  readonly key: string;
  readonly item: unknown;
  readonly etag: string | undefined;
}

/** The type of that name; throws INVALID_VALUE when the settings have none. */
export function typeNamed({ model }: Connection, name: string): ApiType {
  const found = model.types.find((type) => type.name === name);
  if (found !== undefined) return found;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `The settings name no object type "${name}".`,
    hint: `Known object types: ${model.types.map((type) => type.name).join(', ')}.`,
  });
}

/** The item of a key or a name; null when there is none. */
export async function findItem(
  connection: Connection,
  type: ApiType,
  key: string,
  signal: AbortSignal,
): Promise<FoundItem | null> {
  if (type.nameAttribute === null)
    return type.read === null ? findByName(connection, type, key, signal) : readByKey(connection, type, key, signal);
  const isKey = type.keyPattern?.test(key) === true;
  const [first, second] = isKey ? [readByKey, findByName] : [findByName, readByKey];
  return (await first(connection, type, key, signal)) ?? second(connection, type, key, signal);
}

async function readByKey(
  connection: Connection,
  type: ApiType,
  key: string,
  signal: AbortSignal,
): Promise<FoundItem | null> {
  if (type.read === null || !isPathSegment(key)) return null;
  const request = { ...requestOf(type.read, { key }, `read ${type.name} ${JSON.stringify(key)}`), isRead: true };
  const answer = await ask(connection, request, { signal }, true);
  if (answer === null) return null;
  const item = valueOf(answer, type.read.item);
  // Services that forgive blanks or case answer with another row.
  if (!isFields(item) || keyOf(type, item) !== key) return null;
  return { key, item, etag: answer.answer.headers.etag };
}

/** The one item of that name, or of that key where the settings find by key; AMBIGUOUS_MATCH when there are several. */
export async function findByName(
  connection: Connection,
  type: ApiType,
  name: string,
  signal: AbortSignal,
): Promise<FoundItem | null> {
  if (type.find === null) return null;
  const operation = `find ${type.name} ${JSON.stringify(name)}`;
  const request = { ...requestOf(type.find, { name }, operation), isRead: true };
  const answer = await ask(connection, request, { signal }, true);
  if (answer === null) return null;
  const attribute = type.nameAttribute ?? type.key;
  const [found, other] = itemsOf(answer, type.find.items).filter((item) => String(readValue(item, attribute)) === name);
  if (found === undefined) return null;
  // The item by its key has an ETag and all its fields; a search often has neither.
  if (other === undefined) return (await readAgain(connection, type, found, signal)) ?? null;
  throw new ConnectorError({
    code: 'AMBIGUOUS_MATCH',
    message: `Could not ${operation}: several have the ${attribute.description.name}.`,
    hint: 'Use the key, or make the names different in the service.',
  });
}

async function readAgain(connection: Connection, type: ApiType, item: unknown, signal: AbortSignal) {
  const key = keyOf(type, item);
  return type.read === null ? { key, item, etag: undefined } : readByKey(connection, type, key, signal);
}

/** The row of an item, with its links. */
export async function rowOf(
  connection: Connection,
  type: ApiType,
  item: unknown,
  signal: AbortSignal,
): Promise<TargetObject> {
  const key = keyOf(type, item);
  const shown = type.attributes.filter(({ description }) => description.isWriteOnly !== true);
  const links: Record<string, readonly string[]> = {};
  for (const link of type.links) links[link.name] = [...(await membersOf(connection, link, key, item, signal))].sort();
  return {
    objectType: type.name,
    key,
    attributes: Object.fromEntries(shown.map((attribute) => [attribute.description.name, readValue(item, attribute)])),
    links,
  };
}

/** Keys of the members, from the item or from a listing of their own. */
export async function membersOf(
  connection: Connection,
  link: ApiLink,
  key: string,
  item: unknown,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (link.list === null) return new Set(membersIn(item, link));
  const members = new Set<string>();
  const reading = {
    connection,
    listing: link.list,
    values: { key },
    operation: `list ${link.name} of ${JSON.stringify(key)}`,
    keyOf: (member: unknown) => memberKey(link, member),
    signal,
  };
  for await (const page of listItems(reading)) for (const member of page) members.add(memberKey(link, member));
  return members;
}

export async function* listRows(
  connection: Connection,
  objectType: string,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const type = typeNamed(connection, objectType);
  const keyOfItem = (item: unknown): string => keyOf(type, item);
  const reading = { connection, listing: type.list, values: {}, operation: `list ${objectType}`, signal };
  for await (const items of listItems({ ...reading, keyOf: keyOfItem })) {
    const objects: TargetObject[] = [];
    for (let start = 0; start < items.length; start += atOnce)
      objects.push(
        ...(await Promise.all(items.slice(start, start + atOnce).map((item) => rowOf(connection, type, item, signal)))),
      );
    yield { objects };
  }
}
