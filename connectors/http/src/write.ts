// Applies one delta: look, compare, and the requests that make the difference.
// Owns when a change counts as not applied, applied or unknown; requests themselves are template.ts.
import {
  type ApplyOutcome,
  ConnectorError,
  type Delta,
  deltaRefusal,
  failureOf,
  outcomeOf,
  refusal,
  withoutKey,
} from '@joinery/connector-kit';
import type { HttpCall, HttpRequest } from '@joinery/http-client';
import { type ApiAnswer, ask, type Connection, demand } from './answer.js';
import { evaluateOrNull } from './expression.js';
import { type Fields, isFields, isSameValue, membersIn, readValue, withField, written } from './item.js';
import { type MemberChange, memberChanges, memberRequests, resolvedMembers } from './member.js';
import { type ApiAttribute, type ApiType, notConfigured } from './model.js';
import { findByName, findItem, type FoundItem, membersOf, typeNamed } from './row.js';
import { requestOf } from './template.js';

/** Looks at the row again when it was changed, or appeared, between the look and the write. */
const mostTries = 4;

interface Work {
  readonly connection: Connection;
  readonly type: ApiType;
  readonly delta: Delta;
  readonly call: HttpCall;
}

/** The outcome in every case but a bug; what the client throws says whether the change may have been applied. */
export async function applyDelta(connection: Connection, given: Delta, call: HttpCall): Promise<ApplyOutcome> {
  try {
    const type = typeNamed(connection, given.objectType);
    const delta = named(given, type);
    const problem = deltaRefusal(delta, type.description);
    if (problem !== null) return { kind: 'refused', failure: problem };
    return await withTries({ connection, type, delta: withoutKey(delta, type.description), call });
  } catch (error) {
    if (error instanceof ConnectorError) return outcomeOf(error, false);
    throw error;
  }
}

// The key of a creation is the name where the service gives keys.
function named(delta: Delta, { nameAttribute }: ApiType): Delta {
  const name = nameAttribute?.description.name;
  if (name === undefined || delta.kind !== 'create' || Object.hasOwn(delta.set, name) || delta.key === '') return delta;
  return { ...delta, set: { ...delta.set, [name]: delta.key } };
}

async function withTries(work: Work): Promise<ApplyOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await changeRow(work);
    } catch (error) {
      if (!isOvertaken(error, work.delta)) throw error;
      if (attempt === mostTries) throw isVersionConflict(error) ? conflictError(work.delta) : error;
    }
  }
}

// Somebody else was quicker: the version moved, or the row is there now.
const isOvertaken = (error: unknown, { kind }: Delta): boolean =>
  isVersionConflict(error) ||
  (kind === 'create' && error instanceof ConnectorError && error.failure.code === 'ALREADY_EXISTS');

const isVersionConflict = (error: unknown): boolean =>
  error instanceof ConnectorError && error.failure.targetCode === '412';

function conflictError(delta: Delta): ConnectorError {
  return new ConnectorError({
    code: 'TIMEOUT',
    message: `Could not ${operationOf(delta)}: it was changed by somebody else ${mostTries} times meanwhile.`,
    hint: 'It is tried again.',
    targetCode: '412',
  });
}

function changeRow(work: Work): Promise<ApplyOutcome> {
  switch (work.delta.kind) {
    case 'create':
      return createRow(work);
    case 'update':
      return updateRow(work);
    case 'delete':
      return deleteRow(work);
    default:
      return work.delta.kind satisfies never;
  }
}

const operationOf = ({ kind, objectType, key }: Delta): string => `${kind} ${objectType} ${JSON.stringify(key)}`;

