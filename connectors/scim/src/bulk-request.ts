// One bulk request and its answer (RFC 7644, 3.7). Owns its size, and which answer belongs to which operation; what an
// operation's own answer means is write.ts.
import { type ApplyOutcome, ConnectorError, failureClasses, outcomeOf } from '@joinery/connector-kit';
import { type HttpAnswer, type HttpCall, type HttpRequest, isSuccess, jsonOf } from '@joinery/http-client';
import { scimError } from './failure.js';
import { elementsOf, fieldOf, isResource } from './path.js';
import { type Connection, nameOf, sendScim } from './resource.js';
import type { ScimType } from './schema.js';

/** A request to send in bulk, and which change it is. */
export interface BulkOperation {
  readonly request: HttpRequest;
  /** Of the row that the change is about. */
  readonly type: ScimType;
  readonly index: number;
}

/** What the service answered to one operation, or what became of it without an answer. */
export type BulkAnswer = HttpAnswer | ApplyOutcome;

const bulkIdOf = ({ request, index }: BulkOperation): string | undefined =>
  request.method === 'POST' ? `b${index}` : undefined;

function elementOf(operation: BulkOperation): object {
  const { method, path, body, headers } = operation.request;
  const [bulkId, version] = [bulkIdOf(operation), headers?.['if-match']];
  return {
    method,
    path,
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(version === undefined ? {} : { version }),
    ...(body === undefined ? {} : { data: body }),
  };
}

const bodyOf = (group: readonly BulkOperation[]): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations: group.map(elementOf),
});

const bytesOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));

/** Groups whose requests the service takes. One alone is none: it is sent as it is. */
export function bulkGroups(
  operations: readonly BulkOperation[],
  maxPayloadBytes: number,
): readonly (readonly BulkOperation[])[] {
  const groups: BulkOperation[][] = [];
  let bytes = 0;
  for (const operation of operations) {
    const more = bytesOf(elementOf(operation)) + 1;
    const last = groups.at(-1);
    if (last === undefined || bytes + more > maxPayloadBytes) {
      groups.push([operation]);
      bytes = bytesOf(bodyOf([])) + more;
    } else {
      last.push(operation);
      bytes += more;
    }
  }
  return groups.filter(({ length }) => length > 1);
}

/** Statuses of a service that announces bulk requests and has no such address. */
const notThere: readonly number[] = [404, 405, 501];

/** Answers by the change; without those that have to be sent by themselves, because the service has not taken the request. */
export async function sendBulk(
  connection: Connection,
  group: readonly BulkOperation[],
  call: HttpCall,
): Promise<ReadonlyMap<number, BulkAnswer>> {
  const operation = `apply ${group.length} changes at once`;
  const request: HttpRequest = { method: 'POST', path: '/Bulk', body: bodyOf(group), operation };
  try {
    const answer = await sendScim(connection, request, call);
    if (isSuccess(answer)) return answersIn(group, elementsOf(fieldOf(jsonOf(answer, request), 'Operations')));
    if (notThere.includes(answer.status)) forgetBulk(connection);
    throw scimError(answer, request);
  } catch (error) {
    // Refused as a whole, for one of them or for all: each then gets an answer of its own.
    if (isRefusal(error)) return new Map();
    const outcome = outcomeOf(error, !(error instanceof ConnectorError));
    return new Map(group.map(({ index }) => [index, outcome]));
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ConnectorError && failureClasses[error.failure.code] === 'permanent';

function forgetBulk(connection: Connection): void {
  if (connection.service !== null) connection.service = { ...connection.service, bulk: null };
}

function answersIn(group: readonly BulkOperation[], elements: readonly unknown[]): ReadonlyMap<number, BulkAnswer> {
  const isWhole = elements.length === group.length;
  return new Map(
    group.map((operation, place) => {
      const element =
        elements.find((candidate) => isSurely(candidate, operation)) ??
        (isWhole && isPlaced(elements, place, operation) ? elements[place] : undefined);
      return [operation.index, answerOf(element) ?? { kind: 'unknown', failure: noAnswer(operation.request).failure }];
    }),
  );
}

/** It says the name of a resource to be made, or the place of one that is there. */
function isSurely(element: unknown, operation: BulkOperation): boolean {
  const bulkId = bulkIdOf(operation);
  if (bulkId !== undefined) return fieldOf(element, 'bulkId') === bulkId;
  return fieldOf(element, 'method') === operation.request.method && isAt(element, operation.request.path);
}

/**
 * A service may work in another order (RFC 7644, 3.7), so that a place says nothing by itself: the answer shows the name of
 * the row to be made, or all that may be this one's say the same. A key is only in an answer to a creation that succeeded.
 */
function isPlaced(elements: readonly unknown[], place: number, operation: BulkOperation): boolean {
  const element = elements[place];
  if (isOther(element, operation)) return false;
  if (operation.request.method === 'POST' && isDone(element)) return isNamed(element, operation);
  return elements.every((other) => isOther(other, operation) || statusOf(other) === statusOf(element));
}

function isOther(element: unknown, operation: BulkOperation): boolean {
  const { method, path } = operation.request;
  const [said, bulkId, location] = ['method', 'bulkId', 'location'].map((field) => fieldOf(element, field));
  if (typeof said === 'string' && said.toUpperCase() !== method) return true;
  if (typeof bulkId === 'string' && bulkId !== bulkIdOf(operation)) return true;
  if (typeof location !== 'string') return false;
  return method === 'POST' ? !`${plain(location)}/`.includes(`${path}/`) : !isAt(element, path);
}

function isNamed(element: unknown, { request, type }: BulkOperation): boolean {
  const name = nameOf(request.body, type);
  return name !== null && nameOf(fieldOf(element, 'response'), type) === name;
}

function isAt(element: unknown, path: string): boolean {
  const location = fieldOf(element, 'location');
  return typeof location === 'string' && plain(location).endsWith(plain(path));
}

function plain(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

// The status of an operation is text, or an object with a code in early services.
function statusOf(element: unknown): number {
  const status = fieldOf(element, 'status');
  return Number((isResource(status) ? fieldOf(status, 'code') : status) ?? Number.NaN);
}

const isDone = (element: unknown): boolean => statusOf(element) < 300;

function answerOf(element: unknown): HttpAnswer | null {
  const status = statusOf(element);
  if (!Number.isInteger(status)) return null;
  const location = fieldOf(element, 'location');
  const response = fieldOf(element, 'response');
  return {
    status,
    headers: typeof location === 'string' ? { location } : {},
    text: response === undefined ? '' : JSON.stringify(response),
  };
}

const noAnswer = ({ operation }: HttpRequest): ConnectorError =>
  new ConnectorError({
    code: 'OUTCOME_UNKNOWN',
    message: `Could not ${operation} for certain: the answer to the changes sent at once says nothing about it.`,
  });
