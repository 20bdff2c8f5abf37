// What a delta leads to: an outcome at once, or requests to send one after the other.
// Owns look → compare → request; sending and what interrupts it is write.ts.
import {
  type ApplyOutcome,
  type Delta,
  deltaRefusal,
  refusal,
  type ScalarValue,
  withoutKey,
} from '@joinery/connector-kit';
import type { HttpRequest } from '@joinery/http-client';
import { missingMembers, resolvedIds } from './member.js';
import { type Assignment, memberOperations, patchBody, valueOperations, wholeResource, withMembers } from './patch.js';
import { type Resource, valueAt } from './path.js';
import {
  type Connection,
  findByName,
  findResource,
  type FoundResource,
  linkedIds,
  resourcePath,
  typeKnown,
} from './resource.js';
import { type ScimService, type ScimType } from './schema.js';

/** A request whose address may need the id that the first one's answer gives; null when there is nothing left to do. */
export type Step = (id: string, signal: AbortSignal) => Promise<HttpRequest | null>;

export type Plan =
  | { readonly kind: 'outcome'; readonly outcome: ApplyOutcome }
  | {
      readonly kind: 'requests';
      readonly type: ScimType;
      /** null: the answer to the first request gives it. */
      readonly id: string | null;
      readonly first: HttpRequest;
      readonly further: readonly Step[];
    };

interface Work {
  readonly connection: Connection;
  readonly service: ScimService;
  readonly type: ScimType;
  readonly delta: Delta;
  readonly signal: AbortSignal;
}

const outcome = (answer: ApplyOutcome): Plan => ({ kind: 'outcome', outcome: answer });
const alreadySo = (key: string): Plan => outcome({ kind: 'alreadySo', key });

export async function planOf(connection: Connection, given: Delta, signal: AbortSignal): Promise<Plan> {
  const type = await typeKnown(connection, given.objectType, signal);
  const delta = named(given, type);
  const problem = deltaRefusal(delta, type.description);
  if (problem !== null) return outcome({ kind: 'refused', failure: problem });
  const service = connection.service ?? { types: [], bulk: null, hasEtag: false, hasCursor: false, maxResults: 1 };
  const work: Work = { connection, service, type, delta: withoutKey(delta, type.description), signal };
  switch (delta.kind) {
    case 'create':
      return creation(work);
    case 'update':
      return update(work);
    case 'delete':
      return deletion(work);
    default:
      return delta.kind satisfies never;
  }
}

// The key of a creation is the name.
function named(delta: Delta, { nameAttribute }: ScimType): Delta {
  const { name } = nameAttribute.description;
  if (delta.kind !== 'create' || Object.hasOwn(delta.set, name) || delta.key === '') return delta;
  return { ...delta, set: { ...delta.set, [name]: delta.key } };
}

const operationOf = ({ kind, objectType, key }: Delta): string => `${kind} ${objectType} ${JSON.stringify(key)}`;

async function creation(work: Work): Promise<Plan> {
  const { connection, type, delta, signal } = work;
  const links = await linksOf(work);
  if ('kind' in links) return links;
  const present = await findByName(connection, type, delta.key, signal);
  if (present !== null) return compareCreated(work, present, links.added);
  return type.name === 'group' ? groupCreation(work, links.added) : userCreation(work, links.added);
}

function compareCreated({ type, delta }: Work, { id, resource }: FoundResource, added: readonly string[]): Plan {
  const linked = linkedIds(type.name, resource);
  const isEqual =
    differing(type, resource, delta).every(({ attribute }) => attribute.description.isWriteOnly === true) &&
    added.every((member) => linked.has(member));
  return isEqual ? alreadySo(id) : outcome(refusal(delta, 'ALREADY_EXISTS', 'it exists with other values'));
}

function postOf({ type, delta }: Work, body: Resource): HttpRequest {
  return { method: 'POST', path: type.endpoint, body, operation: operationOf(delta) };
}