async function createRow(work: Work): Promise<ApplyOutcome> {
  const { connection, type, delta, call } = work;
  const resolved = await resolvedMembers(connection, type, delta, call.signal);
  if ('kind' in resolved) return resolved;
  const present = await (type.nameAttribute === null ? findItem : findByName)(connection, type, delta.key, call.signal);
  if (present !== null) return compareCreated(work, present, resolved);
  if (type.create === null) throw notConfigured(operationOf(delta), 'create');
  const key = readable(type) ? {} : { [type.key.description.name]: delta.key };
  const set = { ...key, ...delta.set };
  const changes = fieldsOf(type, set, resolved, {});
  const values = { name: delta.key, key: delta.key, set, changes };
  const request = requestOf(type.create, values, operationOf(delta), changes);
  const answer = await demand(connection, request, call);
  const given = type.nameAttribute === null ? delta.key : await givenKey(work, answer);
  return carryOn(work, given, () => memberRequests(type, resolved, given, operationOf(delta)), true);
}

/** Whether the service gives the key itself. */
const readable = ({ nameAttribute, key }: ApiType): boolean =>
  nameAttribute !== null || key.description.isReadOnly === true;

/** The key of a row just made: from the answer, from its address, or asked for by name. */
async function givenKey({ connection, type, delta, call }: Work, answer: ApiAnswer): Promise<string> {
  const {
    body,
    answer: { headers },
  } = answer;
  const item = type.create === null ? null : evaluateOrNull(type.create.item, { body, headers });
  const key = isFields(item) ? keyIfAny(item, type) : null;
  if (key !== null && key !== '') return String(key);
  const segment = (answer.answer.headers.location ?? '').split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  if (segment !== '') return decodeURIComponent(segment);
  const found = await findByName(connection, type, delta.key, call.signal).catch(() => null);
  if (found !== null) return found.key;
  throw new ConnectorError({
    code: 'OUTCOME_UNKNOWN',
    message: `Could not ${operationOf(delta)} for certain: the service accepted it, but told no key.`,
  });
}

function keyIfAny(item: Fields, { key }: ApiType) {
  try {
    return readValue(item, key);
  } catch {
    return null;
  }
}

async function compareCreated(
  { connection, type, delta, call }: Work,
  present: FoundItem,
  wanted: readonly MemberChange[],
): Promise<ApplyOutcome> {
  const isEqual = differing(type, present.item, delta).every(({ description }) => description.isWriteOnly === true);
  if (!isEqual) return refusal(delta, 'ALREADY_EXISTS', 'it exists with other values');
  for (const { link, added } of wanted) {
    const members = await membersOf(connection, link, present.key, present.item, call.signal);
    if (added.some((member) => !members.has(member)))
      return refusal(delta, 'ALREADY_EXISTS', `it exists with other ${link.name}`);
  }
  return { kind: 'alreadySo', key: present.key };
}

async function updateRow(work: Work): Promise<ApplyOutcome> {
  const { connection, type, delta, call } = work;
  const present = await findItem(connection, type, delta.key, call.signal);
  if (present === null) return refusal(delta, 'NOT_FOUND', 'it does not exist');
  const resolved = await resolvedMembers(connection, type, delta, call.signal);
  if ('kind' in resolved) return resolved;
  const members = await memberChanges(connection, resolved, present, call.signal);
  const changed = differing(type, present.item, delta);
  const hasFields = changed.length > 0 || members.some(({ link }) => link.field !== null);
  const further = memberRequests(type, members, present.key, operationOf(delta));
  if (!hasFields && further.length === 0) return { kind: 'alreadySo', key: present.key };
  if (!hasFields) return carryOn(work, present.key, () => further, false);
  const sent = await ask(connection, updateRequest(work, present, changed, members), call);
  return carryOn(work, present.key, () => further, sent?.isAlreadySo === false);
}

function updateRequest(
  { connection, type, delta }: Work,
  present: FoundItem,
  changed: readonly ApiAttribute[],
  members: readonly MemberChange[],
): HttpRequest {
  if (type.update === null) throw notConfigured(operationOf(delta), 'update');
  const set = Object.fromEntries(changed.map(({ description: { name } }) => [name, delta.set[name] ?? null]));
  const whole = type.update.sendsAll ? presentFields(type, present.item) : {};
  const changes = fieldsOf(type, set, members, present.item, whole);
  const values = { key: present.key, set, changes, present: present.item };
  const request = requestOf(type.update, values, operationOf(delta), changes);
  return { ...request, headers: { ...request.headers, ...versionOf(connection, present) } };
}

