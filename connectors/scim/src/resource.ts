// Resources of the service: asked for by id or by name, and turned into rows.
// Owns requests that read one thing, and what is known of the service; listings are listing.ts.
import { ConnectorError, type ScalarValue, type TargetObject } from '@joinery/connector-kit';
import {
  type HttpAnswer,
  type HttpCall,
  type HttpClient,
  type HttpRequest,
  isPathSegment,
  isSuccess,
  jsonOf,
  pathSegment,
} from '@joinery/http-client';
import { scimError } from './failure.js';
import { elementsOf, fieldOf, isResource, type Resource, valueAt } from './path.js';
import { type ScimService, type ScimType, serviceOf } from './schema.js';
import type { ScimSettings, ScimTypeName } from './settings.js';

export interface Connection {
  readonly settings: ScimSettings;
  readonly client: HttpClient;
  /** As the service announced it; null until asked. */
  service: ScimService | null;
}

/** A resource as it was read, with what names its version. */
export interface FoundResource {
  readonly id: string;
  readonly resource: Resource;
  readonly etag: string | undefined;
}

const media = { accept: 'application/scim+json, application/json' };

/** Sends in the form of SCIM; answers refusals, too. */
export async function sendScim(connection: Connection, request: HttpRequest, call: HttpCall): Promise<HttpAnswer> {
  const headers = { ...media, ...request.headers };
  return connection.client.send({ contentType: 'application/scim+json', ...request, headers }, call);
}

