// One object type of a real system as a table, through the system's own connector package: for systems that stories do not
// make themselves. Owns the words of stories: rows and links are called by names, cells are text.
import { randomUUID } from 'node:crypto';
import {
  callContext,
  type ConnectorSession,
  type Delta,
  type ObjectTypeDescription,
  type ScalarValue,
  type TargetObject,
} from '@joinery/connector-kit';
import type { Row, Rows, Table } from './table.js';

const patienceMs = 60_000;

/** Tables of one connection share what keys and names there are. */
export function packageTables(
  connection: string,
  session: ConnectorSession,
  types: readonly ObjectTypeDescription[],
): readonly Table[] {
  return types.map((type) => ({
    connection,
    objectType: type.name,
    read: () => readRows(session, types, type),
    write: (rows) => writeRows(session, types, type, rows),
    ...(type.nameAttribute === undefined ? {} : { rename: (from, to) => rename(session, type, from, to) }),
  }));
}

/** A place of stories never holds more: whatever does is somebody's system, and a mistake in an address. */
const mostRows = 200;

/** Takes every row away: the place belongs to the stories. Throws, and takes nothing, where it holds too much to be theirs. */
export async function emptyTables(
  connection: string,
  session: ConnectorSession,
  types: readonly ObjectTypeDescription[],
): Promise<void> {
  const rows = new Map<string, readonly TargetObject[]>();
  for (const type of types) rows.set(type.name, await listed(session, type));
  const count = [...rows.values()].reduce((sum, objects) => sum + objects.length, 0);
  if (count > mostRows)
    throw new Error(
      `the place of ${connection} holds ${count} rows, and stories empty their places: more than ${mostRows} are not theirs. Nothing was taken away; let systems: lead to a place of its own`,
    );
  for (const [objectType, objects] of rows)
    for (const { key } of objects) await apply(session, { kind: 'delete', objectType, key });
}

async function listed(session: ConnectorSession, type: ObjectTypeDescription): Promise<readonly TargetObject[]> {
  const objects: TargetObject[] = [];
  for await (const page of session.list(type.name, callContext(patienceMs))) objects.push(...page.objects);
  return objects;
}

const nameOf = ({ nameAttribute }: ObjectTypeDescription, { key, attributes }: TargetObject): string =>
  nameAttribute === undefined ? key : String(attributes[nameAttribute] ?? key);

/** Object type → key → name, of all rows that links of the type lead to. */
async function namesOf(
  session: ConnectorSession,
  types: readonly ObjectTypeDescription[],
  { links }: ObjectTypeDescription,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const names = new Map<string, ReadonlyMap<string, string>>();
  for (const type of types.filter(({ name }) => links.some(({ targetObjectType }) => targetObjectType === name)))
    names.set(type.name, new Map((await listed(session, type)).map((object) => [object.key, nameOf(type, object)])));
  return names;
}

async function readRows(
  session: ConnectorSession,
  types: readonly ObjectTypeDescription[],
  type: ObjectTypeDescription,
): Promise<Rows> {
  const names = await namesOf(session, types, type);
  const objects = await listed(session, type);
  return new Map(objects.map((object) => [nameOf(type, object), rowOf(type, object, names)] as const));
}

function rowOf(
  type: ObjectTypeDescription,
  object: TargetObject,
  names: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Row {
  const cells = type.attributes
    .filter(({ isWriteOnly }) => isWriteOnly !== true)
    .map(({ name }) => [name, textOf(object.attributes[name] ?? null)] as const);
  const links = type.links.map(({ name, targetObjectType }) => {
    const keys = object.links[name] ?? [];
    return [name, keys.map((key) => names.get(targetObjectType)?.get(key) ?? key).toSorted()] as const;
  });
  return Object.fromEntries<string | readonly string[]>([...cells, ...links]);
}

const textOf = (value: ScalarValue): string => (value === null ? '' : String(value));

async function writeRows(
  session: ConnectorSession,
  types: readonly ObjectTypeDescription[],
  type: ObjectTypeDescription,
  rows: Rows,
): Promise<void> {
  const present = await readRows(session, types, type);
  const objectType = type.name;
  for (const key of present.keys()) if (!rows.has(key)) await apply(session, { kind: 'delete', objectType, key });
  for (const [key, row] of rows) {
    const before = present.get(key);
    const delta = difference(type, before ?? {}, row);
    const isEqual = [delta.set, delta.add, delta.remove].every((part) => Object.keys(part).length === 0);
    if (before === undefined) await apply(session, { kind: 'create', objectType, key, ...delta });
    else if (!isEqual) await apply(session, { kind: 'update', objectType, key, ...delta });
  }
}

function difference(type: ObjectTypeDescription, before: Row, after: Row): Pick<Delta, 'set' | 'add' | 'remove'> {
  const cells = Object.entries(after).filter(
    ([name, cell]) => typeof cell === 'string' && name !== type.keyAttribute && cell !== (before[name] ?? ''),
  );
  const links = type.links.map(({ name }) => ({ name, old: listOf(before[name]), now: listOf(after[name]) }));
  const without = (from: readonly string[], keys: readonly string[]): readonly string[] =>
    from.filter((key) => !keys.includes(key));
  const filled = (pairs: readonly (readonly [string, readonly string[]])[]) =>
    Object.fromEntries(pairs.filter(([, keys]) => keys.length > 0));
  return {
    set: Object.fromEntries(cells.map(([name, cell]) => [name, valueOf(type, name, String(cell))])),
    add: filled(links.map(({ name, old, now }) => [name, without(now, old)] as const)),
    remove: filled(links.map(({ name, old, now }) => [name, without(old, now)] as const)),
  };
}

const listOf = (cell: string | readonly string[] | undefined): readonly string[] =>
  cell === undefined || typeof cell === 'string' ? [] : cell;

/** Text of a story as the attribute takes it. */
function valueOf({ attributes }: ObjectTypeDescription, name: string, text: string): ScalarValue {
  if (text === '') return null;
  const type = attributes.find((attribute) => attribute.name === name)?.type ?? 'string';
  switch (type) {
    case 'number':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'string':
    case 'date':
      return text;
    default:
      return type satisfies never;
  }
}

const rename = (session: ConnectorSession, type: ObjectTypeDescription, from: string, to: string): Promise<void> =>
  apply(session, {
    kind: 'update',
    objectType: type.name,
    key: from,
    set: { [type.nameAttribute ?? type.keyAttribute]: to },
  });

async function apply(
  session: ConnectorSession,
  delta: Partial<Delta> & Pick<Delta, 'kind' | 'objectType' | 'key'>,
): Promise<void> {
  const whole: Delta = { set: {}, add: {}, remove: {}, ...delta };
  const outcome = await session.apply(whole, { ...callContext(patienceMs), idempotencyKey: randomUUID() });
  if ('failure' in outcome) throw new Error(outcome.failure.message);
}