const versionOf = ({ model }: Connection, { etag }: FoundItem): Readonly<Record<string, string>> =>
  model.usesIfMatch && etag !== undefined ? { 'if-match': etag } : {};

/** All fields that Joinery may write, as they are. */
function presentFields(type: ApiType, item: unknown): Fields {
  const kept = type.attributes.filter(
    ({ description }) => description.isReadOnly !== true && description.isWriteOnly !== true,
  );
  const fields = kept.reduce<Fields>(
    (all, attribute) => withField(all, attribute.path, written(attribute, readValue(item, attribute))),
    {},
  );
  return type.links.reduce(
    (all, link) => (link.field === null ? all : withField(all, link.field, membersIn(item, link))),
    fields,
  );
}

/** The body of a creation or a change. */
function fieldsOf(
  type: ApiType,
  set: Delta['set'],
  members: readonly MemberChange[],
  present: unknown,
  start: Fields = {},
): Fields {
  const chosen = type.attributes.filter(({ description }) => Object.hasOwn(set, description.name));
  const isCreation = isFields(present) && Object.keys(present).length === 0;
  const valued = chosen.filter(({ description }) => !isCreation || (set[description.name] ?? null) !== null);
  const fields = valued.reduce<Fields>(
    (all, attribute) => withField(all, attribute.path, written(attribute, set[attribute.description.name] ?? null)),
    start,
  );
  return members.reduce<Fields>((all, { link, added, removed }) => {
    if (link.field === null) return all;
    const kept = membersIn(present, link).filter((member) => !removed.includes(member) && !added.includes(member));
    return withField(all, link.field, [...kept, ...added]);
  }, fields);
}

async function deleteRow({ connection, type, delta, call }: Work): Promise<ApplyOutcome> {
  const present = await findItem(connection, type, delta.key, call.signal);
  if (present === null) return { kind: 'alreadySo', key: delta.key };
  if (type.remove === null) throw notConfigured(operationOf(delta), 'delete');
  const request = requestOf(type.remove, { key: present.key, present: present.item }, operationOf(delta));
  const headers = { ...request.headers, ...versionOf(connection, present) };
  const answer = await ask(connection, { ...request, headers }, call, true);
  return { kind: answer === null || answer.isAlreadySo ? 'alreadySo' : 'applied', key: present.key };
}

/** The attributes whose value differs from the item's; what cannot be read always does. */
function differing(type: ApiType, item: unknown, { set }: Delta): readonly ApiAttribute[] {
  return type.attributes.filter((attribute) => {
    const { name, isWriteOnly, type: kind } = attribute.description;
    if (!Object.hasOwn(set, name)) return false;
    const wanted = set[name] ?? null;
    return isWriteOnly === true ? wanted !== null : !isSameValue(readValue(item, attribute), wanted, kind === 'date');
  });
}

/** The requests that change members. Once something was applied, whatever stops one of them leaves a part done: unknown. */
async function carryOn(
  { connection, delta, call }: Work,
  key: string,
  requests: () => readonly HttpRequest[],
  wasApplied: boolean,
): Promise<ApplyOutcome> {
  let hasApplied = wasApplied;
  try {
    for (const request of requests()) {
      const answer = await demand(connection, request, call);
      hasApplied ||= !answer.isAlreadySo;
    }
    return { kind: hasApplied ? 'applied' : 'alreadySo', key };
  } catch (error) {
    if (!hasApplied) throw error;
    const failure = failureOf(error);
    const message = `Could not ${operationOf(delta)} whole. Applied in part, then: ${failure.message}`;
    return { kind: 'unknown', failure: { ...failure, code: 'OUTCOME_UNKNOWN', message } };
  }
}
