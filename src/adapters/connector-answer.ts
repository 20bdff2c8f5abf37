// What comes out of a package's process, checked before anybody relies on it: the package may send whatever it likes.
// Owns the shapes; a value that breaks its shape is a bug of the package.
import {
  type ApplyOutcome,
  type Change,
  type ChangePage,
  ConnectorError,
  connectorCapabilities,
  type ConnectorFailure,
  connectorErrorCodes,
  type ListPage,
  type ObjectTypeDescription,
  type PackageDescription,
  type TargetObject,
} from '@joinery/connector-kit';

type Fields = Readonly<Record<string, unknown>>;
type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly failure: unknown });

/** Null: no answer at all. */
export function answerOf(message: unknown): Answer | null {
  if (!isRecord(message) || typeof message.id !== 'number') return null;
  return 'failure' in message ? { id: message.id, failure: message.failure } : { id: message.id, value: message.value };
}

/** Never throws: what is no failure is one of the package. */
export function failureFrom(value: unknown): ConnectorFailure {
  const code = isRecord(value) ? connectorErrorCodes.find((known) => known === value.code) : undefined;
  if (!isRecord(value) || code === undefined || typeof value.message !== 'string')
    return malformed('a failure').failure;
  const { hint, targetCode, targetMessage, retryAfterMs } = value;
  return {
    code,
    message: value.message,
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(typeof targetCode === 'string' ? { targetCode } : {}),
    ...(typeof targetMessage === 'string' ? { targetMessage } : {}),
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
  };
}

export function outcomeFrom(value: unknown): ApplyOutcome {
  if (!isRecord(value)) throw malformed('an outcome');
  const { kind, key, failure, retryAfterMs } = value;
  switch (kind) {
    case 'applied':
    case 'alreadySo':
      if (typeof key !== 'string') throw malformed('an outcome');
      return { kind, key };
    case 'refused':
    case 'unreachable':
    case 'unknown':
      return { kind, failure: failureFrom(failure) };
    case 'throttled':
      if (typeof retryAfterMs !== 'number') throw malformed('an outcome');
      return { kind, failure: failureFrom(failure), retryAfterMs };
    default:
      throw malformed('an outcome');
  }
}

export const outcomesFrom = (value: unknown): readonly ApplyOutcome[] => listOf(value, 'outcomes').map(outcomeFrom);

export const rowFrom = (value: unknown): TargetObject | null =>
  value === null || value === undefined ? null : objectFrom(value);

export function listPageFrom(value: unknown): ListPage {
  if (!isRecord(value)) throw malformed('a page');
  return { objects: listOf(value.objects, 'a page').map(objectFrom) };
}

export function changePageFrom(value: unknown): ChangePage {
  if (!isRecord(value) || typeof value.cookie !== 'string') throw malformed('a page of changes');
  return { changes: listOf(value.changes, 'a page of changes').map(changeFrom), cookie: value.cookie };
}

function changeFrom(value: unknown): Change {
  if (!isRecord(value) || typeof value.objectType !== 'string' || typeof value.key !== 'string')
    throw malformed('a change');
  const { kind, objectType, key, object } = value;
  if (kind !== 'upsert' && kind !== 'delete') throw malformed('a change');
  return { kind, objectType, key, ...(object === undefined ? {} : { object: objectFrom(object) }) };
}

function objectFrom(value: unknown): TargetObject {
  if (isRecord(value) && isTargetObject(value)) return value;
  throw malformed('a row');
}

const isTargetObject = (value: Fields): value is Fields & TargetObject =>
  typeof value.objectType === 'string' &&
  typeof value.key === 'string' &&
  isRecord(value.attributes) &&
  Object.values(value.attributes).every(isScalar) &&
  isRecord(value.links) &&
  Object.values(value.links).every(areTexts);

const isScalar = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');

export const objectTypesFrom = (value: unknown): readonly ObjectTypeDescription[] =>
  listOf(value, 'a description').map((type) => {
    if (isRecord(type) && isObjectType(type)) return type;
    throw malformed('a description');
  });

const isObjectType = (value: Fields): value is Fields & ObjectTypeDescription =>
  typeof value.name === 'string' &&
  typeof value.keyAttribute === 'string' &&
  (value.nameAttribute === undefined || typeof value.nameAttribute === 'string') &&
  isNamedList(value.attributes) &&
  isNamedList(value.links);

const isNamedList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => isRecord(item) && typeof item.name === 'string');

export function packageFrom(value: unknown): PackageDescription {
  if (isRecord(value) && isPackage(value)) return value;
  throw malformed('a description of itself');
}

const isPackage = (value: Fields): value is Fields & PackageDescription =>
  typeof value.name === 'string' &&
  typeof value.version === 'string' &&
  typeof value.displayName === 'string' &&
  Array.isArray(value.capabilities) &&
  value.capabilities.every((capability) => connectorCapabilities.some((known) => known === capability)) &&
  isRecord(value.settingsSchema) &&
  (value.serial === undefined || value.serial === 'connection');

/** Whether the field is there and true. */
export const says = (value: unknown, field: string): boolean => isRecord(value) && value[field] === true;

/** The page in an answer to `next`; undefined: it was the last. */
export function nextFrom(value: unknown): unknown {
  if (!isRecord(value)) throw malformed('a page');
  return value.done === true ? undefined : value.page;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(what);
}

const malformed = (what: string): ConnectorError =>
  new ConnectorError({
    code: 'CONNECTOR_BUG',
    message: `The connector package answered something that is not ${what}.`,
    hint: 'Tell the author of the package.',
  });

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