/** The body of a reading that must succeed. */
export async function readJson(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<unknown> {
  const answer = await sendScim(connection, request, { signal });
  if (!isSuccess(answer)) throw scimError(answer, request);
  return jsonOf(answer, request);
}

/** What the service has and can do; asked once a session. */
export async function serviceKnown(connection: Connection, signal: AbortSignal): Promise<ScimService> {
  connection.service ??= await askService(connection, signal);
  return connection.service;
}

export async function askService(connection: Connection, signal: AbortSignal): Promise<ScimService> {
  const none = { configuration: undefined, schemas: undefined, resourceTypes: undefined };
  if (!connection.settings.asksForSchemas) return serviceOf(connection.settings, none);
  const [configuration, schemas, resourceTypes] = await Promise.all(
    ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes'].map((path) => announced(connection, path, signal)),
  );
  return serviceOf(connection.settings, { configuration, schemas, resourceTypes });
}

// Many services have not all of the three: what they do not tell is taken from the RFC.
async function announced(connection: Connection, path: string, signal: AbortSignal): Promise<unknown> {
  const request: HttpRequest = { method: 'GET', path, operation: `read ${path.slice(1)} of the service` };
  const answer = await sendScim(connection, request, { signal });
  if ([400, 403, 404, 405, 501].includes(answer.status)) return undefined;
  if (!isSuccess(answer)) throw scimError(answer, request);
  return jsonOf(answer, request);
}

/** The type of that name; throws INVALID_VALUE when there is none. */
export async function typeKnown(connection: Connection, name: string, signal: AbortSignal): Promise<ScimType> {
  const found = (await serviceKnown(connection, signal)).types.find((type) => type.name === name);
  if (found !== undefined) return found;
  throw new ConnectorError({
    code: 'INVALID_VALUE',
    message: `A SCIM service has no object type "${name}".`,
    hint: 'Known object types: user, group.',
  });
}

/** The resource of a key or a name; null when there is none. */
export async function findResource(
  connection: Connection,
  type: ScimType,
  key: string,
  signal: AbortSignal,
): Promise<FoundResource | null> {
  const isId = connection.settings.idPattern.test(key);
  const [first, second] = isId ? [findById, findByName] : [findByName, findById];
  return (await first(connection, type, key, signal)) ?? second(connection, type, key, signal);
}

export async function findById(
  connection: Connection,
  type: ScimType,
  id: string,
  signal: AbortSignal,
): Promise<FoundResource | null> {
  if (!isPathSegment(id)) return null;
  const operation = `read ${type.name} ${JSON.stringify(id)}`;
  const request: HttpRequest = { method: 'GET', path: resourcePath(type, id), operation };
  const answer = await sendScim(connection, request, { signal });
  // Services that give numbers or UUIDs answer 400 to what cannot be one.
  const isNoId = answer.status === 400 && !connection.settings.idPattern.test(id);
  if (answer.status === 404 || answer.status === 410 || isNoId) return null;
  if (!isSuccess(answer)) throw scimError(answer, request);
  return foundOf(jsonOf(answer, request), request, answer.headers.etag);
}

export const resourcePath = (type: ScimType, id: string): string => `${type.endpoint}/${pathSegment(id)}`;

/** The one resource of that name; AMBIGUOUS_MATCH when there are several. */
export async function findByName(
  connection: Connection,
  type: ScimType,
  name: string,
  signal: AbortSignal,
): Promise<FoundResource | null> {
  const attribute = type.nameAttribute.description.name;
  const operation = `find ${type.name} ${JSON.stringify(name)}`;
  // A value is a JSON string (RFC 7644, 3.4.2.2), so nothing in it ends it.
  const filter = `${attribute} eq ${JSON.stringify(name)}`;
  const request: HttpRequest = { method: 'GET', path: type.endpoint, query: { filter }, operation };
  const body = await readJson(connection, request, signal);
  const same = elementsOf(fieldOf(body, 'Resources')).filter((candidate) => hasName(candidate, type, name));
  const exact = same.filter((candidate) => nameOf(candidate, type) === name);
  const [found, other] = exact.length > 0 ? exact : same;
  if (found === undefined) return null;
  if (other === undefined) return foundOf(found, request, undefined);
  throw new ConnectorError({
    code: 'AMBIGUOUS_MATCH',
    message: `Could not ${operation}: several have the ${attribute}.`,
    hint: 'Use the id, or make the names different in the service.',
  });
}

/** The value of the attribute that names a resource; null when it shows none. */
export const nameOf = (resource: unknown, { nameAttribute: { path, description } }: ScimType): ScalarValue =>
  isResource(resource) ? valueAt(resource, path, description.type) : null;

// userName is not case-exact (RFC 7643, 4.1.1); what a service answers beyond that was not asked for.
const hasName = (resource: unknown, type: ScimType, name: string): boolean =>
  String(nameOf(resource, type)).toLowerCase() === name.toLowerCase();

function foundOf(body: unknown, request: HttpRequest, etagHeader: string | undefined): FoundResource {
  const id = fieldOf(body, 'id');
  if (!isResource(body) || typeof id !== 'string' || id === '') throw noResource(request);
  const version = fieldOf(fieldOf(body, 'meta'), 'version');
  return { id, resource: body, etag: typeof version === 'string' ? version : etagHeader };
}

function noResource({ operation }: HttpRequest): ConnectorError {
  return new ConnectorError({
    code: 'UNREACHABLE',
    message: `Could not ${operation}: the answer holds no resource with an id.`,
    hint: 'Check that "baseUrl" leads to the SCIM service, with its version (often /scim/v2).',
  });
}

/** A resource as a row; throws when it has no id. */
export function rowOf(type: ScimType, resource: Resource, request: HttpRequest): TargetObject {
  const { id } = foundOf(resource, request, undefined);
  const shown = type.attributes.filter(({ description }) => description.isWriteOnly !== true);
  return {
    objectType: type.name,
    key: id,
    attributes: Object.fromEntries(
      shown.map(({ description, path }) => [description.name, valueAt(resource, path, description.type)]),
    ),
    links: Object.fromEntries(
      type.description.links.map(({ name }) => [name, [...linkedIds(type.name, resource)].sort()]),
    ),
  };
}

/** Ids of a group's members that are users, or of the groups a user is in itself. */
export function linkedIds(type: ScimTypeName, resource: Resource): ReadonlySet<string> {
  const [field, excluded] = type === 'group' ? ['members', 'group'] : ['groups', 'indirect'];
  const ids = elementsOf(fieldOf(resource, field))
    .filter((element) => String(fieldOf(element, 'type')).toLowerCase() !== excluded)
    .map((element) => fieldOf(element, 'value'));
  return new Set(ids.filter((id): id is string => typeof id === 'string'));
}