function groupCreation(work: Work, added: readonly string[]): Plan {
  const { type, delta } = work;
  const [first = [], ...rest] = chunks(work, added);
  const body = wholeResource(type, {}, assignmentsOf(type, delta));
  const whole = first.length === 0 ? body : withMembers(body, first, []);
  const further = rest.map(
    (members): Step =>
      (id, signal) =>
        memberRequest(work, id, members, [], signal),
  );
  return { kind: 'requests', type, id: null, first: postOf(work, whole), further };
}

async function userCreation(work: Work, groups: readonly string[]): Promise<Plan> {
  const { type, delta } = work;
  const body = wholeResource(type, {}, assignmentsOf(type, delta));
  const further = groups.map(
    (group): Step =>
      (id, signal) =>
        memberRequest(work, group, [id], [], signal),
  );
  return { kind: 'requests', type, id: null, first: postOf(work, body), further };
}

async function update(work: Work): Promise<Plan> {
  const { connection, type, delta, signal } = work;
  const present = await findResource(connection, type, delta.key, signal);
  if (present === null) return outcome(refusal(delta, 'NOT_FOUND', 'it does not exist'));
  const links = await linksOf(work);
  if ('kind' in links) return links;
  const linked = linkedIds(type.name, present.resource);
  const added = links.added.filter((id) => !linked.has(id));
  const removed = links.removed.filter((id) => linked.has(id) && !added.includes(id));
  const assignments = differing(type, present.resource, delta);
  if (assignments.length + added.length + removed.length === 0) return alreadySo(present.id);
  return type.name === 'group'
    ? groupUpdate(work, present, assignments, added, removed)
    : userUpdate(work, present, assignments, added, removed);
}

function groupUpdate(
  work: Work,
  present: FoundResource,
  assignments: readonly Assignment[],
  added: readonly string[],
  removed: readonly string[],
): Plan {
  const { type, connection } = work;
  const { dialect } = connection.settings;
  if (dialect === 'put') {
    const whole = withMembers(wholeResource(type, present.resource, assignments), added, removed);
    return { kind: 'requests', type, id: present.id, first: putOf(work, present, whole), further: [] };
  }
  const [firstRemoved = [], ...moreRemoved] = chunks(work, removed);
  const [firstAdded = [], ...moreAdded] = chunks(work, added);
  const operations = [
    ...valueOperations(dialect, present.resource, assignments),
    ...memberOperations(dialect, firstAdded, firstRemoved),
  ];
  const further = [
    ...moreRemoved.map(
      (ids): Step =>
        (id, signal) =>
          memberRequest(work, id, [], ids, signal),
    ),
    ...moreAdded.map(
      (ids): Step =>
        (id, signal) =>
          memberRequest(work, id, ids, [], signal),
    ),
  ];
  // Members are changed by delta, so another administrator's change is no conflict.
  const version = assignments.length === 0 ? { ...present, etag: undefined } : present;
  return { kind: 'requests', type, id: present.id, first: patchOf(work, version, patchBody(operations)), further };
}

async function userUpdate(
  work: Work,
  present: FoundResource,
  assignments: readonly Assignment[],
  added: readonly string[],
  removed: readonly string[],
): Promise<Plan> {
  const { type, signal } = work;
  const steps = [
    ...added.map(
      (group): Step =>
        (id, call) =>
          memberRequest(work, group, [id], [], call),
    ),
    ...removed.map(
      (group): Step =>
        (id, call) =>
          memberRequest(work, group, [], [id], call),
    ),
  ];
  if (assignments.length > 0)
    return { kind: 'requests', type, id: present.id, first: changeOf(work, present, assignments), further: steps };
  const [step, ...further] = steps;
  const first = step === undefined ? null : await step(present.id, signal);
  return first === null ? alreadySo(present.id) : { kind: 'requests', type, id: present.id, first, further };
}

async function deletion({ connection, service, type, delta, signal }: Work): Promise<Plan> {
  const present = await findResource(connection, type, delta.key, signal);
  if (present === null) return alreadySo(delta.key);
  const first: HttpRequest = {
    method: 'DELETE',
    path: resourcePath(type, present.id),
    headers: versionHeader(service, present),
    operation: operationOf(delta),
  };
  return { kind: 'requests', type, id: present.id, first, further: [] };
}

function changeOf(work: Work, present: FoundResource, assignments: readonly Assignment[]): HttpRequest {
  const { dialect } = work.connection.settings;
  return dialect === 'put'
    ? putOf(work, present, wholeResource(work.type, present.resource, assignments))
    : patchOf(work, present, patchBody(valueOperations(dialect, present.resource, assignments)));
}

function putOf({ type, service, delta }: Work, present: FoundResource, body: Resource): HttpRequest {
  const headers = versionHeader(service, present);
  return { method: 'PUT', path: resourcePath(type, present.id), body, headers, operation: operationOf(delta) };
}

function patchOf({ type, service, delta }: Work, present: FoundResource, body: object): HttpRequest {
  const headers = versionHeader(service, present);
  return { method: 'PATCH', path: resourcePath(type, present.id), body, headers, operation: operationOf(delta) };
}

const versionHeader = ({ hasEtag }: ScimService, { etag }: FoundResource): Readonly<Record<string, string>> =>
  hasEtag && etag !== undefined ? { 'if-match': etag } : {};

/** The change of a group's members; with whole resources the group is read right before. */
async function memberRequest(
  work: Work,
  groupId: string,
  added: readonly string[],
  removed: readonly string[],
  signal: AbortSignal,
): Promise<HttpRequest | null> {
  const { connection, delta } = work;
  const { dialect } = connection.settings;
  const type = await typeKnown(connection, 'group', signal);
  const operation = operationOf(delta);
  if (dialect !== 'put') {
    const body = patchBody(memberOperations(dialect, added, removed));
    return { method: 'PATCH', path: resourcePath(type, groupId), body, operation };
  }
  const group = await findResource(connection, type, groupId, signal);
  if (group === null) return null;
  return putOf({ ...work, type }, group, withMembers(wholeResource(type, group.resource, []), added, removed));
}

interface Links {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Ids of the linked rows; a plan that refuses when one to add is not there. */
async function linksOf(work: Work): Promise<Links | Plan> {
  const { connection, type, delta, signal } = work;
  const [link] = type.description.links;
  if (link === undefined) return { added: [], removed: [] };
  const other = await typeKnown(connection, link.targetObjectType, signal);
  const added = await resolvedIds(connection, other, delta.add[link.name] ?? [], signal);
  const unknown = missingMembers(added);
  if (unknown !== null)
    return outcome(refusal(delta, 'CONSTRAINT_VIOLATION', `there is no ${other.name} ${JSON.stringify(unknown)}`));
  const removed = await resolvedIds(connection, other, delta.remove[link.name] ?? [], signal);
  return { added: present(added), removed: present(removed) };
}

const present = (ids: ReadonlyMap<string, string | null>): readonly string[] => [
  ...new Set([...ids.values()].filter((id): id is string => id !== null)),
];

function assignmentsOf(type: ScimType, { set }: Delta): readonly Assignment[] {
  return type.attributes
    .filter(({ description }) => Object.hasOwn(set, description.name))
    .map((attribute) => ({ attribute, value: set[attribute.description.name] ?? null }));
}

/** Those of the delta's values that differ from the resource's; what cannot be read always does. */
function differing(type: ScimType, resource: Resource, delta: Delta): readonly Assignment[] {
  return assignmentsOf(type, delta).filter(({ attribute: { description, path }, value }) =>
    description.isWriteOnly === true
      ? value !== null
      : !isSame(valueAt(resource, path, description.type), value, description.type === 'date'),
  );
}

function isSame(present: ScalarValue, wanted: ScalarValue, isDate: boolean): boolean {
  if (present === wanted) return true;
  return (
    isDate && typeof present === 'string' && typeof wanted === 'string' && Date.parse(present) === Date.parse(wanted)
  );
}

function chunks({ connection }: Work, ids: readonly string[]): readonly (readonly string[])[] {
  const size = connection.settings.membersPerRequest;
  const count = Math.ceil(ids.length / size);
  return Array.from({ length: count }, (_none, n) => ids.slice(n * size, (n + 1) * size));
}
